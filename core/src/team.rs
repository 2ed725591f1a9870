//! Threads that help another one with its jobs: parts on which the same is to be done.
//!
//! A step takes microseconds: a thread that slept whenever it had nothing to do would wake when the others are done. Helpers therefore
//! wait wide awake for the next job, give way to others after a while, and go to sleep long after. The parts of a job are handed over, so
//! that nobody else can touch them meanwhile. Whoever is free takes the next part: who begins a job may do other things, or begin other jobs,
//! while helpers work on it, and comes too late for nothing. Helpers take parts from the back and who began from the front, so that most
//! parts stay in the cache of the same thread.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, available_parallelism, yield_now};

/// What is worked on: handed over by the pointer.
pub type Parts<T> = Vec<Box<T>>;

/// Looks at a number, some nanoseconds each, before the processor is offered to others, where each thread may have a processor of its own;
/// and offers, before a helper goes to sleep.
const LOOKS: u32 = 1 << 10;
const OFFERS: u32 = 1 << 8;

/// Threads that help. A copy is the same team.
#[derive(Debug, Clone, Default)]
pub struct Team {
    /// None: nobody helps.
    helpers: Option<Arc<Helpers>>,
}

#[derive(Debug)]
struct Helpers {
    board: Arc<Board>,
    threads: Vec<JoinHandle<()>>,
}

/// Where jobs are announced.
#[derive(Debug)]
struct Board {
    /// Looks before the processor is offered to others.
    looks: u32,
    jobs: Mutex<Jobs>,
    /// As many as there are in the list, or [`CLOSED`].
    announced: Line<AtomicUsize>,
    wakes: Condvar,
}

/// There will be no more jobs.
const CLOSED: usize = usize::MAX;

/// In the order in which they were begun; parts may be left of them.
#[derive(Default)]
struct Jobs {
    list: VecDeque<Arc<dyn Help>>,
    sleepers: usize,
    is_closed: bool,
}

/// A job, whatever its parts are.
trait Help: Send + Sync {
    /// Takes parts as long as there are any, and works on them.
    fn help(&self);
    /// Takes a part, if there is one, and works on it; whether there was.
    fn help_once(&self) -> bool;
    fn has_parts(&self) -> bool;
}

/// A job that has been begun. It must be ended to have its parts back.
#[derive(Debug)]
pub struct Begun<T> {
    team: Team,
    job: Arc<Job<T>>,
}

/// Parts, and what is to be done with each.
struct Job<T> {
    parts: Vec<Mutex<Option<Box<T>>>>,
    work: Box<dyn Fn(&mut T) + Send + Sync>,
    /// Parts that somebody has taken or was about to take, which may be more than there are; those taken from either end.
    claimed: Line<AtomicUsize>,
    from_front: AtomicUsize,
    from_back: AtomicUsize,
    /// Parts that are not done.
    left: Line<AtomicUsize>,
    /// What the first part that panicked did so with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// Something on lines of the cache of its own: whoever waits looks at nothing else, and whoever works is not looked at.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Line<T>(T);

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").field("list", &self.list.len()).field("sleepers", &self.sleepers).finish()
    }
}

impl<T> std::fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("parts", &self.parts.len()).finish_non_exhaustive()
    }
}

impl Team {
    /// A team of so many threads, the one that begins jobs among them.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        if threads <= 1 {
            return Ok(Self::default());
        }
        let is_crowded = available_parallelism().is_ok_and(|processors| processors.get() < threads);
        let board = Board {
            looks: if is_crowded { 1 } else { LOOKS },
            jobs: Mutex::default(),
            announced: Line::default(),
            wakes: Condvar::new(),
        };
        let mut helpers = Helpers { board: Arc::new(board), threads: Vec::new() };
        for _ in 1..threads {
            let board = Arc::clone(&helpers.board);
            helpers.threads.push(Builder::new().name("caudate helper".to_owned()).spawn(move || board.help())?);
        }
        Ok(Self { helpers: Some(Arc::new(helpers)) })
    }

    /// Whether nobody helps: then a job is done when it is ended.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.helpers.is_none()
    }

    /// Has helpers begin to do `work` on each of `parts`.
    pub fn begin<T: Send + 'static>(&self, parts: Parts<T>, work: impl Fn(&mut T) + Send + Sync + 'static) -> Begun<T> {
        let job = Arc::new(Job {
            claimed: Line(AtomicUsize::new(0)),
            from_front: AtomicUsize::new(0),
            from_back: AtomicUsize::new(0),
            left: Line(AtomicUsize::new(parts.len())),
            parts: parts.into_iter().map(|part| Mutex::new(Some(part))).collect(),
            work: Box::new(work),
            panic: Mutex::new(None),
        });
        if let Some(helpers) = &self.helpers {
            helpers.board.announce(Arc::<Job<T>>::clone(&job), job.parts.len());
        }
        Begun { team: self.clone(), job }
    }
}

impl<T> Begun<T> {
    /// Does what is left of the job, and gives the parts back. While helpers are at the last of them, it does what else has been begun.
    ///
    /// # Panics
    /// If the work on a part did.
    #[must_use]
    pub fn end(self) -> Parts<T> {
        let job = &self.job;
        while job.take_first() {}
        let is_over = || job.left.0.load(Ordering::Acquire) == 0;
        while !is_over() {
            // Without helpers there is nothing left to wait for.
            let Some(Helpers { board, .. }) = self.team.helpers.as_deref() else { break };
            if !board.last().is_some_and(|other| other.help_once()) {
                board.wait(is_over, || false);
            }
        }
        if let Some(panic) = lock(&job.panic).take() {
            resume_unwind(panic);
        }
        job.parts.iter().filter_map(|part| lock(part).take()).collect()
    }
}

impl<T> Job<T> {
    /// Takes a part, if there is one left, and works on it; whether there was. `place`: the next one, of so many that have been taken.
    fn take(&self, taken: &AtomicUsize, place: impl Fn(usize) -> usize) -> bool {
        if self.claimed.0.fetch_add(1, Ordering::Relaxed) >= self.parts.len() {
            return false;
        }
        // No more are taken from both ends together than there are.
        if let Some(part) = &mut *lock(&self.parts[place(taken.fetch_add(1, Ordering::Relaxed))])
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.work)(part)))
        {
            lock(&self.panic).get_or_insert(panic);
        }
        self.left.0.fetch_sub(1, Ordering::Release);
        true
    }

    fn take_first(&self) -> bool {
        self.take(&self.from_front, |taken| taken)
    }

    fn take_last(&self) -> bool {
        self.take(&self.from_back, |taken| self.parts.len() - 1 - taken)
    }
}

impl<T: Send> Help for Job<T> {
    fn help(&self) {
        while self.take_last() {}
    }

    fn help_once(&self) -> bool {
        self.take_first()
    }

    fn has_parts(&self) -> bool {
        self.claimed.0.load(Ordering::Relaxed) < self.parts.len()
    }
}

impl Board {
    /// Announces a job of so many parts.
    fn announce(&self, job: Arc<dyn Help>, parts: usize) {
        let mut jobs = self.jobs();
        jobs.list.push_back(job);
        self.announced.0.store(jobs.list.len(), Ordering::Release);
        (0..parts.min(jobs.sleepers)).for_each(|_| self.wakes.notify_one());
    }

    /// The jobs, without those at either end of which no part is left.
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        let mut jobs = lock(&self.jobs);
        while jobs.list.front().is_some_and(|job| !job.has_parts()) {
            jobs.list.pop_front();
        }
        while jobs.list.back().is_some_and(|job| !job.has_parts()) {
            jobs.list.pop_back();
        }
        self.announced.0.store(if jobs.is_closed { CLOSED } else { jobs.list.len() }, Ordering::Release);
        jobs
    }

    fn last(&self) -> Option<Arc<dyn Help>> {
        self.jobs().list.back().cloned()
    }

    /// Looks until what is waited for is there; `offer` is asked each time that the processor is offered to others, and says whether to go
    /// on waiting.
    fn wait(&self, is_over: impl Fn() -> bool, mut offer: impl FnMut() -> bool) {
        loop {
            for _ in 0..self.looks {
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

    /// The life of a helper.
    fn help(&self) {
        while self.announced.0.load(Ordering::Acquire) != CLOSED {
            let mut offers = 0;
            let is_called = || self.announced.0.load(Ordering::Acquire) > 0;
            self.wait(is_called, || {
                offers += 1;
                offers < OFFERS
            });
            let mut jobs = self.jobs();
            if let Some(job) = jobs.list.front().cloned() {
                drop(jobs);
                job.help();
            } else if offers >= OFFERS && !jobs.is_closed {
                jobs.sleepers += 1;
                let mut jobs = self.wakes.wait(jobs).unwrap_or_else(PoisonError::into_inner);
                jobs.sleepers -= 1;
            }
        }
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        self.board.jobs().is_closed = true;
        drop(self.board.jobs());
        self.board.wakes.notify_all();
        for thread in self.threads.drain(..) {
            // A helper passes on what it catches, and panics with nothing.
            let _ = thread.join();
        }
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn numbers(count: u64) -> Parts<u64> {
        (0..count).map(Box::new).collect()
    }

    #[test]
    fn every_part_is_worked_on_once_and_stays_in_its_place() {
        for (threads, count) in [(1, 3), (2, 0), (2, 1), (2, 2), (3, 7), (4, 5), (6, 3)] {
            let (team, mut parts) = (Team::new(threads).unwrap(), numbers(count));
            assert_eq!(team.is_alone(), threads == 1);
            for round in 0..200 {
                parts = team.begin(parts, move |part| *part += 1000 + round).end();
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
    fn jobs_that_overlap_are_all_done() {
        for threads in 1..5 {
            let team = Team::new(threads).unwrap();
            for round in 0..300 {
                let begun: Vec<_> =
                    (0..7).map(|job| team.begin(numbers(1 + job % 3), move |part| *part += job)).collect();
                if round % 100 == 99 {
                    std::thread::sleep(Duration::from_millis(20));
                }
                // The last one is begun, and never ended.
                for (job, begun) in begun.into_iter().enumerate().take(6) {
                    let job = job as u64;
                    let expected: Parts<u64> = (0..1 + job % 3).map(|part| Box::new(part + job)).collect();
                    assert_eq!(begun.end(), expected, "{threads} threads");
                }
            }
        }
    }

    #[test]
    fn a_panic_of_a_helper_is_passed_on_and_the_team_goes_on() {
        let team = Team::new(2).unwrap();
        let begun = team.begin(numbers(2), |part| assert_ne!(*part, 0, "the first part is bad"));
        while begun.job.has_parts() {
            yield_now();
        }
        assert!(catch_unwind(AssertUnwindSafe(|| begun.end())).is_err());
        assert_eq!(team.begin(numbers(2), |part| *part += 1).end(), [Box::new(1), Box::new(2)]);
    }
}
