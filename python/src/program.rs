//! Microcode and learning rules as text: assembled, explained, verified.

use crate::convert::json;
use crate::error::{Refusal, flaw, raise, refuse};
use crate::network::one_of;
use caudate::Error;
use caudate::core::file;
use caudate::core::microcode::library;
use caudate::isa::nmx::asm::{Assembly, assemble};
use caudate::isa::nmx::disasm::disassemble;
use caudate::isa::nmx::explain::explain;
use caudate::isa::nmx::optimize::{Assumptions, Level, optimize};
use caudate::isa::nmx::verify::{verify, verify_text};
use caudate::isa::rule::Dialect;
use caudate::isa::rule::extended::Compiled;
use caudate::isa::rule::file::{Language, RuleFile, explain as explain_rule, read};
use caudate::rule_check::{self, Options, Subject};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

/// A program in microcode. ``name`` is what diagnostics call it. Raises ``InvalidInput`` if the text does not
/// assemble.
#[pyclass(frozen, module = "caudate")]
pub(crate) struct Program {
    /// What diagnostics call it.
    pub(crate) name: String,
    pub(crate) text: String,
    assembly: Assembly,
}

impl Program {
    fn assemble(py: Python<'_>, text: String, name: String) -> PyResult<Self> {
        let assembly = assemble(&name, &text).map_err(|found| raise(py, Error::Invalid(found)))?;
        Ok(Self { name, text, assembly })
    }
}

#[pymethods]
impl Program {
    #[new]
    #[pyo3(signature = (text, name = "program.nmx".to_owned()))]
    fn new(py: Python<'_>, text: String, name: String) -> PyResult<Self> {
        Self::assemble(py, text, name)
    }

    /// Reads an ``.nmx`` file.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let text = file::read_text(&path).map_err(|error| raise(py, error))?;
        Self::assemble(py, text, path.display().to_string())
    }

    /// A program of the library, such as ``"izhikevich"``.
    #[staticmethod]
    fn library(py: Python<'_>, name: &str) -> PyResult<Self> {
        let entry = library::find(name).map_err(|found| raise(py, Error::Invalid(found)))?;
        Self::assemble(py, entry.text.to_owned(), format!("{name}.nmx"))
    }

    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    /// `"neuron"` or `"learn"`.
    #[getter]
    fn kind(&self) -> &'static str {
        self.assembly.program.kind.name()
    }

    #[getter]
    fn words<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u32>> {
        PyArray1::from_slice(py, &self.assembly.program.words)
    }

    /// Line by line: ranges, rounding, cost, what can saturate.
    fn explain(&self) -> String {
        let program = &self.assembly.program;
        explain(program, &verify(program, &self.assembly.source))
    }

    /// Raises ``InvalidInput`` with everything that is or may be wrong; else ``words`` and ``worst_case_cycles``.
    fn verify<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let checked = verify_text(&self.name, &self.text);
        let (assembly, verification) = checked.map_err(|found| raise(py, Error::Invalid(found)))?;
        let facts = PyDict::new(py);
        facts.set_item("words", assembly.program.words.len())?;
        facts.set_item("worst_case_cycles", verification.worst_case_cycles)?;
        Ok(facts)
    }

    /// The same to the bit, in fewer words.
    fn optimize(&self, py: Python<'_>) -> PyResult<Self> {
        let optimized = optimize(&self.assembly.program, Level::O2, Assumptions::default());
        match disassemble(&optimized.program) {
            Ok(text) => Self::assemble(py, text, self.name.clone()),
            Err(errors) => {
                let message = errors.first().map_or_else(String::new, ToString::to_string);
                Err(refuse(py, flaw("E-PROGRAM", &self.name, message, "see what `verify` says of it")))
            }
        }
    }

    fn __repr__(&self) -> String {
        let (kind, words) = (self.kind(), self.assembly.program.words.len());
        format!("<caudate.Program '{}': {words} words of a {kind} program>", self.name)
    }
}

/// A learning rule. ``dialect`` is that of a text without a frame: ``"extended"`` (default), ``"lava"`` or
/// ``"b2l"``.
#[pyclass(frozen, module = "caudate")]
pub(crate) struct Rule {
    /// What diagnostics call it.
    pub(crate) name: String,
    pub(crate) text: String,
    rule: RuleFile,
}

impl Rule {
    fn read(py: Python<'_>, text: String, name: String, dialect: Option<&str>) -> PyResult<Self> {
        let dialects = [
            ("extended", Language::Extended),
            ("lava", Language::SumOfProducts(Dialect::Lava)),
            ("b2l", Language::SumOfProducts(Dialect::B2l)),
        ];
        let language = dialect.map(|name| one_of("dialect", name, &dialects)).transpose();
        let language = language.map_err(|diagnostic| refuse(py, *diagnostic))?;
        let rule = py.detach(|| read(&name, &text, language)).map_err(|found| raise(py, Error::Invalid(found)))?;
        Ok(Self { name, text, rule })
    }

    fn compiled(&self) -> Result<(&caudate::isa::rule::extended::Rule, &Compiled), Refusal> {
        match &self.rule {
            RuleFile::Extended(rule, compiled) => Ok((rule, compiled)),
            RuleFile::SumOfProducts(_) => {
                let help = "write it in the extended dialect";
                let message = "the rule is a sum of products, which is no program";
                Err(flaw("E-VERIFY-PROGRAM", &self.name, message, help).into())
            }
        }
    }
}

#[pymethods]
impl Rule {
    #[new]
    #[pyo3(signature = (text, name = "rule.rule".to_owned(), dialect = None))]
    fn new(py: Python<'_>, text: String, name: String, dialect: Option<&str>) -> PyResult<Self> {
        Self::read(py, text, name, dialect)
    }

    /// Reads a ``.rule`` file.
    #[staticmethod]
    #[pyo3(signature = (path, dialect = None))]
    fn load(py: Python<'_>, path: PathBuf, dialect: Option<&str>) -> PyResult<Self> {
        let text = file::read_text(&path).map_err(|error| raise(py, error))?;
        Self::read(py, text, path.display().to_string(), dialect)
    }

    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    /// The microcode that the rule compiles to.
    fn assemble(&self, py: Python<'_>) -> PyResult<Program> {
        let (_, compiled) = self.compiled().map_err(|refusal| refusal.raise(py))?;
        let text = disassemble(&compiled.program).map_err(|errors| {
            let message = errors.first().map_or_else(String::new, ToString::to_string);
            refuse(py, flaw("E-PROGRAM", &self.name, message, "this is a defect: please report it with the rule"))
        })?;
        Program::assemble(py, text, self.name.clone())
    }

    /// What became of it, line by line.
    fn explain(&self) -> String {
        explain_rule(&self.rule)
    }

    /// Searches for counterexamples to what its author expects: the fields of ``caudate verify rule --json``,
    /// ``ok``, and ``text`` for people.
    #[pyo3(signature = (*, epoch_steps = 1, seed = None, cases = None))]
    fn verify<'py>(
        &self,
        py: Python<'py>,
        epoch_steps: u8,
        seed: Option<u64>,
        cases: Option<u32>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (rule, compiled) = self.compiled().map_err(|refusal| refusal.raise(py))?;
        if !(1..=63).contains(&epoch_steps) {
            let message = format!("epoch_steps is {epoch_steps}; the range is 1..=63");
            return Err(refuse(py, flaw("E-PY-RANGE", &self.name, message, "use 1..=63")));
        }
        let defaults = Options::default();
        let options =
            Options { seed: seed.unwrap_or(defaults.seed), cases: cases.unwrap_or(defaults.cases), ..defaults };
        let constant_error = compiled.quantised.iter().map(|constant| constant.relative_error.abs()).sum();
        let report = py.detach(|| {
            let subject = Subject::of_rule(rule.clone(), &compiled.program, epoch_steps.into(), constant_error)?;
            Ok(rule_check::verify(&subject, &options))
        });
        let report = report.map_err(|found| raise(py, Error::Invalid(found)))?;
        let verdict = json(py, &report)?.cast_into::<PyDict>()?;
        verdict.set_item("ok", report.is_ok())?;
        verdict.set_item("text", report.to_string())?;
        Ok(verdict)
    }

    fn __repr__(&self) -> String {
        let dialect = if self.compiled().is_ok() { "extended" } else { "sum of products" };
        format!("<caudate.Rule '{}', {dialect}>", self.name)
    }
}
