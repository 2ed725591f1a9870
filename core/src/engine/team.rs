//! Threads that work on parts side by side: the tiles of a core.
//!
//! A step takes microseconds: a thread that slept whenever it had nothing to do would wake when the others are done. Helpers therefore
//! wait wide awake for the next job, give way to others after a while, and go to sleep long after. The parts of a job are handed over, so
//! that nobody else can touch them meanwhile. Whoever is free takes the next part: who begins a job may do other things while helpers
//! work on it, and comes too late for nothing. Helpers take parts from one end and who began from the other, so that most parts stay in the
//! cache of the same thread.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, park, yield_now};

/// What is shared: handed over by the pointer.
pub(super) type Parts<T> = Vec<Box<T>>;
/// What is to be done with each part.
pub(super) type Work<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// Looks at a number, some nanoseconds each, before the processor is offered to others; and offers, before a helper goes to sleep.
const LOOKS: u32 = 1 << 10;
const OFFERS: u32 = 1 << 8;

/// The helpers of the thread that shares its parts.
#[derive(Debug)]
pub(super) struct Team<T> {
    helpers: Vec<Helper<T>>,
    /// What has been begun and not been ended.
    job: Option<Arc<Job<T>>>,
}

/// A thread of its own.
#[derive(Debug)]
struct Helper<T> {
    desk: Arc<Desk<T>>,
    /// There until it is joined.
    thread: Option<JoinHandle<()>>,
}

/// Where jobs are announced.
#[derive(Debug)]
struct Desk<T> {
    state: Line<AtomicU8>,
    job: Mutex<Option<Arc<Job<T>>>>,
}

/// Parts, and what is to be done with each.
struct Job<T> {
    parts: Vec<Mutex<Option<Box<T>>>>,
    work: Work<T>,
    /// Parts that somebody has taken or is about to take, which may be more than there are; and those that helpers and the one who began took.
    claimed: Line<AtomicUsize>,
    from_front: AtomicUsize,
    from_back: AtomicUsize,
    /// Parts that are not done.
    left: Line<AtomicUsize>,
}

/// Something on lines of the cache of its own: whoever waits looks at nothing else, and whoever works is not looked at.
#[derive(Debug)]
#[repr(align(128))]
struct Line<T>(T);

/// Nothing is announced; in the second case the helper sleeps.
const AT_REST: u8 = 0;
const ASLEEP: u8 = 1;
/// A job is.
const ANNOUNCED: u8 = 2;
/// There is nothing more to do.
const CLOSED: u8 = 3;

impl<T> std::fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

impl<T> Team<T> {
    /// Of one thread.
    pub(super) const ALONE: Self = Self { helpers: Vec::new(), job: None };

    pub(super) const fn is_alone(&self) -> bool {
        self.helpers.is_empty()
    }

    /// Whether a job has been begun and not been ended.
    pub(super) const fn is_busy(&self) -> bool {
        self.job.is_some()
    }
}

impl<T: Send + 'static> Team<T> {
    /// A team of so many threads, the one that starts them among them.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub(super) fn new(threads: usize) -> std::io::Result<Self> {
        Ok(Self { helpers: (1..threads).map(|_| Helper::new()).collect::<Result<_, _>>()?, job: None })
    }

    /// Takes all parts, and has helpers begin to do `work` on each.
    pub(super) fn begin(&mut self, parts: &mut Parts<T>, work: Work<T>) {
        let job = Arc::new(Job {
            claimed: Line(AtomicUsize::new(0)),
            from_front: AtomicUsize::new(0),
            from_back: AtomicUsize::new(0),
            left: Line(AtomicUsize::new(parts.len())),
            parts: parts.drain(..).map(|part| Mutex::new(Some(part))).collect(),
            work,
        });
        self.helpers.iter().for_each(|helper| helper.announce(&job));
        self.job = Some(job);
    }

    /// Does what is left of the job that was begun, and gives the parts back.
    pub(super) fn end(&mut self, parts: &mut Parts<T>) {
        let Some(job) = self.job.take() else { return };
        job.work_from(&job.from_back, |taken| job.parts.len() - 1 - taken);
        let helpers = &self.helpers;
        wait(|| job.left.0.load(Ordering::Acquire) == 0, || helpers.iter().all(Helper::is_well));
        for helper in &mut self.helpers {
            helper.pass_panic_on();
        }
        parts.extend(job.parts.iter().filter_map(|part| lock(part).take()));
    }
}

impl<T> Job<T> {
    /// Takes parts as long as there are any, the next of which is where `place` says, and works on them.
    fn work_from(&self, taken: &AtomicUsize, place: impl Fn(usize) -> usize) {
        while self.claimed.0.fetch_add(1, Ordering::Relaxed) < self.parts.len() {
            // No more are taken from both ends together than there are.
            if let Some(part) = &mut *lock(&self.parts[place(taken.fetch_add(1, Ordering::Relaxed))]) {
                (self.work)(part);
            }
            self.left.0.fetch_sub(1, Ordering::Release);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks until what is waited for is there; `offer` is asked each time that the processor is offered to others, and says whether to go on
/// waiting.
fn wait(is_over: impl Fn() -> bool, mut offer: impl FnMut() -> bool) {
    loop {
        for _ in 0..LOOKS {
            if is_over() {
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

impl<T: Send + 'static> Helper<T> {
    fn new() -> std::io::Result<Self> {
        let desk = Arc::new(Desk { state: Line(AtomicU8::new(AT_REST)), job: Mutex::new(None) });
        let own = Arc::clone(&desk);
        let thread = Builder::new().name("caudate tiles".to_owned()).spawn(move || help(&own))?;
        Ok(Self { desk, thread: Some(thread) })
    }
}

impl<T> Helper<T> {
    fn announce(&self, job: &Arc<Job<T>>) {
        *lock(&self.desk.job) = Some(Arc::clone(job));
        self.tell(ANNOUNCED);
    }

    fn tell(&self, state: u8) {
        if self.desk.state.0.swap(state, Ordering::AcqRel) == ASLEEP
            && let Some(thread) = &self.thread
        {
            thread.thread().unpark();
        }
    }

    /// Whether its thread has not panicked.
    fn is_well(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    fn pass_panic_on(&mut self) {
        if let Some(Err(panic)) = self.thread.take_if(|thread| thread.is_finished()).map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
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
    let state = &desk.state.0;
    loop {
        let mut offers = 0;
        wait(
            || state.load(Ordering::Acquire) != AT_REST,
            || {
                offers += 1;
                offers < OFFERS
            },
        );
        if state.compare_exchange(AT_REST, ASLEEP, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            while state.load(Ordering::Acquire) == ASLEEP {
                park();
            }
        }
        match state.compare_exchange(ANNOUNCED, AT_REST, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                let job = lock(&desk.job).take();
                job.into_iter().for_each(|job| job.work_from(&job.from_front, |taken| taken));
            }
            Err(CLOSED) => return,
            Err(_) => {}
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
                team.begin(&mut parts, Box::new(move |part| *part += 1000 + round));
                assert!(team.is_busy() && parts.is_empty());
                team.end(&mut parts);
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
        let begun = Arc::new(AtomicUsize::new(0));
        let own = Arc::clone(&begun);
        team.begin(
            &mut parts,
            Box::new(move |part| {
                own.fetch_add(1, Ordering::Relaxed);
                assert_ne!(*part, 0, "the first part is bad");
            }),
        );
        while begun.load(Ordering::Relaxed) == 0 {
            yield_now();
        }
        let got = catch_unwind(AssertUnwindSafe(|| team.end(&mut parts)));
        assert!(got.is_err());
    }
}
