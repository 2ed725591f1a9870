//! Programs that a network names: each file is read, assembled or compiled, and verified once.

use crate::network::TraceSpec;
use caudate_core::file;
use caudate_core::microcode::library;
use caudate_isa::diagnostic::{Diagnostic, nearest};
use caudate_isa::nmx::Program;
use caudate_isa::nmx::verify::verify_text;
use caudate_isa::rule::extended::Rule;
use caudate_isa::rule::file::{RuleFile, read as read_rule};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is wrong with the name of a program: code, message, way out.
pub(super) type ProgramFlaw = (&'static str, String, String);

/// Names of the library begin with this; a colon and a parameter set may follow the program.
const LIBRARY: &str = "library:";

/// A program and what its source says of how it starts.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) program: Program,
    /// State words before step 0, of those that do not start at 0.
    pub(super) start: Vec<(String, i32)>,
    /// Traces of a rule, by name.
    pub(super) traces: Vec<(String, TraceSpec)>,
}

impl Loaded {
    fn new(program: Program) -> Self {
        Self { program, start: Vec::new(), traces: Vec::new() }
    }

    /// A rule of the rule language, compiled.
    fn rule(program: Program, rule: &Rule) -> Self {
        let start = rule.states.iter().filter(|state| state.initial != 0);
        let traces = rule.traces.iter();
        let spec = |trace: &caudate_isa::rule::extended::ast::Trace| TraceSpec {
            impulse: trace.impulse,
            tau_steps: trace.tau_steps,
        };
        Self {
            start: start.map(|state| (state.name.clone(), state.initial)).collect(),
            traces: traces.map(|trace| (trace.name.clone(), spec(trace))).collect(),
            program,
        }
    }
}

/// The program files met so far.
pub(super) struct ProgramFiles {
    base_dir: PathBuf,
    /// Texts in memory, which stand for files of their names.
    attached: BTreeMap<String, String>,
    /// `None`: read, and not a legal or safe program.
    files: BTreeMap<PathBuf, Result<Option<Loaded>, ProgramFlaw>>,
    /// What is wrong inside files, with places there.
    pub(super) found: Vec<Diagnostic>,
}

impl ProgramFiles {
    pub(super) fn new(base_dir: &Path, attached: BTreeMap<String, String>) -> Self {
        Self { base_dir: base_dir.to_owned(), attached, files: BTreeMap::new(), found: Vec::new() }
    }

    /// The program that `name` stands for; `None` if what is wrong with it has been told in its own place.
    pub(super) fn load(&mut self, name: &str) -> Result<Option<Loaded>, ProgramFlaw> {
        if let Some(name) = name.strip_prefix(LIBRARY) {
            return of_library(name).map(Some);
        }
        match Path::new(name).extension().and_then(|extension| extension.to_str()) {
            Some("nmx" | "rule") => self.of_file(name),
            _ => Err((
                "E-NET-FILE",
                format!("'{name}' is no program: programs are files that end in .nmx or .rule, or library:NAME"),
                "name a file of microcode or rule text, relative to the network file".to_owned(),
            )),
        }
    }

    fn of_file(&mut self, name: &str) -> Result<Option<Loaded>, ProgramFlaw> {
        let path = self.base_dir.join(name);
        let found = &mut self.found;
        let attached = self.attached.get(name);
        let read = self.files.entry(path).or_insert_with_key(|path| {
            let text = attached.map_or_else(|| file::read_text(path), |text| Ok(text.clone())).map_err(|error| {
                // The error of a reader begins with its own code; the message is what people need.
                let text = error.to_string();
                let message = text.split_once("]: ").map_or(text.as_str(), |(_, message)| message).to_owned();
                ("E-NET-FILE", message, "paths are relative to the network file".to_owned())
            })?;
            let origin = path.display().to_string();
            let loaded = if path.extension().is_some_and(|extension| extension == "rule") {
                read_rule(&origin, &text, None).map(|read| match read {
                    RuleFile::Extended(rule, compiled) => Some(Loaded::rule(compiled.program, &rule)),
                    RuleFile::SumOfProducts(_) => None,
                })
            } else {
                verify_text(&origin, &text).map(|(assembly, _)| Some(Loaded::new(assembly.program)))
            };
            match loaded {
                Ok(Some(loaded)) => Ok(Some(loaded)),
                Ok(None) => Err((
                    "E-NET-FILE",
                    format!("'{name}' is a sum of products, which is no program"),
                    "write its lines as dw, dd, dt of the rule".to_owned(),
                )),
                Err(diagnostics) => {
                    found.extend(diagnostics);
                    Ok(None)
                }
            }
        });
        read.clone()
    }
}

/// A program of the library, `NAME` or `NAME:SET`.
fn of_library(name: &str) -> Result<Loaded, ProgramFlaw> {
    let (name, set) = name.split_once(':').map_or((name, None), |(name, set)| (name, Some(set)));
    let flaw = |diagnostics: Vec<Diagnostic>| {
        let first = diagnostics.into_iter().next();
        let help = first.as_ref().and_then(|first| first.help.clone()).unwrap_or_default();
        ("E-NET-UNKNOWN", first.map(|first| first.message).unwrap_or_default(), help)
    };
    let entry = library::find(name).map_err(flaw)?;
    let mut loaded = Loaded::new(entry.assembly().map_err(flaw)?.program);
    let Some(set) = set else { return Ok(loaded) };
    let sets = entry.parameter_sets().map_err(flaw)?;
    let names = || sets.iter().map(|set| set.name.as_str());
    let Some(set) = sets.iter().find(|own| own.name == set) else {
        let help = nearest(set, names()).map_or_else(
            || {
                if sets.is_empty() {
                    "it has none".to_owned()
                } else {
                    format!("it has {}", names().collect::<Vec<_>>().join(", "))
                }
            },
            |near| format!("did you mean '{near}'?"),
        );
        return Err(("E-NET-UNKNOWN", format!("'{name}' of the library has no parameter set '{set}'"), help));
    };
    set.apply(&mut loaded.program).map_err(flaw)?;
    loaded.start = set.state.iter().map(|(name, value)| (name.clone(), *value)).collect();
    Ok(loaded)
}
