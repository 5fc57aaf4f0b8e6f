//! What the process logs: every line, of all crates, at TRACE, in both styles, as `signet serve` would write it.
//!
//! A process has one log. So whoever listens hears what other tests of the process do, too.

use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};
use std::thread;

use signet::base::Clock;
use signet::logs::{Lines, Style, log_panic};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::database;

static EARS: Mutex<Vec<Weak<Mutex<String>>>> = Mutex::new(Vec::new());

/// Hears every line from [`listen`] on.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<String>>);

/// Begins to listen.
pub fn listen() -> Ear {
    static STARTED: Once = Once::new();
    STARTED.call_once(start);
    let ear = Ear::default();
    let mut ears = lock(&EARS);
    ears.retain(|ear| ear.strong_count() > 0);
    ears.push(Arc::downgrade(&ear.0));
    ear
}

impl Ear {
    /// All that was heard up to now, a line an event and style.
    pub fn heard(&self) -> String {
        lock(&self.0).clone()
    }
}

fn start() {
    let styles = [Style::Json, Style::Pretty { colours: false }];
    let [json, pretty] = styles.map(|style| Lines::new(style, Clock::System, tell));
    Registry::default().with(loudest()).with(json).with(pretty).init();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // A test that panics says what it saw; the log is the server's.
        if !is_of_a_test(thread::current().name()) {
            log_panic(panic);
        }
        usual(panic);
    }));
}

/// Everything. But on Postgres a connection is polled hundreds of times for each that is opened to the database, which
/// would take too long if each poll wrote what actix says of its timers: those lines are heard on SQLite alone.
fn loudest() -> Targets {
    let polls = if database::is_postgres() { LevelFilter::DEBUG } else { LevelFilter::TRACE };
    Targets::new().with_default(LevelFilter::TRACE).with_target("actix_http::h1::dispatcher", polls)
}

fn tell(line: &str) {
    lock(&EARS).iter().filter_map(Weak::upgrade).for_each(|ear| lock(&ear).push_str(line));
}

/// Whether a thread has the name of a test, or runs the only one.
fn is_of_a_test(name: Option<&str>) -> bool {
    name.is_some_and(|name| name == "main" || name.contains("::"))
}

/// No code that can panic runs under these locks, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
