//! Learning as brian2-loihi 0.5.2 orders it: no epochs, weights in force at arrival, updates rounded away from zero.
//!
//! A step: rounding carries are drawn from the state before anything arrives (with x0 = y0 = 0); spikes arrive and traces take their
//! impulses; neurons step; weights move; traces decay with the carries drawn at the start.

use super::epoch::LearningCounts;
use super::plastic::{POST_TRACES, PRE_TRACES, Plastic, Synapses};
use super::product::Operands;
use crate::delay_ring::slot;
use crate::draws::Draws;
use crate::random::{Domain, synapse_entity, trace_entity};
use crate::semantics::WeightTruncation;
use crate::trace::{TRACE_MAX, TraceConfig, TraceDecay};
use caudate_isa::sum_of_products::{Dependency, SumOfProducts};

/// The carries of one step, drawn at its start.
#[derive(Debug, Clone, Default)]
pub struct Carries {
    x: [Vec<bool>; PRE_TRACES],
    y: [Vec<bool>; POST_TRACES],
    weight: Vec<i16>,
}

impl Plastic {
    /// Draws the carries of step `t` from the state before its spikes arrive.
    #[must_use]
    pub fn draw_carries(&self, t: u64, program: &SumOfProducts, synapses: &Synapses, draws: &Draws) -> Carries {
        let trace = |config: &TraceConfig, values: &[i16], domain: Domain, entities: &dyn Fn(usize) -> u32, pc: u8| {
            let TraceDecay::Division { tau_steps } = config.decay else { return vec![false; values.len()] };
            let tau = u64::from(tau_steps);
            let carry = |(index, value): (usize, &i16)| {
                let remainder = (u64::from(value.unsigned_abs()) * (tau - 1)) % tau;
                draws.carry(domain, remainder, tau, trace_entity(self.projection, entities(index)), t, pc)
            };
            values.iter().enumerate().map(carry).collect()
        };
        let source = |list: usize| self.lists[list].source;
        let neuron = |target: usize| self.neurons[target];
        let mut carries = Carries {
            x: std::array::from_fn(|i| trace(&self.pre[i], &self.x[i], Domain::PreTrace, &source, i as u8)),
            y: std::array::from_fn(|i| trace(&self.post[i], &self.y[i], Domain::PostTrace, &neuron, i as u8)),
            weight: Vec::new(),
        };
        let precision = 1_u64 << self.format.grain_bits();
        for (list, range) in self.lists.iter().enumerate() {
            for synapse in range.start..range.end {
                let target = synapses.target[synapse] as usize;
                let change = weight_change(program, &self.operands_now(list, target, synapse, synapses), t);
                let entity = synapse_entity(synapses.ordinal[synapse], range.source, self.neurons[target]);
                let carry = draws.carry(Domain::Synapse, change.unsigned_abs() % precision, precision, entity, t, 0);
                carries.weight.push(if carry { change.signum() as i16 } else { 0 });
            }
        }
        carries
    }

    /// Delivers what arrives at step `t` to `accumulate` (target, effective weight), and gives the traces their impulses.
    pub fn arrive(
        &mut self,
        t: u64,
        synapses: &Synapses,
        spiked_before: &[bool],
        mut accumulate: impl FnMut(u32, i32),
    ) {
        let [x0, y0] = &mut self.spiked_now;
        for (list, delay) in std::mem::take(&mut self.arrivals[slot(t)]) {
            let range = self.lists[list as usize];
            for synapse in (range.start..range.end).filter(|synapse| synapses.delay[*synapse] == delay) {
                accumulate(synapses.target[synapse], synapses.effective[synapse]);
            }
            x0[list as usize] = true;
        }
        y0.copy_from_slice(spiked_before);
        for (values, config) in self.x.iter_mut().zip(&self.pre) {
            add_impulses(values, config, x0);
        }
        for (values, config) in self.y.iter_mut().zip(&self.post) {
            add_impulses(values, config, y0);
        }
        self.shown_x.clone_from(&self.x);
        self.shown_y.clone_from(&self.y);
    }

    /// Moves the weights of step `t`, then lets the traces decay.
    pub fn learn_b2l(
        &mut self,
        t: u64,
        program: &SumOfProducts,
        synapses: &mut Synapses,
        carries: &Carries,
    ) -> LearningCounts {
        let step = self.format.grain_bits();
        let (low, high) = self.format.sign_mode.accepted_range(WeightTruncation::TowardZeroAtUse);
        let mut counts = LearningCounts::default();
        let mut carry = carries.weight.iter();
        for list in 0..self.lists.len() {
            let range = self.lists[list];
            for synapse in range.start..range.end {
                let target = synapses.target[synapse] as usize;
                let operands = self.operands_now(list, target, synapse, synapses);
                let satisfied = |dependency| is_satisfied(dependency, &operands, t);
                counts.updates += u64::from(program.weight.iter().any(|product| satisfied(product.dependency)));
                let change = weight_change(program, &operands, t);
                let grains = (change.abs() >> step) * change.signum() + i64::from(carry.next().copied().unwrap_or(0));
                let before = synapses.weight[synapse];
                let after = (i64::from(before) + (grains << step)).clamp(low.into(), high.into()) as i16;
                synapses.weight[synapse] = after;
                synapses.effective[synapse] = self.format.effective_weight(after, self.effective_limit);
                counts.weight_writes += u64::from(before != after);
            }
        }
        for (values, (config, carries)) in self.x.iter_mut().zip(self.pre.iter().zip(&carries.x)) {
            decay(values, config, carries);
        }
        for (values, (config, carries)) in self.y.iter_mut().zip(self.post.iter().zip(&carries.y)) {
            decay(values, config, carries);
        }
        self.spiked_now.iter_mut().for_each(|side| side.fill(false));
        counts
    }

    fn operands_now(&self, list: usize, target: usize, synapse: usize, synapses: &Synapses) -> Operands {
        Operands {
            x: [i16::from(self.spiked_now[0][list]), self.x[0][list], self.x[1][list]],
            y: [i16::from(self.spiked_now[1][target]), self.y[0][target], self.y[1][target], self.y[2][target]],
            weight: synapses.weight[synapse],
            ..Operands::default()
        }
    }
}

fn is_satisfied(dependency: Dependency, operands: &Operands, t: u64) -> bool {
    match dependency {
        Dependency::PreSpike => operands.x[0] != 0,
        Dependency::PostSpike => operands.y[0] != 0,
        Dependency::Epochs { exponent } => t.is_multiple_of(1 << exponent),
    }
}

/// The exact sum of products, rounded away from zero to a whole number.
fn weight_change(program: &SumOfProducts, operands: &Operands, t: u64) -> i64 {
    let lowest = program.weight.iter().map(|product| product.exponent).min().unwrap_or(0).min(0);
    let mut sum = 0_i128;
    for product in program.weight.iter().filter(|product| is_satisfied(product.dependency, operands, t)) {
        let mut value = i128::from(product.mantissa) << (product.exponent - lowest);
        for factor in &product.factors {
            let read = i128::from(factor.variable.map_or(0, |variable| operands.read(variable)));
            let shifted = read + i128::from(factor.addend);
            value *= if factor.sign_only { shifted.signum() } else { shifted };
        }
        sum += value;
    }
    let one = 1_i128 << -lowest;
    (sum.signum() * (sum.abs() + one - 1).div_euclid(one)) as i64
}

fn add_impulses(values: &mut [i16], config: &TraceConfig, spiked: &[bool]) {
    for (value, _) in values.iter_mut().zip(spiked).filter(|(_, spiked)| **spiked) {
        *value = (*value + config.impulse.to_num::<i16>()).min(TRACE_MAX);
    }
}

fn decay(values: &mut [i16], config: &TraceConfig, carries: &[bool]) {
    if let TraceDecay::Division { tau_steps } = config.decay {
        for (value, carry) in values.iter_mut().zip(carries) {
            let quotient = i64::from(*value) * (i64::from(tau_steps) - 1) / i64::from(tau_steps);
            *value = quotient as i16 + i16::from(*carry);
        }
    }
}
