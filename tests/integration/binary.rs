//! The binary under test.

use assert_cmd::Command;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The binary `caudate` of the profile that these tests were built with.
///
/// `CARGO_BIN_EXE_caudate` exists only inside the binary's own package. So it is built here, once per test run; that takes no time where it
/// is fresh, and a stale one would test something else.
pub(crate) fn caudate() -> Command {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    Command::new(BINARY.get_or_init(build))
}

fn build() -> PathBuf {
    // The tests run from <target>/<profile>/deps.
    let tests = std::env::current_exe().expect("the tests have a path");
    let profile = tests.ancestors().nth(2).expect("the tests lie in <target>/<profile>/deps");
    let binary = profile.join(format!("caudate{}", std::env::consts::EXE_SUFFIX));
    let target = profile.parent().expect("a profile lies in the target folder");
    let profile_name = match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let built = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(repository())
        .args(["build", "--quiet", "--offline", "--workspace", "--bin", "caudate", "--profile", profile_name])
        .arg("--target-dir")
        .arg(target)
        .status();
    assert!(built.is_ok_and(|status| status.success()) && binary.is_file(), "{} cannot be built", binary.display());
    binary
}

/// The root of the checkout.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the checkout")
}

/// A folder of `tests/cases`.
pub(crate) fn case(name: &str) -> PathBuf {
    repository().join("tests/cases").join(name)
}

/// Compiles a network for a chip.
pub(crate) fn compiled(network: &Path, chip: &str, image: &Path) {
    caudate().arg("compile").arg(network).args(["--chip", chip, "-o"]).arg(image).assert().success();
}

/// The files of a folder with their content, sorted.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path()).filter(|path| path.is_file());
    let read = |path: PathBuf| {
        (
            path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            std::fs::read(&path).expect("the file can be read"),
        )
    };
    let mut all: Vec<_> = paths.map(read).collect();
    all.sort();
    all
}
