//! What a request with the same cookies was let through with, a moment ago. It stands in for reading the cookie cache and
//! nothing else: what the cookie cache vouches for needs no second look within a few seconds, and to take it apart each time
//! costs more than all the rest of a token.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, COOKIE};
use reqwest::header::HeaderValue;

use super::cache::Pass;
use crate::base::{Clock, Timestamp};
use crate::crypto::digest;
use crate::keyring::Ring;

/// For how many seconds.
const MOMENT: i64 = 10;
/// How many parts there are, so that threads seldom wait for each other.
const PARTS: usize = 16;
/// How many requests a part remembers.
const MOST: usize = 1_000;

/// The requests of one route.
pub struct Seen {
    parts: [Mutex<HashMap<Key, Entry>>; PARTS],
    clock: Clock,
}

/// The digest of all that a request can be recognised by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

struct Entry {
    pass: Pass,
    since: Timestamp,
    until: Timestamp,
}

impl Seen {
    pub fn new(clock: Clock) -> Self {
        Self { parts: std::array::from_fn(|_| Mutex::default()), clock }
    }

    /// None for a request that nobody is recognised by.
    pub fn key(request: &HttpRequest) -> Option<Key> {
        let headers = request.headers();
        let mut all = Vec::new();
        for name in [AUTHORIZATION, COOKIE] {
            for value in headers.get_all(name) {
                all.extend_from_slice(value.as_bytes());
                // No header holds a line break.
                all.push(b'\n');
            }
            all.push(b'\n');
        }
        headers.contains_key(COOKIE).then(|| Key(digest::bytes(&all)))
    }

    pub fn get(&self, key: &Key, ring: &Ring) -> Option<HeaderValue> {
        let now = self.clock.now();
        let part = self.part(key).lock().unwrap_or_else(PoisonError::into_inner);
        let entry = part.get(key).filter(|entry| entry.since <= now && now < entry.until);
        entry.filter(|entry| entry.pass.is_good(now, ring)).map(|entry| entry.pass.header.clone())
    }

    /// Remembers a request, for no longer than the cookie cache vouches for its session.
    pub fn put(&self, key: Key, pass: Pass, until: Timestamp) {
        let since = self.clock.now();
        let entry = Entry { pass, since, until: until.min(since.plus_seconds(MOMENT)) };
        let mut part = self.part(&key).lock().unwrap_or_else(PoisonError::into_inner);
        if part.len() >= MOST {
            part.retain(|_, entry| since < entry.until);
        }
        if part.len() >= MOST {
            part.clear();
        }
        part.insert(key, entry);
    }

    fn part(&self, key: &Key) -> &Mutex<HashMap<Key, Entry>> {
        &self.parts[usize::from(key.0[0]) % PARTS]
    }
}
