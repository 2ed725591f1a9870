//! From the tables of a file to the parts of a network.

use super::Reader;
use super::parameter::ParameterEntry;
use super::schema::{ModelName, ModulatorTable, PopulationTable, ProjectionTable, RuleTable, TraceTable};
use crate::network::{
    Bias, Decay, LifParameters, Model, ModulatorSpec, Population, Projection, RuleSpec, ThirdFactor, Threshold,
    TraceSpec,
};
use crate::origin::{KeyPath, Part};
use crate::parameter::Parameter;
use crate::validate::MAX_LOGICAL_IDS;
use caudate_core::image::{DENDRITES, PORTS};

impl Reader<'_> {
    /// A whole number within `low..=high`; the bound next to it where it is not.
    pub(super) fn whole(&mut self, path: KeyPath, value: i64, low: i64, high: i64) -> i64 {
        if !(low..=high).contains(&value) {
            let key = path.key;
            let (code, help) = if key == "size" && value == 0 {
                ("E-NET-EMPTY", "give it at least 1 member, or remove it and its projections".to_owned())
            } else {
                ("E-NET-RANGE", format!("use a whole number of {low}..={high}"))
            };
            self.problems.push(path.problem(code, format!("{key} is {value}; the range is {low}..={high}"), help));
        }
        value.clamp(low, high)
    }

    /// A whole number 0..=high, 0 where it is absent.
    fn number_or(&mut self, path: KeyPath, value: Option<i64>, high: i64) -> u8 {
        value.map_or(0, |value| self.whole(path, value, 0, high) as u8)
    }

    /// One of two ways to give a parameter.
    fn either<'k>(
        &mut self,
        part: Part,
        first: (&'static str, Option<ParameterEntry>),
        second: (&'static str, Option<ParameterEntry>),
    ) -> Option<(&'k str, Parameter)> {
        match (first, second) {
            ((key, Some(_)), (other, Some(_))) => {
                self.problems.push(part.key(other).problem(
                    "E-NET-CONFLICT",
                    format!("`{key}` and `{other}` say the same thing twice"),
                    "give one of them",
                ));
                None
            }
            ((key, Some(entry)), _) | (_, (key, Some(entry))) => Some((key, self.parameter(part.key(key), entry))),
            _ => None,
        }
    }

    pub(super) fn population(&mut self, part: Part, table: PopulationTable) -> Population {
        let sizes_before = self.problems.len();
        let size = self.whole(part.key("size"), table.size, 1, MAX_LOGICAL_IDS as i64) as u32;
        // 0 marks a size that is not known, so that nothing is compared with it.
        let size = if self.problems.len() > sizes_before { 0 } else { size };
        let cap = table
            .max_neurons_per_core
            .map(|cap| self.whole(part.key("max_neurons_per_core"), cap, 1, u32::MAX.into()) as u32);
        let name = table.name.clone();
        self.refuse_foreign_keys(part, &table);
        let model = match table.model {
            ModelName::Lif => Model::Lif(Box::new(self.lif(part, table))),
            ModelName::Program => self.program_population(part, table),
            ModelName::Input => Model::Input,
        };
        Population { name, size, model, max_neurons_per_core: cap }
    }

    fn lif(&mut self, part: Part, table: PopulationTable) -> LifParameters {
        let default = LifParameters::default();
        let decay = |found: Option<(&str, Parameter)>, default: Decay| match found {
            Some((key, parameter)) if key.ends_with("tau_steps") => Decay::TauSteps(parameter),
            Some((_, parameter)) => Decay::Effective(parameter),
            None => default,
        };
        let current =
            self.either(part, ("current_decay", table.current_decay), ("current_tau_steps", table.current_tau_steps));
        let voltage =
            self.either(part, ("voltage_decay", table.voltage_decay), ("voltage_tau_steps", table.voltage_tau_steps));
        let threshold =
            match self.either(part, ("threshold_mantissa", table.threshold_mantissa), ("threshold", table.threshold)) {
                Some(("threshold", parameter)) => Threshold::Level(parameter),
                Some((_, parameter)) => Threshold::Mantissa(parameter),
                None => default.threshold,
            };
        let has_parts = table.bias_mantissa.is_some() || table.bias_exponent.is_some();
        let bias = match table.bias {
            Some(entry) => {
                if has_parts {
                    let message = "`bias` and `bias_mantissa` or `bias_exponent` say the same thing twice";
                    self.problems.push(part.key("bias").problem(
                        "E-NET-CONFLICT",
                        message,
                        "give `bias` in units of v, or mantissa and exponent",
                    ));
                }
                Bias::Level(self.parameter(part.key("bias"), entry))
            }
            None => Bias::Mantissa {
                mantissa: self.parameter_or(part.key("bias_mantissa"), table.bias_mantissa, 0.0),
                exponent: self.parameter_or(part.key("bias_exponent"), table.bias_exponent, 0.0),
            },
        };
        let subscriptions = table.modulators.unwrap_or_default();
        LifParameters {
            current: decay(current, default.current),
            voltage: decay(voltage, default.voltage),
            threshold,
            bias,
            refractory_steps: self.parameter_or(part.key("refractory_steps"), table.refractory_steps, 1.0),
            compare: table.compare.unwrap_or_default(),
            reset: table.reset.unwrap_or_default(),
            initial_u: self.parameter_or(part.key("initial_u"), table.initial_u, 0.0),
            initial_v: self.parameter_or(part.key("initial_v"), table.initial_v, 0.0),
            modulators: [subscriptions.m0, subscriptions.m1, subscriptions.m2, subscriptions.m3],
        }
    }

    pub(super) fn projection(&mut self, part: Part, table: ProjectionTable) -> Projection {
        let weight_bits = table.weight_bits.map_or(8, |bits| self.whole(part.key("weight_bits"), bits, 0, 8) as u8);
        let weight_exponent =
            table.weight_exponent.map(|exponent| self.whole(part.key("weight_exponent"), exponent, -8, 7) as i8);
        Projection {
            name: table.name.unwrap_or_else(|| format!("{}->{}", table.pre, table.post)),
            connect: self.connect(part, table.connect),
            weight: self.parameter(part.key("weight"), table.weight),
            weight_exponent,
            weight_bits,
            sign: table.sign,
            delay_steps: self.parameter_or(part.key("delay_steps"), table.delay_steps, 1.0),
            rule: table.rule,
            dendrite: self.number_or(part.key("dendrite"), table.dendrite, i64::from(DENDRITES) - 1),
            port: self.number_or(part.key("port"), table.port, i64::from(PORTS) - 1),
            is_graded: table.graded.unwrap_or(false),
            pre: table.pre,
            post: table.post,
        }
    }

    pub(super) fn rule(&mut self, part: Part, table: RuleTable) -> RuleSpec {
        let trace = |table: TraceTable| TraceSpec { impulse: table.impulse, tau_steps: table.tau_steps };
        let third_factor = table.third_factor.map(|third| ThirdFactor {
            y1_impulse: self.whole(part.key("third_factor.y1_impulse"), third.y1_impulse, 0, 127) as u8,
            y1_decay_factor: self.whole(part.key("third_factor.y1_decay_factor"), third.y1_decay_factor, 0, 4096)
                as u16,
        });
        let microcode = self.rule_microcode(part, table.program, table.parameters, table.initial);
        let (microcode, own_traces) = microcode.map_or_else(Default::default, |(rule, traces)| (Some(rule), traces));
        // What the network says of a trace goes before what the rule's own file says.
        let trace = |said: Option<TraceTable>, name: &str| {
            let own = own_traces.iter().find(|(known, _)| known == name).map(|(_, spec)| *spec);
            said.map(trace).or(own)
        };
        RuleSpec {
            name: table.name,
            dw: table.dw,
            dd: table.dd,
            dt: table.dt,
            program: None,
            microcode,
            x1: trace(table.x1, "x1"),
            x2: trace(table.x2, "x2"),
            y1: trace(table.y1, "y1"),
            y2: trace(table.y2, "y2"),
            y3: trace(table.y3, "y3"),
            epoch_steps: table.epoch_steps.map_or(1, |steps| self.whole(part.key("epoch_steps"), steps, 1, 63) as u8),
            third_factor,
        }
    }

    pub(super) fn modulator(&mut self, part: Part, table: ModulatorTable) -> ModulatorSpec {
        match (&table.source, table.gain) {
            (Some(_), None) => self.problems.push(part.key("source").problem(
                "E-NET-MISSING",
                "the channel has a source and no `gain`",
                "add gain = ..., what one spike adds to the level",
            )),
            (None, Some(_)) => self.problems.push(part.key("gain").problem(
                "E-NET-MISSING",
                "the channel has a gain and no `source`",
                "add source = \"population\", or remove the gain",
            )),
            _ => {}
        }
        ModulatorSpec {
            name: table.name,
            decay: table.decay.map_or(4096, |decay| self.whole(part.key("decay"), decay, 0, 4096) as u16),
            source: table.source,
            gain: table.gain.map_or(0, |gain| self.whole(part.key("gain"), gain, -128, 127) as i16),
        }
    }
}
