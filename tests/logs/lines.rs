//! Catches what is logged. There is one log a process, so the lines of all tests are in it.

use std::sync::OnceLock;

use serde_json::Value;

use crate::harness::log::{self, Ear};

static CAUGHT: OnceLock<Ear> = OnceLock::new();

/// Starts to catch.
pub fn catch() {
    CAUGHT.get_or_init(log::listen);
}

/// All lines up to now, in both styles.
pub fn all() -> Vec<String> {
    let caught = CAUGHT.get().expect("`catch` comes first").heard();
    caught.split_inclusive('\n').map(str::to_owned).collect()
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
