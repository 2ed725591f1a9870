//! The three phases of a step.

use super::microcode::{Products, Surroundings};
use super::{Arrival, Core, Emission, StepCounts};
use crate::arithmetic::shift;
use crate::delay_ring::slot;
use crate::draws::Draws;
use crate::id::Step;
use crate::learning::plastic::Plastic;
use crate::modulator::SLOTS;
use crate::neuron::{self, is_update};
use crate::semantics::LearningOrder;
use crate::synapse::ACCUMULATOR_SCALE;

impl Core {
    /// Phase 1: steps every compartment and appends what they emit to `spikes`. `levels` are the modulator channels.
    pub fn compute(&mut self, t: Step, levels: &[i8], draws: &Draws, spikes: &mut Vec<Emission>) -> StepCounts {
        let mut counts = StepCounts { neuron_accesses: self.neurons.len() as u64, ..StepCounts::default() };
        let is_b2l = self.numerics.learning == LearningOrder::Brian2Loihi;
        let carries = if is_b2l { self.arrive_b2l(t, draws) } else { Vec::new() };
        self.changed = self.rings.iter_mut().fold(false, |delivered, ring| ring.take(slot(t)) | delivered);
        self.step_fixed(slot(t), spikes, &mut counts);
        self.step_microcode(t, levels, draws, spikes, &mut counts);
        for ((plastic, program), carries) in self.plastic.iter_mut().zip(&self.programs).zip(&carries) {
            let learned = plastic.learn_b2l(t, program, &mut self.synapses, carries);
            counts.learning_updates += learned.updates;
            counts.weight_writes += learned.weight_writes;
        }
        counts
    }

    fn step_fixed(&mut self, slot: usize, spikes: &mut Vec<Emission>, counts: &mut StepCounts) {
        let inputs = self.rings[0].slot_mut(slot);
        for run in &self.fixed {
            for (own, index) in run.settings.iter().zip(run.first..) {
                let (state, input) = (&mut self.neurons[index], &mut inputs[index]);
                let before = *state;
                counts.neuron_updates += u64::from(is_update(&before, *input, own.bias_mantissa));
                let profile = &self.profiles[usize::from(own.profile)];
                let overflows = &mut self.overflows[self.population[index] as usize];
                let spiked = neuron::step(&self.numerics, profile, own.bias_mantissa, state, *input, overflows);
                *input = 0;
                self.changed |= spiked || *state != before;
                self.spiked[index] = spiked;
                if spiked {
                    spikes.push(Emission { compartment: index as u32, port: 0, payload: 1 });
                    counts.spikes += 1;
                }
            }
        }
    }

    fn step_microcode(
        &mut self,
        t: Step,
        levels: &[i8],
        draws: &Draws,
        spikes: &mut Vec<Emission>,
        counts: &mut StepCounts,
    ) {
        let Some(microcode) = &mut self.microcode else { return };
        for (spiked, compartment) in self.spiked.iter_mut().zip(&self.compartments) {
            *spiked &= compartment.fixed.is_some();
        }
        let mut around =
            Surroundings { t, levels, draws, numerics: &self.numerics, slot: slot(t), rings: &mut self.rings };
        let (spiked, overflows) = (&mut self.spiked, &mut self.overflows);
        let mut products = Products { spikes, spiked, counts, overflows };
        self.changed |= microcode.step(&mut around, &mut products);
    }

    fn arrive_b2l(&mut self, t: Step, draws: &Draws) -> Vec<crate::learning::b2l::Carries> {
        let mut all = Vec::with_capacity(self.plastic.len());
        let slot = slot(t);
        for (plastic, program) in self.plastic.iter_mut().zip(&self.programs) {
            all.push(plastic.draw_carries(t, program, &self.synapses, draws));
            let ring = &mut self.rings[0];
            plastic.arrive(t, &self.synapses, &self.spiked, |target, weight| ring.add(slot, target, i64::from(weight)));
        }
        all
    }

    /// Phase 2: delivers a spike emitted at step `t` that reached one of the core's input axons.
    pub fn deliver(&mut self, t: Step, arrival: Arrival, counts: &mut StepCounts) {
        counts.axon_events += 1;
        let axon = arrival.axon.index();
        let lists = self.axon_starts[axon]..self.axon_starts[axon + 1];
        for list in &self.lists[lists.start as usize..lists.end as usize] {
            let group = self.groups[list.group as usize];
            if group.port != arrival.port {
                continue;
            }
            let factor = if group.is_graded { i64::from(arrival.payload) } else { 1 };
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
                    self.unshifted.push((list.group, slot, target, factor * i64::from(self.synapses.weight[synapse])));
                } else {
                    let delivered = factor * i64::from(self.synapses.effective[synapse]);
                    self.rings[usize::from(group.dendrite)].add(slot, target, delivered);
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
                if plastic.microcode.is_some() {
                    let ran = plastic.run_microcode(t, &mut self.synapses, &modulators, draws);
                    let population = plastic.targets.first().map(|target| self.population[*target as usize]);
                    if let Some(population) = population {
                        self.overflows[population as usize].microcode += ran.clamped;
                    }
                    counts.learning_updates += ran.runs;
                    counts.learning_runs += ran.runs;
                    counts.learning_cycles += ran.cycles;
                    counts.learning_words += ran.words;
                    counts.weight_writes += ran.weight_writes;
                } else {
                    let learned = plastic.learn(t, order, &mut self.synapses, &modulators, draws);
                    counts.learning_updates += learned.updates;
                    counts.weight_writes += learned.weight_writes;
                }
            }
            plastic.is_restless =
                plastic.microcode.as_ref().is_some_and(|own| own.is_restless(&slot_levels(plastic, levels)));
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
            let dendrite = self.groups[group as usize].dendrite;
            self.rings[usize::from(dendrite)].add(slot, target, shifted);
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
        self.rings.iter().filter_map(|ring| ring.next_arrival(t)).chain(timed).min()
    }

    /// What each step counts while the core sleeps: its compartments rest at a fixed point.
    #[must_use]
    pub fn resting_counts(&self) -> StepCounts {
        let fixed = self.fixed.iter().flat_map(|run| run.settings.iter().zip(&self.neurons[run.first..]));
        let mut counts = StepCounts {
            neuron_accesses: self.neurons.len() as u64,
            neuron_updates: fixed.filter(|(own, state)| is_update(state, 0, own.bias_mantissa)).count() as u64,
            ..StepCounts::default()
        };
        if let Some(microcode) = &self.microcode {
            microcode.rest(&mut counts);
        }
        counts
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
