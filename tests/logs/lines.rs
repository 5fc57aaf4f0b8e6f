//! Catches what is logged. There is one log a process, so the lines of all tests are in it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;
use signet::base::Clock;
use signet::logs::{Lines, Style};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

type Caught = Arc<Mutex<Vec<String>>>;

static CAUGHT: OnceLock<Caught> = OnceLock::new();

/// Starts to catch, at TRACE and without a filter.
pub fn catch() {
    CAUGHT.get_or_init(|| {
        let caught = Caught::default();
        let layer = |style| {
            let caught = Arc::clone(&caught);
            let write = move |line: &str| {
                caught.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
            };
            Lines::new(style, Clock::System, write)
        };
        Registry::default().with(layer(Style::Json)).with(layer(Style::Pretty { colours: false })).init();
        caught
    });
}

/// All lines up to now, in both styles.
pub fn all() -> Vec<String> {
    let caught = CAUGHT.get().expect("`catch` comes first");
    caught.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// All lines up to now in JSON.
pub fn json() -> Vec<Value> {
    let lines = all().into_iter().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The lines of one request.
pub fn of_request(id: &str) -> Vec<Value> {
    json().into_iter().filter(|line| line["request"] == id).collect()
}
