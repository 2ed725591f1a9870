//! Learning rules: text to program, traces to the decay that the semantics evaluate.

use super::{Quantiser, Tally};
use crate::network::{RuleSpec, TraceSpec};
use crate::origin::{Part, Problem};
use crate::quantise::rule_microcode::reads;
use crate::validate::rule::traces;
use caudate_core::image::{LearningRule, NamedProgram, RuleProgram};
use caudate_core::semantics::{LearningOrder, Semantics};
use caudate_core::trace::{TraceConfig, TraceDecay};
use caudate_isa::diagnostic::Diagnostic;
use caudate_isa::rule::{Dialect, QuantisedConstant, RuleText, compile};
use caudate_isa::sum_of_products::{SumOfProducts, Variable};
use fixed::types::U8F8;

impl<'a> Quantiser<'a> {
    /// Compiles every rule of the network; a rule that cannot be is reported and replaced by one that changes nothing.
    pub(crate) fn rules(&mut self, programs: &[NamedProgram]) -> Vec<LearningRule> {
        let network = self.network;
        network.rules.iter().enumerate().map(|(index, rule)| self.rule(Part::Rule(index), rule, programs)).collect()
    }

    fn rule(&mut self, part: Part, rule: &RuleSpec, programs: &[NamedProgram]) -> LearningRule {
        let semantics = self.semantics;
        let order = semantics.numerics().learning;
        if order == LearningOrder::Unsupported {
            let message =
                format!("rule '{}': learning is not modelled by the semantics '{}'", rule.name, semantics.name());
            self.refuse(part.key(""), "E-NET-SEMANTICS", message, "remove the rule, or use the semantics 'loihi1'");
        }
        if order == LearningOrder::Brian2Loihi && rule.epoch_steps != 1 {
            let message = format!("epoch_steps is {}; the semantics 'b2l' learn every step", rule.epoch_steps);
            self.refuse(
                part.key("epoch_steps"),
                "E-NET-SEMANTICS",
                message,
                "use epoch_steps = 1, or the semantics 'loihi1'",
            );
        }
        if order != LearningOrder::Lava && rule.third_factor.is_some() {
            let message = format!("third_factor belongs to the semantics 'lava'; this is '{}'", semantics.name());
            self.refuse(
                part.key("third_factor"),
                "E-NET-SEMANTICS",
                message,
                "use modulators m0..m3 as third factors, or the semantics 'lava'",
            );
        }
        let program = match &rule.microcode {
            Some(microcode) => RuleProgram::Microcode(self.microcode_rule(part, rule, microcode, programs)),
            None => RuleProgram::Products(self.products(part, rule)),
        };
        self.check_traces(part, rule, &program);
        let mut configs =
            traces(rule).map(|(key, trace)| trace.map_or(TraceConfig::ABSENT, |trace| self.trace(part, key, trace)));
        if let Some(third) = rule.third_factor {
            let external = TraceConfig { impulse: U8F8::ZERO, decay: TraceDecay::External };
            let impulse = U8F8::from_num(third.y1_impulse);
            configs[2] = TraceConfig { impulse, decay: TraceDecay::Floor { factor: third.y1_decay_factor } };
            configs[3] = external;
            configs[4] = external;
        }
        let [x1, x2, y1, y2, y3] = configs;
        LearningRule {
            name: rule.name.clone(),
            program,
            pre: [x1, x2],
            post: [y1, y2, y3],
            epoch_steps: rule.epoch_steps,
        }
    }

    fn products(&mut self, part: Part, rule: &RuleSpec) -> SumOfProducts {
        let dialect = if self.semantics == Semantics::B2l { Dialect::B2l } else { Dialect::Lava };
        if let Some(program) = &rule.program {
            if let Err(error) = program.check(&dialect.constants()) {
                self.refuse(
                    part.key("program"),
                    "E-NET-PROGRAM",
                    format!("program of rule '{}': {error}", rule.name),
                    "build it within the limits that the message names",
                );
            }
            return program.clone();
        }
        let text =
            RuleText { name: &rule.name, dw: rule.dw.as_deref(), dd: rule.dd.as_deref(), dt: rule.dt.as_deref() };
        match compile(&text, dialect) {
            Ok(compiled) => {
                for constant in &compiled.quantised {
                    self.record_constant(part, constant);
                }
                compiled.program
            }
            Err(diagnostics) => {
                let path = part.key("");
                self.invalid.extend(diagnostics.into_iter().map(|diagnostic: Diagnostic| Problem { path, diagnostic }));
                SumOfProducts::default()
            }
        }
    }

    fn record_constant(&mut self, part: Part, constant: &QuantisedConstant) {
        let mut tally = Tally::new();
        tally.note(constant.written, f64::from(constant.mantissa) * f64::from(constant.exponent).exp2());
        let note = format!("product {}: {} * 2^{}", constant.product, constant.mantissa, constant.exponent);
        self.record(part.key(constant.target.rule_name()), "constant", &tally, Some(note));
    }

    /// A rule must not read a trace that it does not define: the product would be 0 for ever.
    fn check_traces(&mut self, part: Part, rule: &RuleSpec, program: &RuleProgram) {
        const VARIABLES: [Variable; 5] = [Variable::X1, Variable::X2, Variable::Y1, Variable::Y2, Variable::Y3];
        for ((key, trace), variable) in traces(rule).into_iter().zip(VARIABLES) {
            let is_external = rule.third_factor.is_some() && key.starts_with('y');
            let is_read = match program {
                RuleProgram::Products(products) => products.uses(variable),
                RuleProgram::Microcode(_) => rule.microcode.as_ref().is_some_and(|own| reads(&own.program, key)),
            };
            if is_read && trace.is_none() && !is_external {
                let message = format!("rule '{}' reads {key}, a trace that it does not define", rule.name);
                self.refuse(
                    part.key(""),
                    "E-NET-TRACE",
                    message,
                    format!("add {key} = {{ impulse = 16, tau_steps = 20 }}"),
                );
            }
        }
    }

    fn trace(&mut self, part: Part, key: &'static str, trace: TraceSpec) -> TraceConfig {
        let path = part.key(key);
        let order = self.semantics.numerics().learning;
        // What the structural checks refused is skipped here, not reported twice.
        if !(0.0..=127.0).contains(&trace.impulse) || !trace.tau_steps.is_finite() || trace.tau_steps < 0.0 {
            return TraceConfig::ABSENT;
        }
        if trace.tau_steps == 0.0 && order != LearningOrder::Lava {
            self.refuse(
                path,
                "E-NET-RANGE",
                format!("tau_steps of trace {key} is 0; a time constant is above 0"),
                "use a number of steps above 0",
            );
        }
        let impulse = U8F8::from_bits((trace.impulse * 256.0).round() as u16);
        let mut tally = Tally::new();
        tally.note(trace.impulse, impulse.to_num());
        self.record(path, "impulse", &tally, None);
        let mut factor_tally = Tally::new();
        let decay = match order {
            LearningOrder::Lava => TraceDecay::Exponential { tau_steps: trace.tau_steps },
            LearningOrder::Brian2Loihi => {
                for (name, value) in [("impulse", trace.impulse), ("tau_steps", trace.tau_steps)] {
                    if value.fract() != 0.0 {
                        let message =
                            format!("{name} of trace {key} is {value}; the semantics 'b2l' need a whole number");
                        self.refuse(path, "E-NET-WHOLE", message, "round it, or use the semantics 'loihi1'");
                    }
                }
                TraceDecay::Division { tau_steps: trace.tau_steps.max(1.0) as u32 }
            }
            LearningOrder::Loihi | LearningOrder::Unsupported => {
                let factor = TraceConfig::twelve_bit_factor(trace.tau_steps);
                factor_tally.note(4096.0 * (-1.0 / trace.tau_steps).exp(), f64::from(factor));
                TraceDecay::TwelveBit { factor }
            }
        };
        self.record(path, "1/4096 kept per step", &factor_tally, None);
        TraceConfig { impulse, decay }
    }
}
