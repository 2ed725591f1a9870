//! The programs that come with Caudate: cells and learning rules as microcode, by name.
//!
//! Their texts are the files of `examples/programs`, and so is their documentation. Each is verified without a finding at its declared
//! parameters and with every parameter set that comes with it.

use super::parameter_set::{self, ParameterSet};
use caudate_isa::diagnostic::{Diagnostic, nearest};
use caudate_isa::nmx::asm::{Assembly, assemble};

/// A program of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LibraryProgram {
    /// Its name, that of its file without `.nmx`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Named parameter sets as TOML, if it has any.
    sets: &'static str,
}

macro_rules! library {
    ($($name:literal $(with $sets:literal)?),+ $(,)?) => {
        &[$(LibraryProgram {
            name: $name,
            text: include_str!(concat!("../../../examples/programs/", $name, ".nmx")),
            sets: concat!($(include_str!(concat!("../../../examples/programs/", $sets)))?),
        }),+]
    };
}

/// All programs, by name.
const LIBRARY: &[LibraryProgram] = library![
    "adaptive_lif",
    "adex",
    "apical",
    "burst_dependent",
    "cuba_lif",
    "da_stdp",
    "homeostasis",
    "izhikevich" with "izhikevich.toml",
    "lif_b2l",
    "lif_lava",
    "lif_loihi",
    "lif_nengo",
    "pair_stdp",
    "prototype",
    "pyramidal_apical",
    "pyramidal_soma",
    "quadratic_lif",
    "r_stdp",
    "resonate_and_fire",
    "soma",
    "triplet_stdp" with "triplet_stdp.toml",
];

/// All programs, in order of name.
#[must_use]
pub const fn library() -> &'static [LibraryProgram] {
    LIBRARY
}

/// The program of this name.
///
/// # Errors
/// `E-LIBRARY-NAME`, with the nearest name or all of them.
pub fn find(name: &str) -> Result<&'static LibraryProgram, Vec<Diagnostic>> {
    LIBRARY.iter().find(|program| program.name == name).ok_or_else(|| {
        let names = || LIBRARY.iter().map(|program| program.name);
        let help = nearest(name, names()).map_or_else(
            || format!("there are {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        vec![Diagnostic::new("E-LIBRARY-NAME", format!("the library has no program '{name}'")).help(help)]
    })
}

impl LibraryProgram {
    /// The program with its source.
    ///
    /// # Errors
    /// None in practice: a test assembles every text.
    pub fn assembly(&self) -> Result<Assembly, Vec<Diagnostic>> {
        assemble(&format!("library:{}", self.name), self.text)
    }

    /// Its named parameter sets, in order of name.
    ///
    /// # Errors
    /// None in practice: a test reads every set.
    pub fn parameter_sets(&self) -> Result<Vec<ParameterSet>, Vec<Diagnostic>> {
        parameter_set::read(&format!("library:{}", self.name), self.sets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caudate_isa::nmx::verify::{Compartment, check_tree, verify};
    use std::path::Path;

    #[test]
    fn the_library_is_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/programs");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "nmx")).map(|p| stem(&p)).collect();
        names.sort();
        assert_eq!(library().iter().map(|program| program.name).collect::<Vec<_>>(), names);
    }

    #[test]
    fn every_program_is_clean_as_declared_and_with_every_parameter_set() {
        let mut sets = 0;
        for entry in library() {
            let Assembly { program, source } = entry.assembly().unwrap();
            assert!(verify(&program, &source).is_clean(), "{:#?}", verify(&program, &source).diagnostics);
            for set in entry.parameter_sets().unwrap() {
                let mut program = program.clone();
                set.apply(&mut program).unwrap();
                let verification = verify(&program, &source);
                assert!(verification.is_clean(), "{}: {:#?}", set.name, verification.diagnostics);
                assert!(set.start(&program).is_ok());
                sets += 1;
            }
        }
        assert_eq!(sets, 9);
    }

    #[test]
    fn cells_of_two_compartments_leave_an_empty_stack() {
        for (child, parent) in [("apical", "soma"), ("pyramidal_apical", "pyramidal_soma")] {
            let compartment = |name, parent| {
                let Assembly { program, source } = find(name).unwrap().assembly().unwrap();
                Compartment { name, parent, effect: verify(&program, &source).stack.unwrap() }
            };
            assert!(check_tree("cell", &[compartment(child, Some(1)), compartment(parent, None)]).is_empty());
        }
    }

    #[test]
    fn a_name_that_is_not_there_is_answered_with_one_that_is() {
        assert!(find("izhikevich").is_ok());
        assert!(find("izikevich").unwrap_err()[0].to_string().contains("did you mean 'izhikevich'?"));
        assert!(find("hodgkin_huxley").unwrap_err()[0].to_string().contains("adaptive_lif, adex"));
    }
}
