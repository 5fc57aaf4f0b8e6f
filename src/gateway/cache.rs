//! The tokens of sessions, each used until a third of its life is left. A session is read with every request, and a token
//! goes on only while session and user are what they were when it was signed: so it is never older than what it says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use serde_json::Value;

use crate::base::{Clock, Error, Result, Timestamp, code};
use crate::crypto::digest;
use crate::keyring::Ring;
use crate::moments::Shown;
use crate::store::{Session, User};
use crate::tokens::{Minted, Template, Tokens};

/// How many parts the cache has, so that threads seldom wait for each other.
const PARTS: usize = 16;
/// How many tokens a part holds.
const MOST: usize = 1_000;

/// The tokens of one template.
pub struct TokenCache {
    parts: [Mutex<HashMap<Key, Kept>>; PARTS],
    clock: Clock,
}

/// The digest of a session's token: what is kept here opens no session.
type Key = [u8; 32];

struct Kept {
    pass: Pass,
    session: Session,
    user: User,
}

/// `Bearer TOKEN`, and for how long it goes with requests.
#[derive(Clone)]
pub struct Pass {
    pub header: HeaderValue,
    until: Timestamp,
    /// The key that signed it, where that is one of the ring's, which may be revoked.
    kid: Option<Arc<str>>,
}

impl TokenCache {
    pub fn new(clock: Clock) -> Self {
        Self { parts: std::array::from_fn(|_| Mutex::default()), clock }
    }

    /// `Bearer TOKEN` for a session, signed now or a while ago.
    ///
    /// # Errors
    /// 503 while no key can sign; 403 where the template is not for this user.
    pub async fn pass(
        &self,
        (tokens, template): (&Tokens, &Template),
        (session, user): (&Session, &User),
        shown: impl FnOnce() -> Shown,
    ) -> Result<Pass> {
        let key = digest::bytes(session.token.as_bytes());
        let part = &self.parts[usize::from(key[0]) % PARTS];
        let now = self.clock.now();
        let kept = {
            let part = part.lock().unwrap_or_else(PoisonError::into_inner);
            let good = part.get(&key).filter(|kept| kept.is_good(now, tokens.ring(), session, user));
            good.map(|kept| kept.pass.clone())
        };
        if let Some(pass) = kept {
            return Ok(pass);
        }
        let shown = shown();
        if !template.may_be_asked_by(&shown) {
            return Err(Error::refused(403, code::ROLE_REQUIRED));
        }
        let minted = tokens.mint(template, &shown).await?;
        let pass = Pass {
            header: bearer(&minted.token)?,
            until: two_thirds(&minted),
            kid: kid(&minted.token).filter(|kid| tokens.ring().verifier(kid).is_some()),
        };
        let kept = Kept { pass: pass.clone(), session: session.clone(), user: user.clone() };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        if part.len() >= MOST {
            part.retain(|_, kept| now < kept.pass.until);
        }
        if part.len() >= MOST {
            part.clear();
        }
        part.insert(key, kept);
        Ok(pass)
    }
}

impl Kept {
    fn is_good(&self, now: Timestamp, ring: &Ring, session: &Session, user: &User) -> bool {
        self.user == *user && self.session == *session && self.pass.is_good(now, ring)
    }
}

impl Pass {
    /// Whether its time is not over, and its key not revoked.
    pub fn is_good(&self, now: Timestamp, ring: &Ring) -> bool {
        now < self.until && self.kid.as_ref().is_none_or(|kid| ring.verifier(kid).is_some())
    }
}

fn bearer(token: &str) -> Result<HeaderValue> {
    let mut header = HeaderValue::from_str(&format!("Bearer {token}")).map_err(Error::broken)?;
    header.set_sensitive(true);
    Ok(header)
}

fn two_thirds(minted: &Minted) -> Timestamp {
    minted.issued_at.plus_millis(minted.expires_at.millis_since(minted.issued_at) / 3 * 2)
}

/// The key that a token's header names.
fn kid(token: &str) -> Option<Arc<str>> {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    serde_json::from_slice::<Value>(&header).ok()?.get("kid")?.as_str().map(Arc::from)
}
