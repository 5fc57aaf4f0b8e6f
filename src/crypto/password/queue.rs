//! Threads that do nothing but hash, behind a queue that is bounded in length and in time.
//!
//! The threads are semaphore and memory bound in one: there are never more hashes at once than threads, and each thread
//! works in one set of blocks. A job that has begun belongs to its thread, so that a client who leaves frees nothing early.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::argon2::Memory;
use crate::base::meter::{Count, Spread};
use crate::base::{Behalf, Error, Result};

/// After how long without work a thread gives its memory back.
const IDLE: Duration = Duration::from_secs(5);

/// The threads and the jobs that wait for them.
pub struct Queue {
    shared: Arc<Shared>,
    max_wait: Duration,
}

struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// How many jobs may wait.
    limit: usize,
    tally: Tally,
}

/// What became of the jobs since the start.
#[derive(Debug, Default)]
pub struct Tally {
    /// How long those waited that were begun.
    pub waited: Spread,
    /// Those that found the queue full.
    pub crowded_out: Count,
    /// Those that waited too long.
    pub late: Count,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

struct Job {
    /// Set once, by the thread that begins the job or by the client that will not wait longer: whoever is first.
    taken: Arc<AtomicBool>,
    work: Box<dyn FnOnce(&mut Memory) + Send>,
}

enum Next {
    Job(Job),
    Idle,
    Closed,
}

impl Queue {
    /// Starts the threads.
    pub fn new(threads: usize, limit: usize, max_wait: Duration) -> std::io::Result<Self> {
        let tally = Tally::default();
        let shared = Arc::new(Shared { waiting: Mutex::default(), changed: Condvar::new(), limit, tally });
        let queue = Self { shared, max_wait };
        for number in 0..threads {
            let shared = Arc::clone(&queue.shared);
            let named = thread::Builder::new().name(format!("hash-{number}"));
            // Should one not start, those that have are stopped by `drop`.
            named.spawn(move || shared.work())?;
        }
        Ok(queue)
    }

    /// Has a thread do a piece of work. [`Error::Unavailable`] at once if the queue is full, and after the longest wait if
    /// the work has not begun by then; it will then never be done.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Memory) -> T + Send + 'static) -> Result<T> {
        let (answer, mut answered) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let (shared, asked, behalf) = (Arc::clone(&self.shared), Instant::now(), Behalf::current());
        let work = Box::new(move |memory: &mut Memory| {
            shared.tally.waited.note(asked.elapsed());
            // What the work logs belongs to the request that asked for it.
            let outcome = behalf.within_sync(|| catch_unwind(AssertUnwindSafe(|| work(memory))));
            // The client may have left; then nobody wants the answer.
            let _ = answer.send(outcome);
        });
        let _left = Taken(Arc::clone(&taken));
        self.shared.put(Job { taken: Arc::clone(&taken), work })?;
        let outcome = match tokio::time::timeout(self.max_wait, &mut answered).await {
            Ok(outcome) => outcome,
            Err(_) if take(&taken) => {
                self.shared.tally.late.add();
                return Err(Error::unavailable("a password waited too long to be hashed"));
            }
            Err(_) => answered.await,
        };
        match outcome {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(panic)) => Err(Error::broken(format!("a hashing thread panicked: {}", told(panic.as_ref())))),
            Err(_) => Err(Error::unavailable("the hashing threads are stopping")),
        }
    }
}

impl Queue {
    /// How many jobs wait.
    pub fn depth(&self) -> usize {
        self.shared.lock().jobs.iter().filter(|job| !job.taken.load(Ordering::SeqCst)).count()
    }

    /// How many may.
    pub fn limit(&self) -> usize {
        self.shared.limit
    }

    pub fn tally(&self) -> &Tally {
        &self.shared.tally
    }
}

impl Drop for Queue {
    /// Drops what waits, and has the threads end, each after the job that it is at. Nobody waits for that: a process that
    /// has been told to stop must not hang on a hash.
    fn drop(&mut self) {
        let jobs = {
            let mut waiting = self.shared.lock();
            waiting.closed = true;
            std::mem::take(&mut waiting.jobs)
        };
        drop(jobs);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn put(&self, job: Job) -> Result<()> {
        let mut waiting = self.lock();
        if waiting.jobs.len() >= self.limit {
            waiting.jobs.retain(|job| !job.taken.load(Ordering::SeqCst));
        }
        if waiting.jobs.len() >= self.limit {
            self.tally.crowded_out.add();
            return Err(Error::unavailable("too many passwords wait to be hashed"));
        }
        waiting.jobs.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// The life of a thread.
    fn work(&self) {
        let mut memory = Memory::default();
        loop {
            match self.next(&mut memory) {
                Next::Job(job) if take(&job.taken) => (job.work)(&mut memory),
                Next::Job(_) => {}
                Next::Idle => memory.release(),
                Next::Closed => return,
            }
        }
    }

    /// The next job. The memory is wiped as soon as there is none, so that this costs nothing under load.
    fn next(&self, memory: &mut Memory) -> Next {
        if let Some(job) = self.lock().jobs.pop_front() {
            return Next::Job(job);
        }
        memory.wipe();
        let still = |waiting: &mut Waiting| waiting.jobs.is_empty() && !waiting.closed;
        let (mut waiting, _) =
            self.changed.wait_timeout_while(self.lock(), IDLE, still).unwrap_or_else(PoisonError::into_inner);
        match waiting.jobs.pop_front() {
            Some(job) => Next::Job(job),
            None if waiting.closed => Next::Closed,
            None => Next::Idle,
        }
    }

    /// No code that can panic runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a job's flag, and says whether it was still there to take.
fn take(taken: &AtomicBool) -> bool {
    !taken.swap(true, Ordering::SeqCst)
}

/// Takes the flag of a job whose client leaves, so that it is not begun for nobody.
struct Taken(Arc<AtomicBool>);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn told(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;

    /// Longer than any test, and short but enough for a free thread to begin on a busy machine.
    const LONG: Duration = Duration::from_secs(30);
    const SHORT: Duration = Duration::from_millis(250);

    fn queue(threads: usize, limit: usize, max_wait: Duration) -> Arc<Queue> {
        Arc::new(Queue::new(threads, limit, max_wait).unwrap())
    }

    /// Occupies a thread until the sender is dropped; returns when it has begun.
    async fn occupy(queue: &Arc<Queue>) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<()>>) {
        let (release, released) = mpsc::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let queue = Arc::clone(queue);
        let task = tokio::spawn(async move {
            let wait = move |_: &mut Memory| {
                begin.send(()).unwrap();
                assert!(released.recv().is_err());
            };
            queue.run(wait).await
        });
        begun.await.unwrap();
        (release, task)
    }

    fn is_unavailable<T>(outcome: Result<T>) -> bool {
        matches!(outcome, Err(Error::Unavailable { retry_after: 1.., .. }))
    }

    #[tokio::test]
    async fn t15_never_more_jobs_run_at_once_than_there_are_threads() {
        let queue = queue(2, 1000, LONG);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs: Vec<_> = (0..100)
            .map(|_| {
                let (queue, running, most) = (Arc::clone(&queue), Arc::clone(&running), Arc::clone(&most));
                tokio::spawn(async move {
                    let work = move |_: &mut Memory| {
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(1));
                        running.fetch_sub(1, Ordering::SeqCst);
                    };
                    queue.run(work).await.unwrap();
                })
            })
            .collect();
        for job in jobs {
            job.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn t15_a_full_queue_refuses_at_once() {
        let queue = queue(1, 1, LONG);
        let (release, first) = occupy(&queue).await;
        let waiting = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(|_| ()).await }
        });
        while queue.shared.lock().jobs.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(is_unavailable(queue.run(|_| ()).await));
        drop(release);
        first.await.unwrap().unwrap();
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn t15_a_job_that_waited_too_long_is_refused_and_never_done() {
        let queue = queue(1, 10, SHORT);
        let (release, first) = occupy(&queue).await;
        let done = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&done);
        assert!(is_unavailable(queue.run(move |_| flag.store(true, Ordering::SeqCst)).await));
        drop(release);
        first.await.unwrap().unwrap();
        queue.run(|_| ()).await.unwrap();
        assert!(!done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn t15_a_job_that_has_begun_is_answered_however_long_it_takes() {
        let queue = queue(1, 10, SHORT);
        let work = |_: &mut Memory| thread::sleep(SHORT + SHORT / 2);
        queue.run(work).await.unwrap();
    }

    #[tokio::test]
    async fn t15_a_client_that_leaves_frees_no_thread_early() {
        let queue = queue(1, 10, SHORT);
        let (release, first) = occupy(&queue).await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        assert!(is_unavailable(queue.run(|_| ()).await), "the thread is still at the first job");
        drop(release);
        queue.run(|_| ()).await.unwrap();
    }

    #[tokio::test]
    async fn t15_a_client_that_leaves_before_its_turn_costs_nothing_and_its_place_is_free() {
        let queue = queue(1, 1, LONG);
        let (release, first) = occupy(&queue).await;
        let done = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&done);
        let leaves = queue.run(move |_| flag.store(true, Ordering::SeqCst));
        assert!(tokio::time::timeout(Duration::from_millis(5), leaves).await.is_err());
        let next = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.run(|_| ()).await }
        });
        while queue.shared.lock().jobs.front().is_none_or(|job| job.taken.load(Ordering::SeqCst)) {
            assert!(!next.is_finished(), "the place of the client that left is free");
            tokio::task::yield_now().await;
        }
        drop(release);
        first.await.unwrap().unwrap();
        next.await.unwrap().unwrap();
        assert!(!done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_thread_goes_on() {
        let queue = queue(1, 10, LONG);
        let outcome = queue.run(|_| panic!("out of luck")).await;
        assert!(matches!(outcome, Err(Error::Broken(source)) if source.to_string().ends_with("out of luck")));
        assert_eq!(queue.run(|_| 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn the_threads_of_a_queue_that_ends_end_too() {
        let queue = queue(2, 10, LONG);
        let shared = Arc::downgrade(&queue.shared);
        assert_eq!(queue.run(|_| 1).await.unwrap(), 1);
        drop(queue);
        let ended = async {
            while shared.upgrade().is_some() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(LONG, ended).await.expect("no thread holds the queue any longer");
    }
}
