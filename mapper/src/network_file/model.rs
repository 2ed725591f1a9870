//! Which keys of a population belong to which model, and populations and rules that run a program.

use super::Reader;
use super::parameter::ParameterEntry;
use super::programs::Loaded;
use super::schema::{ModelName, PopulationTable};
use crate::network::{Model, ProgramParameters, RuleMicrocode, TraceSpec};
use crate::origin::{KeyPath, Part};
use crate::parameter::Parameter;
use caudate_isa::nmx::{Kind, Program};
use std::collections::BTreeMap;

impl Reader<'_> {
    /// Refuses the keys that are there and belong to other models.
    pub(super) fn refuse_foreign_keys(&mut self, part: Part, table: &PopulationTable) {
        let (is, way_out) = match table.model {
            ModelName::Input => ("is an input", "remove the key, or use model = \"lif\" or \"program\""),
            ModelName::Lif => ("is of the fixed neuron", "remove the key, or use model = \"program\""),
            ModelName::Program => ("runs a program", "remove the key, or use model = \"lif\""),
        };
        let is_foreign = |owner: Owner| match table.model {
            ModelName::Input => true,
            ModelName::Lif => owner == Owner::Program,
            ModelName::Program => owner == Owner::Lif,
        };
        for (key, owner, _) in table.model_keys().into_iter().filter(|(_, owner, is)| *is && is_foreign(*owner)) {
            let whose = match (table.model, owner) {
                (ModelName::Input, _) | (_, Owner::Neurons) => "neurons",
                (_, Owner::Lif) => "the fixed neuron",
                (_, Owner::Program) => "neurons that run a program",
            };
            let message = format!("population '{}' {is}: `{key}` is for {whose}", table.name);
            self.problems.push(part.key(key).problem("E-NET-CONFLICT", message, way_out));
        }
    }

    pub(super) fn program_population(&mut self, part: Part, table: PopulationTable) -> Model {
        let program = match &table.program {
            Some(name) => self.program(part.key("program"), name),
            None => {
                self.missing_program(part);
                None
            }
        };
        let parameters = self.named_parameters(part.key("parameters"), table.parameters);
        let initial = self.named_parameters(part.key("initial"), table.initial);
        let subscriptions = table.modulators.unwrap_or_default();
        let own = ProgramParameters {
            parent: table.parent,
            modulators: [subscriptions.m0, subscriptions.m1, subscriptions.m2, subscriptions.m3],
            ..ProgramParameters::new(&table.program.unwrap_or_default(), Program::new(Kind::Neuron))
        };
        // Without the program nothing can be said of names in it.
        let own = match program {
            Some(Loaded { program, start, .. }) => {
                let start = start.into_iter().map(|(name, value)| (name, Parameter::Constant(value.into())));
                ProgramParameters { program, parameters, initial: over(start, initial), ..own }
            }
            None => own,
        };
        Model::Program(Box::new(own))
    }

    pub(super) fn rule_microcode(
        &mut self,
        part: Part,
        program: Option<String>,
        parameters: Option<BTreeMap<String, f64>>,
        initial: Option<BTreeMap<String, f64>>,
    ) -> Option<(RuleMicrocode, Vec<(String, TraceSpec)>)> {
        let Some(name) = program else {
            if parameters.is_some() || initial.is_some() {
                self.missing_program(part);
            }
            return None;
        };
        let Some(program) = self.program(part.key("program"), &name) else {
            return Some((RuleMicrocode::new(&name, Program::new(Kind::Learn)), Vec::new()));
        };
        let Loaded { program, start, traces } = program;
        // How weight and delay start is for projections to say.
        let kept = start
            .into_iter()
            .filter(|(name, _)| ![RuleMicrocode::WEIGHT, RuleMicrocode::DELAY].contains(&name.as_str()));
        let start = kept.map(|(name, value)| (name, f64::from(value)));
        let microcode = RuleMicrocode {
            parameters: parameters.unwrap_or_default().into_iter().collect(),
            initial: over(start, initial.unwrap_or_default().into_iter().collect()),
            ..RuleMicrocode::new(&name, program)
        };
        Some((microcode, traces))
    }

    fn missing_program(&mut self, part: Part) {
        self.problems.push(part.key("").problem(
            "E-NET-MISSING",
            "the key `program` is missing",
            "add program = \"FILE.nmx\" or \"library:NAME\"",
        ));
    }

    /// The program that a key names, if it can be had.
    fn program(&mut self, path: KeyPath, name: &str) -> Option<Loaded> {
        self.programs.load(name).unwrap_or_else(|(code, message, help)| {
            self.problems.push(path.problem(code, message, help));
            None
        })
    }

    fn named_parameters(
        &mut self,
        path: KeyPath,
        entries: Option<BTreeMap<String, ParameterEntry>>,
    ) -> Vec<(String, Parameter)> {
        let entries = entries.unwrap_or_default().into_iter().enumerate();
        entries.map(|(number, (name, entry))| (name, self.parameter(path.entry(number), entry))).collect()
    }
}

/// What the file says, over what the program starts from.
fn over<T>(start: impl Iterator<Item = (String, T)>, said: Vec<(String, T)>) -> Vec<(String, T)> {
    let kept: Vec<(String, T)> = start.filter(|(name, _)| said.iter().all(|(known, _)| known != name)).collect();
    kept.into_iter().chain(said).collect()
}

/// Whose a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Lif,
    Program,
    Neurons,
}

impl PopulationTable {
    /// The keys that only some models have: name, whose, whether it is there.
    fn model_keys(&self) -> [(&'static str, Owner, bool); 20] {
        use Owner::{Lif, Neurons, Program};
        [
            ("current_decay", Lif, self.current_decay.is_some()),
            ("current_tau_steps", Lif, self.current_tau_steps.is_some()),
            ("voltage_decay", Lif, self.voltage_decay.is_some()),
            ("voltage_tau_steps", Lif, self.voltage_tau_steps.is_some()),
            ("threshold_mantissa", Lif, self.threshold_mantissa.is_some()),
            ("threshold", Lif, self.threshold.is_some()),
            ("bias_mantissa", Lif, self.bias_mantissa.is_some()),
            ("bias_exponent", Lif, self.bias_exponent.is_some()),
            ("bias", Lif, self.bias.is_some()),
            ("refractory_steps", Lif, self.refractory_steps.is_some()),
            ("compare", Lif, self.compare.is_some()),
            ("reset", Lif, self.reset.is_some()),
            ("initial_u", Lif, self.initial_u.is_some()),
            ("initial_v", Lif, self.initial_v.is_some()),
            ("program", Program, self.program.is_some()),
            ("parameters", Program, self.parameters.is_some()),
            ("initial", Program, self.initial.is_some()),
            ("parent", Program, self.parent.is_some()),
            ("modulators", Neurons, self.modulators.is_some()),
            ("max_neurons_per_core", Neurons, self.max_neurons_per_core.is_some()),
        ]
    }
}
