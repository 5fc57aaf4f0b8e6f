//! What is live, in the order of the feed.

use std::collections::VecDeque;

use crate::base::Timestamp;
use crate::store::revocation::{BATCH, Revocation};

/// The live revocations by their numbers.
#[derive(Default)]
pub struct Entries {
    live: VecDeque<Revocation>,
    /// The greatest number that was ever here.
    newest: i64,
}

/// A part of them.
pub struct Part<'e> {
    pub entries: Vec<&'e Revocation>,
    /// The number before the first: what is asked for by different numbers may be the same.
    pub from: i64,
    /// The number up to which whoever has this part has everything.
    pub next: i64,
    /// Whether there is more after it.
    pub more: bool,
}

impl Entries {
    pub fn newest(&self) -> i64 {
        self.newest
    }

    /// Adds what is newer than all that is here, in its order.
    pub fn add(&mut self, news: Vec<Revocation>) {
        self.newest = news.last().map_or(self.newest, |last| last.number.max(self.newest));
        self.live.extend(news);
    }

    /// Notes that everything up to a number is here.
    pub fn reach(&mut self, number: i64) {
        self.newest = self.newest.max(number);
    }

    /// Forgets what revokes nothing any more.
    pub fn forget(&mut self, now: Timestamp) {
        self.live.retain(|entry| entry.until > now);
    }

    /// A page of what came after a number.
    pub fn after(&self, since: i64, now: Timestamp) -> Part<'_> {
        let first = self.live.partition_point(|entry| entry.number <= since);
        let mut rest = self.live.range(first..);
        let page: Vec<_> = rest.by_ref().take(BATCH).collect();
        let more = rest.next().is_some();
        let last = if more { page.last().map(|entry| entry.number) } else { None };
        // A reader may have asked a replica that knows more than this one: it is never sent back.
        let next = last.unwrap_or(self.newest).max(since);
        let before = first.checked_sub(1).and_then(|before| self.live.get(before)).map_or(0, |entry| entry.number);
        // Its empty page is nobody's who knows less.
        let from = if since > self.newest { since } else { before };
        Part { from, entries: page.into_iter().filter(|entry| entry.until > now).collect(), next, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::revocation::Kind;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_795_174_070)
    }

    fn entry(number: i64, lives: i64) -> Revocation {
        let until = now().plus_seconds(lives);
        Revocation { kind: Kind::Session, digest: number.to_string(), until, number }
    }

    proptest! {
        #[test]
        fn a_reader_gets_every_live_entry_once_whenever_it_asks(steps in proptest::collection::vec(0_i64..30_000, 1..8)) {
            let (mut entries, mut cursor, mut seen, mut number) = (Entries::default(), 0, Vec::new(), 0);
            for count in steps {
                entries.add((0..count).map(|_| { number += 1; entry(number, 60) }).collect());
                let part = entries.after(cursor, now());
                prop_assert!(part.entries.len() <= BATCH && part.next >= cursor);
                seen.extend(part.entries.iter().map(|entry| entry.number));
                cursor = part.next;
            }
            loop {
                let part = entries.after(cursor, now());
                seen.extend(part.entries.iter().map(|entry| entry.number));
                cursor = part.next;
                if !part.more { break; }
            }
            prop_assert_eq!(seen, (1..=number).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_reader_that_knows_more_is_not_sent_back() {
        let mut entries = Entries::default();
        entries.add(vec![entry(5, 60)]);
        let part = entries.after(9, now());
        assert_eq!((part.entries.len(), part.next, part.more), (0, 9, false));
        let ahead = (part.from, part.next, part.more);
        entries.add(vec![entry(9, 60)]);
        let part = entries.after(5, now());
        assert_eq!(part.entries.len(), 1);
        assert_ne!((part.from, part.next, part.more), ahead, "one page would stand for the other");
    }

    #[test]
    fn what_revokes_nothing_any_more_is_not_told_and_the_cursor_passes_it() {
        let mut entries = Entries::default();
        entries.add(vec![entry(5, 60), entry(6, 0)]);
        let part = entries.after(0, now());
        assert_eq!((part.entries.len(), part.next), (1, 6));
        entries.forget(now().plus_seconds(60));
        let part = entries.after(0, now());
        assert_eq!((part.entries.len(), part.next), (0, 6));
    }
}
