//! Secondary storage in this process: for tests, and for a server that is alone. It ends with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::{Clock, Timestamp};

/// How many values there are, at least, before those that have run out are looked for.
const FEW: usize = 1_024;

pub struct Memory {
    clock: Clock,
    values: Mutex<Values>,
}

struct Values {
    by_key: HashMap<String, Kept>,
    /// When there are so many, those that have run out go.
    sweep_at: usize,
}

struct Kept {
    value: String,
    until: Timestamp,
}

impl Memory {
    pub fn new(clock: Clock) -> Self {
        Self { clock, values: Mutex::new(Values { by_key: HashMap::new(), sweep_at: FEW }) }
    }

    pub fn get(&self, key: &str) -> Option<String> {
        let (values, now) = self.open();
        values.live(key, now).map(|kept| kept.value.clone())
    }

    pub fn put(&self, key: String, value: &str, seconds: i64) {
        let (mut values, now) = self.open();
        values.keep(key, value.to_owned(), now, seconds);
    }

    pub fn put_if_absent(&self, key: String, value: &str, seconds: i64) -> bool {
        let (mut values, now) = self.open();
        let absent = values.live(&key, now).is_none();
        if absent {
            values.keep(key, value.to_owned(), now, seconds);
        }
        absent
    }

    pub fn put_if_same(&self, key: String, same: &str, value: &str, seconds: i64) -> bool {
        let (mut values, now) = self.open();
        let is_same = values.live(&key, now).map_or("", |kept| &kept.value) == same;
        if is_same {
            values.keep(key, value.to_owned(), now, seconds);
        }
        is_same
    }

    pub fn take(&self, key: &str) -> Option<String> {
        let (mut values, now) = self.open();
        values.by_key.remove(key).filter(|kept| kept.until > now).map(|kept| kept.value)
    }

    pub fn bump(&self, key: String, seconds: i64) -> u64 {
        let (mut values, now) = self.open();
        if let Some(kept) = values.by_key.get_mut(&key).filter(|kept| kept.until > now) {
            let count = kept.value.parse().map_or(1, |count: u64| count + 1);
            kept.value = count.to_string();
            return count;
        }
        values.keep(key, "1".to_owned(), now, seconds);
        1
    }

    fn open(&self) -> (MutexGuard<'_, Values>, Timestamp) {
        (self.values.lock().unwrap_or_else(PoisonError::into_inner), self.clock.now())
    }
}

impl Values {
    fn live(&self, key: &str, now: Timestamp) -> Option<&Kept> {
        self.by_key.get(key).filter(|kept| kept.until > now)
    }

    fn keep(&mut self, key: String, value: String, now: Timestamp, seconds: i64) {
        if self.by_key.len() >= self.sweep_at {
            self.by_key.retain(|_, kept| kept.until > now);
            self.sweep_at = FEW.max(self.by_key.len() * 2);
        }
        self.by_key.insert(key, Kept { value, until: now.plus_seconds(seconds) });
    }
}
