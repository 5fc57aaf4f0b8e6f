//! A page of the feed: signed, and kept for a moment, since many ask for the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::entries::Part;
use super::feed::Feed;
use crate::base::{Result, Timestamp};
use crate::crypto::digest;
use crate::store::revocation::Kind;
use crate::tokens::Tokens;

/// The header's `typ`: no token of another kind is taken for a list, nor a list for a token.
const TYPE: &str = "revocations+jwt";
/// For how long a list is to be believed, in seconds.
const LIFETIME: i64 = 60;
/// For how long a signed page is handed out again, in milliseconds.
const FRESH: i64 = 5_000;
/// How many pages are kept.
const MOST_KEPT: usize = 64;

/// Makes the pages.
pub struct Pages {
    tokens: Arc<Tokens>,
    kept: Mutex<HashMap<Span, Arc<Page>>>,
}

/// What a page holds: all after the first number, up to the second, and whether there was more.
type Span = (i64, i64, bool);

/// A page as it goes out.
pub struct Page {
    pub token: Bytes,
    /// Quotes included.
    pub etag: String,
    made_at: Timestamp,
}

enum Found {
    Kept(Arc<Page>),
    Claims(Span, Map<String, Value>),
}

impl Pages {
    pub fn new(tokens: Arc<Tokens>) -> Self {
        Self { tokens, kept: Mutex::default() }
    }

    /// What came after a number.
    ///
    /// # Errors
    /// 503 where it is not known, or no key can sign.
    pub async fn page(&self, feed: &Feed, since: i64, now: Timestamp) -> Result<Arc<Page>> {
        let issuer = self.tokens.default().issuer();
        let found = feed.entries(|entries| {
            let part = entries.after(since, now);
            let span = (part.from, part.next, part.more);
            match self.kept(span, now) {
                Some(page) => Found::Kept(page),
                None => Found::Claims(span, claims(&part, issuer, now)),
            }
        })?;
        let (span, claims) = match found {
            Found::Kept(page) => return Ok(page),
            Found::Claims(span, claims) => (span, claims),
        };
        let token = self.tokens.ring().sign(&claims, Some(TYPE)).await?;
        let etag = format!("\"{}\"", digest::fingerprint(token.as_bytes()));
        let page = Arc::new(Page { token: token.into(), etag, made_at: now });
        self.keep(span, &page, now);
        Ok(page)
    }

    fn kept(&self, span: Span, now: Timestamp) -> Option<Arc<Page>> {
        self.lock().get(&span).filter(|page| page.is_fresh(now)).cloned()
    }

    fn keep(&self, span: Span, page: &Arc<Page>, now: Timestamp) {
        let mut kept = self.lock();
        kept.retain(|_, page| page.is_fresh(now));
        if kept.len() < MOST_KEPT {
            kept.insert(span, Arc::clone(page));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Span, Arc<Page>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    fn is_fresh(&self, now: Timestamp) -> bool {
        (0..FRESH).contains(&now.millis_since(self.made_at))
    }
}

fn claims(part: &Part<'_>, issuer: &str, now: Timestamp) -> Map<String, Value> {
    let iat = now.seconds();
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(issuer));
    claims.insert("iat".to_owned(), json!(iat));
    claims.insert("exp".to_owned(), json!(iat + LIFETIME));
    claims.insert("next".to_owned(), json!(part.next.to_string()));
    claims.insert("more".to_owned(), json!(part.more));
    // Not beside the others: `jti` and `sid` are names of claims that libraries take for texts.
    let mut revoked = Map::new();
    for kind in Kind::ALL {
        let mut by_end: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
        for entry in part.entries.iter().filter(|entry| entry.kind == kind) {
            // Whole seconds, never too early.
            by_end.entry(entry.until.plus_millis(999).seconds()).or_default().push(&entry.digest);
        }
        let by_end = by_end.into_iter().map(|(until, digests)| (until.to_string(), json!(digests)));
        revoked.insert(kind.claim().to_owned(), Value::Object(by_end.collect()));
    }
    claims.insert("revoked".to_owned(), Value::Object(revoked));
    claims
}
