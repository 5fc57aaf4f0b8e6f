//! Where lines go: into memory, and from there, some at a time, to the output by a thread of its own.
//!
//! So a request never waits for whoever reads the log. Where that one stops reading, the memory fills up and further
//! lines are lost, and their number is the first thing that is written when it goes on.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How much may wait to be written, in bytes.
const LIMIT: usize = 1 << 20;
/// For how long lines gather before they are written together.
const GATHERS: Duration = Duration::from_millis(20);
/// How long the end waits for the last lines to be written.
const PATIENCE: Duration = Duration::from_secs(1);

/// An output. When it is dropped, what waits is written.
pub struct Sink(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: String,
    lost: u64,
    /// No more lines come.
    closed: bool,
    /// All of them are written.
    done: bool,
}

impl Sink {
    pub fn open(output: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let writing = Arc::clone(&shared);
        let thread = thread::Builder::new().name("log".to_owned()).spawn(move || writing.write_all(output));
        if thread.is_err() {
            // Then there is no log, as there is none on a closed output.
            shared.lock().done = true;
        }
        Self(shared)
    }

    /// Puts a line, its end included, where it will be written. Never waits.
    pub fn writer(&self) -> impl Fn(&str) + use<> {
        let shared = Arc::clone(&self.0);
        move |line: &str| shared.put(line)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        self.0.changed.notify_all();
        // An output that nobody reads must not keep the process.
        drop(self.0.changed.wait_timeout_while(waiting, PATIENCE, |waiting| !waiting.done));
    }
}

impl Shared {
    fn put(&self, line: &str) {
        let mut waiting = self.lock();
        if waiting.lines.len() + line.len() > LIMIT {
            waiting.lost += 1;
            return;
        }
        let first = waiting.lines.is_empty();
        waiting.lines.push_str(line);
        drop(waiting);
        if first {
            self.changed.notify_all();
        }
    }

    /// The life of the thread.
    fn write_all(&self, mut output: impl Write) {
        loop {
            let (lines, lost, closed) = self.next();
            // An output that fails leaves nowhere to say so.
            let _ = output.write_all(lines.as_bytes());
            if lost > 0 {
                let _ =
                    writeln!(output, "{{\"level\":\"warn\",\"message\":\"{lost} lines of the log were lost here\"}}");
            }
            let _ = output.flush();
            if closed {
                self.lock().done = true;
                self.changed.notify_all();
                return;
            }
        }
    }

    /// The lines that have gathered, how many were lost after them, and whether they are the last.
    fn next(&self) -> (String, u64, bool) {
        let waiting = self.lock();
        let quiet = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.closed;
        let waiting = self.changed.wait_while(waiting, quiet).unwrap_or_else(PoisonError::into_inner);
        let gathering = |waiting: &mut Waiting| !waiting.closed;
        let gathered = self.changed.wait_timeout_while(waiting, GATHERS, gathering);
        let (mut waiting, _) = gathered.unwrap_or_else(PoisonError::into_inner);
        let lines = std::mem::take(&mut waiting.lines);
        (lines, std::mem::take(&mut waiting.lost), waiting.closed)
    }

    /// No code that can panic runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Instant;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Takes nothing until it is told to.
    struct Stuck(Receiver<()>, Paper);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn text(paper: &Paper) -> String {
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn what_was_put_is_written_in_its_order_at_the_latest_at_the_end() {
        let paper = Paper::default();
        let sink = Sink::open(paper.clone());
        let write = sink.writer();
        (0..100).for_each(|number| write(&format!("{number}\n")));
        drop(sink);
        let lines: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(text(&paper).lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn t89_an_output_that_is_stuck_holds_nobody_up_and_what_was_lost_is_told() {
        let (paper, (go_on, told)) = (Paper::default(), channel());
        let sink = Sink::open(Stuck(told, paper.clone()));
        let write = sink.writer();
        let line = format!("{}\n", "x".repeat(1023));
        let began = Instant::now();
        (0..4 * LIMIT / line.len()).for_each(|_| write(&line));
        assert!(began.elapsed() < Duration::from_secs(10));
        drop(go_on);
        drop(sink);
        let text = text(&paper);
        assert!(text.len() < 3 * LIMIT, "{}", text.len());
        assert!(text.ends_with("lines of the log were lost here\"}\n"), "{}", &text[text.len() - 80..]);
    }
}
