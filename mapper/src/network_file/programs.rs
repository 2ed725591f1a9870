//! Programs that a network names: each file is read, assembled and verified once.

use caudate_core::file;
use caudate_isa::diagnostic::Diagnostic;
use caudate_isa::nmx::Program;
use caudate_isa::nmx::verify::verify_text;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is wrong with the name of a program: code, message, way out.
pub(super) type ProgramFlaw = (&'static str, String, String);

/// The program files met so far.
pub(super) struct ProgramFiles {
    base_dir: PathBuf,
    /// `None`: read, and not a legal or safe program.
    files: BTreeMap<PathBuf, Result<Option<Program>, ProgramFlaw>>,
    /// What is wrong inside files, with places there.
    pub(super) found: Vec<Diagnostic>,
}

impl ProgramFiles {
    pub(super) fn new(base_dir: &Path) -> Self {
        Self { base_dir: base_dir.to_owned(), files: BTreeMap::new(), found: Vec::new() }
    }

    /// The program that `name` stands for; `None` if what is wrong with it has been told in its own place.
    pub(super) fn load(&mut self, name: &str) -> Result<Option<Program>, ProgramFlaw> {
        match Path::new(name).extension().and_then(|extension| extension.to_str()) {
            Some("nmx") => self.assembled(name),
            // Rules of the rule language are compiled here, once its compiler makes microcode.
            Some("rule") => Err((
                "E-NET-FILE",
                format!("'{name}' is a rule text; rule texts cannot be named as programs yet"),
                "write the rule in microcode (*.nmx), or as dw, dd, dt".to_owned(),
            )),
            _ => Err((
                "E-NET-FILE",
                format!("'{name}' is no program: programs are files that end in .nmx"),
                "name a file of microcode text, relative to the network file".to_owned(),
            )),
        }
    }

    fn assembled(&mut self, name: &str) -> Result<Option<Program>, ProgramFlaw> {
        let path = self.base_dir.join(name);
        let found = &mut self.found;
        let read = self.files.entry(path).or_insert_with_key(|path| {
            let text = file::read_text(path).map_err(|error| {
                // The error of a reader begins with its own code; the message is what people need.
                let text = error.to_string();
                let message = text.split_once("]: ").map_or(text.as_str(), |(_, message)| message).to_owned();
                ("E-NET-FILE", message, "paths are relative to the network file".to_owned())
            })?;
            match verify_text(&path.display().to_string(), &text) {
                Ok((assembly, _)) => Ok(Some(assembly.program)),
                Err(diagnostics) => {
                    found.extend(diagnostics);
                    Ok(None)
                }
            }
        });
        read.clone()
    }
}
