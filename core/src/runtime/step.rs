//! The three phases of a step.

use super::{Core, StepCounts};
use crate::arithmetic::shift;
use crate::delay_ring::slot;
use crate::draws::Draws;
use crate::id::{AxonId, Step};
use crate::learning::plastic::Plastic;
use crate::modulator::SLOTS;
use crate::neuron::{self, is_update};
use crate::semantics::LearningOrder;
use crate::synapse::ACCUMULATOR_SCALE;

impl Core {
    /// Phase 1: steps every compartment and appends the indices of those that spike to `spikes`.
    pub fn compute(&mut self, t: Step, draws: &Draws, spikes: &mut Vec<u32>) -> StepCounts {
        let mut counts = StepCounts { neuron_accesses: self.neurons.len() as u64, ..StepCounts::default() };
        let is_b2l = self.numerics.learning == LearningOrder::Brian2Loihi;
        let carries = if is_b2l { self.arrive_b2l(t, draws) } else { Vec::new() };
        let (inputs, has_input) = self.ring.take(slot(t));
        self.changed = has_input;
        for (index, (state, input)) in self.neurons.iter_mut().zip(inputs).enumerate() {
            let compartment = &self.compartments[index];
            let before = *state;
            counts.neuron_updates += u64::from(is_update(&before, *input, compartment.bias_mantissa));
            let profile = &self.profiles[usize::from(compartment.profile)];
            let overflows = &mut self.overflows[self.population[index] as usize];
            let spiked = neuron::step(&self.numerics, profile, compartment.bias_mantissa, state, *input, overflows);
            *input = 0;
            self.changed |= spiked || *state != before;
            self.spiked[index] = spiked;
            if spiked {
                spikes.push(index as u32);
                counts.spikes += 1;
            }
        }
        for ((plastic, program), carries) in self.plastic.iter_mut().zip(&self.programs).zip(&carries) {
            let learned = plastic.learn_b2l(t, program, &mut self.synapses, carries);
            counts.learning_updates += learned.updates;
            counts.weight_writes += learned.weight_writes;
        }
        counts
    }

    fn arrive_b2l(&mut self, t: Step, draws: &Draws) -> Vec<crate::learning::b2l::Carries> {
        let mut all = Vec::with_capacity(self.plastic.len());
        let slot = slot(t);
        for (plastic, program) in self.plastic.iter_mut().zip(&self.programs) {
            all.push(plastic.draw_carries(t, program, &self.synapses, draws));
            let ring = &mut self.ring;
            plastic.arrive(t, &self.synapses, &self.spiked, |target, weight| ring.add(slot, target, i64::from(weight)));
        }
        all
    }

    /// Phase 2: delivers a spike emitted at step `t` that reached input axon `axon`.
    pub fn deliver(&mut self, t: Step, axon: AxonId, counts: &mut StepCounts) {
        counts.axon_events += 1;
        let lists = self.axon_starts[axon.index()]..self.axon_starts[axon.index() + 1];
        for list in &self.lists[lists.start as usize..lists.end as usize] {
            let group = self.groups[list.group as usize];
            let range = list.start as usize..list.end as usize;
            counts.synaptic_events += range.len() as u64;
            if let Some(plastic) = group.plastic {
                let plastic = &mut self.plastic[plastic as usize];
                match self.numerics.learning {
                    LearningOrder::Brian2Loihi => {
                        let mut delays: Vec<u8> = self.synapses.delay[range].to_vec();
                        delays.sort_unstable();
                        delays.dedup();
                        for delay in delays {
                            let arrival = slot(t + 1 + u64::from(delay));
                            plastic.arrivals[arrival].push((list.plastic_list, delay));
                        }
                        continue;
                    }
                    LearningOrder::Lava => plastic.book_pre_spike_lava(list.plastic_list as usize, t),
                    _ => plastic.pre_spike[list.plastic_list as usize] = plastic.step_in_epoch(t),
                }
            }
            for synapse in range {
                let slot = slot(t + 1 + u64::from(self.synapses.delay[synapse]));
                let target = self.synapses.target[synapse];
                if group.shifts_sum {
                    self.unshifted.push((list.group, slot, target, i64::from(self.synapses.weight[synapse])));
                } else {
                    self.ring.add(slot, target, i64::from(self.synapses.effective[synapse]));
                }
            }
        }
    }

    /// Phase 3: traces and learning, once every spike of step `t` has been delivered. `levels` are the modulator channels.
    pub fn finish(&mut self, t: Step, levels: &[i8], draws: &Draws, counts: &mut StepCounts) {
        self.shift_sums();
        let order = self.numerics.learning;
        if order == LearningOrder::Brian2Loihi {
            return;
        }
        for plastic in &mut self.plastic {
            let now = plastic.step_in_epoch(t);
            for target in 0..plastic.targets.len() {
                let target = plastic.targets[target] as usize;
                if self.spiked[target] {
                    match order {
                        LearningOrder::Lava => plastic.book_post_spike_lava(target, t, draws),
                        _ => plastic.post_spike[target] = now,
                    }
                }
            }
            let ends_epoch = plastic.ends_epoch(t);
            match order {
                LearningOrder::Lava => {
                    plastic.advance_third_factor(t);
                    if ends_epoch {
                        plastic.replay_epoch_lava(t, draws);
                    }
                }
                _ => plastic.advance_traces(t, draws),
            }
            if ends_epoch {
                let modulators = slot_levels(plastic, levels);
                let learned = plastic.learn(t, order, &mut self.synapses, &modulators, draws);
                counts.learning_updates += learned.updates;
                counts.weight_writes += learned.weight_writes;
            }
            plastic.show();
        }
    }

    /// Adds the sums of mantissas that shift as a whole to their accumulators.
    fn shift_sums(&mut self) {
        self.unshifted.sort_unstable_by_key(|(group, slot, target, _)| (*group, *slot, *target));
        for run in self.unshifted.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)) {
            let (group, slot, target, _) = run[0];
            let sum = run.iter().map(|(.., weight)| weight).sum();
            let shifted = shift(sum, self.groups[group as usize].format.weight_exponent) * ACCUMULATOR_SCALE;
            self.ring.add(slot, target, shifted);
        }
        self.unshifted.clear();
    }

    /// Gives compartment `index` the third factors y2, y3 of this step (`lava` third-factor rules).
    pub fn set_third_factor(&mut self, index: u32, values: [i16; 2]) {
        for plastic in self.plastic.iter_mut().filter(|plastic| plastic.has_third_factor()) {
            for (trace, value) in plastic.y[1..].iter_mut().zip(values) {
                trace[index as usize] = value.clamp(-128, 127);
            }
        }
    }

    /// The step before which the core has nothing to do after step `t`, should no spike reach it; `None` if it may sleep for
    /// ever.
    #[must_use]
    pub fn wake_after(&self, t: Step) -> Option<Step> {
        let replays = !matches!(self.numerics.learning, LearningOrder::Loihi | LearningOrder::Unsupported);
        if self.changed || self.plastic.iter().any(|plastic| replays || plastic.is_active()) {
            return Some(t + 1);
        }
        let timed = self.plastic.iter().filter_map(|plastic| plastic.next_timed_epoch_end(t)).min();
        self.ring.next_arrival(t).into_iter().chain(timed).min()
    }

    /// What each step counts while the core sleeps: its compartments rest at a fixed point.
    #[must_use]
    pub fn resting_counts(&self) -> StepCounts {
        let active = self.neurons.iter().zip(&self.compartments);
        StepCounts {
            neuron_accesses: self.neurons.len() as u64,
            neuron_updates: active.filter(|(state, own)| is_update(state, 0, own.bias_mantissa)).count() as u64,
            ..StepCounts::default()
        }
    }
}

impl Plastic {
    /// Keeps the traces for observers.
    fn show(&mut self) {
        self.shown_x.clone_from(&self.x);
        self.shown_y.clone_from(&self.y);
    }
}

fn slot_levels(plastic: &Plastic, levels: &[i8]) -> [i8; SLOTS] {
    plastic.channels.map(|channel| channel.map_or(0, |channel| levels[usize::from(channel)]))
}
