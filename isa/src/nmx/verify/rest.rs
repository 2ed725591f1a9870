//! When a learning program provably changes nothing, so that an engine need not run it.

use super::interval::Interval;
use super::ranges::ranges;
use crate::nmx::operand::{Kind, Source, Special};
use crate::nmx::program::Program;

/// What must hold of a synapse, besides the presence or absence of spikes, for its program to change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// Every state word but weight and delay is 0.
    pub own_state_is_zero: bool,
    /// Every modulator is 0.
    pub modulators_are_zero: bool,
}

/// The least that must hold for `program` to change no state word of a synapse whose source (`pre`) and target (`post`) have spiked
/// in the epoch, or not; `None` if it may change one even so. `is_own` tells the state words that are neither weight nor delay.
///
/// Traces, weight and the step may have any value within their ranges, parameters those that the program declares.
#[must_use]
pub fn rest(program: &Program, is_own: impl Fn(usize) -> bool, pre: bool, post: bool) -> Option<Rest> {
    let instructions = program.instructions().ok()?;
    let special = |name| Special::named(Kind::Learn, name).map(Source::Special);
    let spikes =
        [("x0", pre), ("y0", post)].map(|(name, spiked)| Some((special(name)?, Interval::constant(spiked.into()))));
    let own = (0..program.states.len()).filter(|index| is_own(*index));
    let zero = Interval::constant(0);
    let own = own.filter_map(|index| Some((Source::State(crate::nmx::operand::State::new(index as u8)?), zero)));
    let own: Vec<(Source, Interval)> = own.collect();
    let modulators = ["m0", "m1", "m2", "m3"].map(|name| Some((special(name)?, zero)));
    let candidates = [(false, false), (true, false), (false, true), (true, true)];
    candidates
        .into_iter()
        .map(|(own, modulators)| Rest { own_state_is_zero: own, modulators_are_zero: modulators })
        .find(|rest| {
            let mut given: Vec<(Source, Interval)> = spikes.into_iter().flatten().collect();
            if rest.own_state_is_zero {
                given.extend(&own);
            }
            if rest.modulators_are_zero {
                given.extend(modulators.into_iter().flatten());
            }
            let left = ranges(program, &instructions, &given).left;
            left.iter().all(|left| left.is_none_or(|left| left.is_unchanged))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nmx::asm::assemble;

    fn rests(text: &str) -> [Option<Rest>; 3] {
        let program = assemble("test", &format!(".kind learn\n{text}")).unwrap().program;
        let is_own = |index: usize| program.states[index].name.as_deref() != Some("w");
        [(false, false), (true, false), (false, true)].map(|(pre, post)| rest(&program, is_own, pre, post))
    }

    fn needs(own_state_is_zero: bool, modulators_are_zero: bool) -> Option<Rest> {
        Some(Rest { own_state_is_zero, modulators_are_zero })
    }

    #[test]
    fn a_pair_rule_rests_without_the_spikes_that_it_waits_for() {
        let pair = "
            .state w u8
            cmp.ne p1, y0, zero
            cmp.ne p2, x0, zero
            @p1 add w, w, x1
            @p2 sub w, w, y1
            max w, w, zero
            min w, w, 255";
        let pair = pair.replace("min w, w, 255", "sat w, w, u8");
        assert_eq!(rests(&pair), [needs(false, false), None, None]);
        let late = ".state w u8 sat\n cmp.ne p1, y0, zero\n @p1 add w, w, x1";
        assert_eq!(rests(late), [needs(false, false), needs(false, false), None]);
    }

    #[test]
    fn eligibility_rests_at_zero_and_a_gate_without_its_modulator() {
        let tag = "
            .state w u8 sat
            .state e i16 sat
            .param lam u12 3840
            mul.n e, e, lam, 12
            cmp.ne p1, y0, zero
            @p1 add e, e, x1
            mac.s w, e, m0, 7";
        assert_eq!(rests(tag)[0], needs(true, false));
        assert_eq!(rests(".state w u8 sat\n mul r0, x1, y1, 0\n mac.s w, r0, m0, 15")[0], needs(false, true));
        // Homeostasis works without any event: it never rests.
        assert_eq!(rests(".param up u4 1\n.state w u8 sat\n sub r0, up, y1\n add w, w, r0"), [None; 3]);
    }

    #[test]
    fn an_early_exit_is_rest() {
        let text = ".state w u8 sat\n add r0, x0, y0\n cmp.eq p1, r0, zero\n @p1 xit\n addi w, w, 1";
        assert_eq!(rests(text), [needs(false, false), None, None]);
    }
}
