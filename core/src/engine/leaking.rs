//! Neurons that only leak: without input, current, bias and refractory counter v falls towards 0, and no spike can come of it. Nobody visits
//! them. They are brought up to date when input arrives or someone looks.
//!
//! A decay rounds towards zero, so that a magnitude falls in every step, and v tells how many steps it lives. A calendar of ends then
//! counts those that an access counts as an update, in every step, without a look at any.

use super::lif::{Settings, decay};
use crate::id::Step;
use std::collections::BTreeMap;
use std::num::NonZeroU8;

/// Steps that the calendar reaches ahead: leaks that may take longer are not served.
const LONGEST: usize = 4096;
/// No v is above this in magnitude.
const LIMIT: u32 = 1 << 23;
/// Bits of a magnitude below the first that its [`bucket`] depends on.
const BUCKET_BITS: u32 = 5;

/// How many steps each v lives under one leak.
#[derive(Debug, Clone)]
pub(super) struct Lives {
    keep: i32,
    /// By steps: the largest magnitude that is 0 after so many.
    largest: Vec<u32>,
    /// By bucket: how long its smallest magnitude lives.
    shortest: Vec<u16>,
}

/// Which interval a magnitude is in: of one number, or of 1/32 of its bounds.
const fn bucket(magnitude: u32) -> usize {
    let shift = (u32::BITS - magnitude.leading_zeros()).saturating_sub(BUCKET_BITS + 1);
    ((shift << BUCKET_BITS) + (magnitude >> shift)) as usize
}

/// The smallest magnitude in a bucket.
fn smallest(bucket: usize) -> u32 {
    let shift = (bucket as u32 >> BUCKET_BITS).saturating_sub(1);
    (bucket as u32 - (shift << BUCKET_BITS)) << shift
}

impl Lives {
    /// Where so much remains of v, unless some v lives too long.
    fn new(keep: i32) -> Option<Self> {
        let (mut largest, mut last) = (vec![0], 0);
        while last < LIMIT {
            // The largest x for which x * keep / 4096, rounded down, is no more than the last.
            let from = (u64::from(last) + 1) * 4096 - 1;
            let next = from.checked_div(keep as u64).map_or(LIMIT, |next| next.min(LIMIT.into()) as u32);
            largest.push(next);
            last = next;
            if largest.len() == LONGEST {
                return None;
            }
        }
        let shortest = |bucket| largest.partition_point(|largest| *largest < smallest(bucket)) as u16;
        let shortest = (0..=bucket(LIMIT)).map(shortest).collect();
        Some(Self { keep, largest, shortest })
    }

    /// Steps after which v is 0.
    #[inline]
    fn of(&self, v: i32) -> Step {
        let magnitude = v.unsigned_abs();
        let mut life = usize::from(self.shortest[bucket(magnitude)]);
        while self.largest[life] < magnitude {
            life += 1;
        }
        life as Step
    }

    /// v after so many steps.
    #[inline]
    fn leaked(&self, v: i32, steps: Step) -> i32 {
        if steps >= self.of(v) { 0 } else { (0..steps).fold(v, |v, _| decay(v, self.keep)) }
    }
}

/// The lives under each leak of a tile, as far as they are served.
#[derive(Debug, Clone)]
pub(super) struct Leaks {
    lives: Vec<Lives>,
    /// By neuron: the number of its lives.
    of: Vec<Option<NonZeroU8>>,
}

impl Leaks {
    /// Of neurons with these settings.
    pub(super) fn new(settings: impl Iterator<Item = Settings>) -> Self {
        let mut lives = Vec::new();
        let mut known: BTreeMap<i32, Option<NonZeroU8>> = BTreeMap::new();
        let mut number = |keep: i32| {
            let next = u8::try_from(lives.len() + 1).ok().and_then(NonZeroU8::new)?;
            lives.push(Lives::new(keep)?);
            Some(next)
        };
        let of = settings
            .map(|own| own.may_leak().then(|| *known.entry(own.keep_v).or_insert_with_key(|keep| number(*keep)))?);
        Self { of: of.collect(), lives }
    }

    /// The lives of a neuron, if it may leak unseen.
    #[inline]
    pub(super) fn of(&self, neuron: usize) -> Option<&Lives> {
        self.of[neuron].and_then(|number| self.lives.get(usize::from(number.get()) - 1))
    }
}

/// The neurons of a tile that leak. Their u and v are kept as they were after the step in which they began to.
#[derive(Debug, Clone)]
pub(super) struct Leaking {
    /// That step; empty before the first.
    since: Vec<Step>,
    /// How many come to rest, by step modulo [`LONGEST`]; empty before the first.
    ends: Vec<u32>,
    /// How many leak and are not at rest.
    alive: u64,
}

impl Leaking {
    pub(super) const NONE: Self = Self { since: Vec::new(), ends: Vec::new(), alive: 0 };

    /// Begins step `t`.
    pub(super) fn begin(&mut self, t: Step) {
        if let Some(ended) = self.ends.get_mut(t as usize % LONGEST) {
            self.alive -= u64::from(std::mem::take(ended));
        }
    }

    /// How many leak and are not at rest: an access in the step after finds something to compute.
    pub(super) const fn alive(&self) -> u64 {
        self.alive
    }

    fn end(&mut self, since: Step, life: Step) -> &mut u32 {
        &mut self.ends[since.wrapping_add(1 + life) as usize % LONGEST]
    }

    /// Lets a neuron of so many leak after step `t`, or t modulo 2^64. Who has a current still is one of those that lose it in a step.
    pub(super) fn start(&mut self, lives: &Lives, neuron: usize, neurons: usize, (u, v): (i32, i32), t: Step) {
        if self.since.is_empty() {
            (self.since, self.ends) = (vec![0; neurons], vec![0; LONGEST]);
        }
        let life = lives.of(v).max(u64::from(u != 0));
        *self.end(t, life) += 1;
        self.alive += 1;
        self.since[neuron] = t;
    }

    /// The state after step `t` of a neuron that leaks from (u, v).
    pub(super) fn state(&self, lives: &Lives, neuron: usize, (u, v): (i32, i32), t: Step) -> (i32, i32) {
        let steps = t.wrapping_sub(self.since[neuron]);
        if steps == 0 { (u, v) } else { (0, lives.leaked(v, steps)) }
    }

    /// Ends the leaking of a neuron after step `t`, when the next one has begun; returns its state.
    pub(super) fn stop(&mut self, lives: &Lives, neuron: usize, state: (i32, i32), t: Step) -> (i32, i32) {
        let (u, v) = self.state(lives, neuron, state, t);
        if (u, v) != (0, 0) {
            let life = lives.of(v).max(u64::from(u != 0));
            *self.end(t, life) -= 1;
            self.alive -= 1;
        }
        (u, v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_life_ends_when_v_is_at_rest(keep in 0_i32..4096, v in prop_oneof![-(1_i32 << 23)..1 << 23, -300_i32..300]) {
            let Some(lives) = Lives::new(keep) else {
                // Only where less than 1 in 300 is lost does a life take longer than the calendar reaches.
                prop_assert!(4096 - keep < 14, "{keep}");
                return Ok(());
            };
            let life = lives.of(v);
            let after = |steps| (0..steps).fold(v, |v, _| decay(v, keep));
            prop_assert_eq!(after(life), 0);
            prop_assert!(life == 0 || after(life - 1) != 0);
            prop_assert!(life < LONGEST as Step);
            prop_assert_eq!(lives.leaked(v, life / 2), after(life / 2));
            prop_assert_eq!(lives.leaked(v, life + 1), 0);
        }

        #[test]
        fn who_leaks_is_counted_until_it_rests_or_stops(keep in 0_i32..4080, v in 1_i32..1 << 23, u in 0_i32..2, stops in 1_u64..300, t in 0_u64..9000) {
            let lives = Lives::new(keep).unwrap();
            let mut leaking = Leaking::NONE;
            leaking.start(&lives, 3, 5, (u, v), t);
            prop_assert_eq!(leaking.state(&lives, 3, (u, v), t), (u, v));
            let mut now = v;
            for step in t + 1..=t + stops {
                leaking.begin(step);
                prop_assert_eq!(leaking.alive(), u64::from(now != 0), "step {}", step);
                now = decay(now, keep);
            }
            let before = leaking.state(&lives, 3, (u, v), t + stops - 1);
            prop_assert_eq!(leaking.stop(&lives, 3, (u, v), t + stops - 1), before);
            prop_assert_eq!(leaking.alive(), 0);
            prop_assert!(leaking.ends.iter().all(|count| *count == 0));
        }
    }

    #[test]
    fn more_leaks_than_fit_are_left_to_others() {
        let settings = (0..300).map(|keep| Settings { keep_v: keep, ..Settings::inert() });
        let leaks = Leaks::new(settings.chain([Settings { bias: 1, ..Settings::inert() }]));
        assert!((0..255).all(|neuron| leaks.of(neuron).is_some_and(|lives| lives.keep == neuron as i32)));
        assert!((255..301).all(|neuron| leaks.of(neuron).is_none()));
    }
}
