//! Threads that work on parts side by side: the tiles of a core.
//!
//! A step takes microseconds, and two meetings: a thread that slept between them would wake when the others are done. Helpers
//! therefore wait wide awake for their next share, give way to others after a while, and go to sleep long after. The parts themselves
//! are handed over, so that nobody else can touch them meanwhile. Whoever comes too late for its share, on a busy machine, finds that it
//! has been taken back.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, park, yield_now};

/// What is shared: handed over by the pointer.
pub(super) type Parts<T> = Vec<Box<T>>;
/// What is to be done with each part.
pub(super) type Work<T> = Arc<dyn Fn(&mut T) + Send + Sync>;

/// Looks at a desk, some nanoseconds each, before the processor is offered to others; and offers, before a helper goes to sleep.
const LOOKS: u32 = 1 << 10;
const OFFERS: u32 = 1 << 8;

/// The helpers of the thread that shares its parts.
#[derive(Debug)]
pub(super) struct Team<T> {
    helpers: Vec<Helper<T>>,
}

/// A thread of its own.
#[derive(Debug)]
struct Helper<T> {
    desk: Arc<Desk<T>>,
    /// There until it is joined.
    thread: Option<JoinHandle<()>>,
}

/// Where shares are handed over.
#[derive(Debug)]
struct Desk<T> {
    state: Line<AtomicU8>,
    share: Line<Mutex<Share<T>>>,
}

/// Something on lines of the cache of its own: whoever waits looks at nothing else, and whoever works is not looked at.
#[derive(Debug)]
#[repr(align(128))]
struct Line<T>(T);

/// There is no share; in the second case the helper sleeps.
const AT_REST: u8 = 0;
const ASLEEP: u8 = 1;
/// A share lies there.
const GIVEN: u8 = 2;
/// The helper works on it.
const TAKEN: u8 = 3;
/// There is nothing more to do.
const CLOSED: u8 = 4;

struct Share<T> {
    parts: Parts<T>,
    work: Option<Work<T>>,
}

impl<T> std::fmt::Debug for Share<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Share").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

/// Helpers are no part of what is copied: a copy has none.
impl<T> Clone for Team<T> {
    fn clone(&self) -> Self {
        Self::ALONE
    }
}

impl<T> Team<T> {
    /// Of one thread.
    pub(super) const ALONE: Self = Self { helpers: Vec::new() };
}

impl<T: Send + 'static> Team<T> {
    /// A team of so many threads, the one that starts them among them.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub(super) fn new(threads: usize) -> std::io::Result<Self> {
        Ok(Self { helpers: (1..threads).map(|_| Helper::new()).collect::<Result<_, _>>()? })
    }

    pub(super) const fn is_alone(&self) -> bool {
        self.helpers.is_empty()
    }

    /// Does `work` on each part.
    pub(super) fn each(&mut self, parts: &mut Parts<T>, work: Work<T>) {
        let share = parts.len().div_ceil(self.helpers.len() + 1);
        for (index, helper) in self.helpers.iter().enumerate().rev() {
            helper.give(parts.drain(parts.len().min((index + 1) * share)..), Arc::clone(&work));
        }
        parts.iter_mut().for_each(|part| work(part));
        for helper in &mut self.helpers {
            helper.take(parts);
        }
    }
}

impl<T> Desk<T> {
    /// From one state to another; whether it was in the one.
    fn goes(&self, from: u8, to: u8) -> bool {
        self.state.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn work(&self) {
        let mut share = self.share();
        if let Some(work) = share.work.take() {
            share.parts.iter_mut().for_each(|part| work(part));
        }
    }

    fn share(&self) -> MutexGuard<'_, Share<T>> {
        self.share.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the desk until the state is what is waited for; `offer` is asked each time that the processor is offered to others,
    /// and says whether to go on waiting.
    fn wait(&self, is_over: impl Fn(u8) -> bool, mut offer: impl FnMut() -> bool) {
        loop {
            for _ in 0..LOOKS {
                if is_over(self.state.0.load(Ordering::Acquire)) {
                    return;
                }
                std::hint::spin_loop();
            }
            yield_now();
            if !offer() {
                return;
            }
        }
    }
}

impl<T: Send + 'static> Helper<T> {
    fn new() -> std::io::Result<Self> {
        let share = Mutex::new(Share { parts: Vec::new(), work: None });
        let desk = Arc::new(Desk { state: Line(AtomicU8::new(AT_REST)), share: Line(share) });
        let own = Arc::clone(&desk);
        let thread = Builder::new().name("caudate tiles".to_owned()).spawn(move || help(&own))?;
        Ok(Self { desk, thread: Some(thread) })
    }

    /// Hands over a share.
    fn give(&self, parts: impl Iterator<Item = Box<T>>, work: Work<T>) {
        let mut share = self.desk.share();
        share.parts.extend(parts);
        share.work = Some(work);
        drop(share);
        self.tell(GIVEN);
    }

    /// Sees to it that its share is done, and appends the parts to `parts`.
    fn take(&mut self, parts: &mut Parts<T>) {
        let thread = &mut self.thread;
        if self.desk.goes(GIVEN, AT_REST) {
            self.desk.work();
        } else {
            self.desk.wait(|state| state != TAKEN, || thread.as_ref().is_some_and(|thread| !thread.is_finished()));
        }
        if self.desk.state.0.load(Ordering::Acquire) == TAKEN
            && let Some(Err(panic)) = thread.take().map(JoinHandle::join)
        {
            std::panic::resume_unwind(panic);
        }
        parts.append(&mut self.desk.share().parts);
    }
}

impl<T> Helper<T> {
    fn tell(&self, state: u8) {
        if self.desk.state.0.swap(state, Ordering::AcqRel) == ASLEEP
            && let Some(thread) = &self.thread
        {
            thread.thread().unpark();
        }
    }
}

impl<T> Drop for Helper<T> {
    fn drop(&mut self) {
        self.tell(CLOSED);
        // Whatever it panicked with has been passed on, or is drowned by another panic.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// The life of a helper.
fn help<T>(desk: &Desk<T>) {
    loop {
        let mut offers = 0;
        desk.wait(
            |state| state != AT_REST,
            || {
                offers += 1;
                offers < OFFERS
            },
        );
        if desk.goes(AT_REST, ASLEEP) {
            while desk.state.0.load(Ordering::Acquire) == ASLEEP {
                park();
            }
        }
        if desk.goes(GIVEN, TAKEN) {
            desk.work();
            // Fails where the desk has been closed meanwhile.
            desk.goes(TAKEN, AT_REST);
        }
        if desk.state.0.load(Ordering::Acquire) == CLOSED {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    fn numbers(count: u64) -> Parts<u64> {
        (0..count).map(Box::new).collect()
    }

    #[test]
    fn every_part_is_worked_on_once_and_stays_in_its_place() {
        for (threads, count) in [(1, 3), (2, 0), (2, 1), (2, 2), (3, 7), (4, 5), (6, 3)] {
            let (mut team, mut parts) = (Team::new(threads).unwrap(), numbers(count));
            assert_eq!(team.is_alone(), threads == 1);
            for round in 0..200 {
                team.each(&mut parts, Arc::new(move |part| *part += 1000 + round));
                if round == 100 {
                    // Long enough for helpers to go to sleep.
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
            let all: u64 = (0..200).map(|round| 1000 + round).sum();
            let expected: Parts<u64> = (0..count).map(|part| Box::new(part + all)).collect();
            assert_eq!(parts, expected, "{threads} threads");
        }
    }

    #[test]
    fn a_panic_of_a_helper_is_passed_on() {
        let (mut team, mut parts) = (Team::new(2).unwrap(), numbers(2));
        let work = |part: &mut u64| assert_ne!(*part, 1, "the second part is bad");
        let got = catch_unwind(AssertUnwindSafe(|| team.each(&mut parts, Arc::new(work))));
        assert!(got.is_err());
    }
}
