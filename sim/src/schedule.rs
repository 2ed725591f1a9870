//! When each core must wake: a priority queue of (step, core) with decrease-key.

use caudate_core::id::Step;
use priority_queue::PriorityQueue;
use std::cmp::Reverse;

/// Wake-up steps of sleeping cores, earliest first. Pushing and waking are O(log cores).
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    queue: PriorityQueue<usize, Reverse<Step>>,
}

impl Schedule {
    /// Sets the step at which a core must wake, whatever was set before; `None` leaves it to incoming spikes.
    pub(crate) fn set(&mut self, core: usize, step: Option<Step>) {
        match step {
            Some(step) => {
                self.queue.push(core, Reverse(step));
            }
            None => {
                self.queue.remove(&core);
            }
        }
    }

    /// Takes the cores that must be awake at step `t` and marks them.
    pub(crate) fn wake(&mut self, t: Step, awake: &mut [bool]) {
        while let Some((&core, _)) = self.queue.peek().filter(|(_, step)| step.0 <= t) {
            awake[core] = true;
            self.queue.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_wake_when_due_and_a_later_setting_replaces_an_earlier() {
        let mut schedule = Schedule::default();
        schedule.set(0, Some(5));
        schedule.set(1, Some(3));
        schedule.set(0, Some(2));
        schedule.set(1, None);
        let mut awake = [false; 2];
        schedule.wake(1, &mut awake);
        assert_eq!(awake, [false, false]);
        schedule.wake(2, &mut awake);
        assert_eq!(awake, [true, false]);
        schedule.wake(100, &mut awake);
        assert_eq!(awake, [true, false]);
    }
}
