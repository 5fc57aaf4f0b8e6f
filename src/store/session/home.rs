//! Where a session is read from: the database, or, where there is secondary storage, a copy of what the database said a
//! moment ago.
//!
//! The database is the truth. A copy is made by whoever reads a session, under Better Auth's key and in its layout, and lasts
//! a minute at most. Whatever changes or ends a session, or changes its user, overwrites the copy with a word that means
//! "ask the database", and that word stands for as long as a slow reader could still bring an older copy: a copy is put only
//! where nothing stands, so none comes back. Without secondary storage, or where that has lost everything, sessions are
//! read from the database, and nobody notices but by the time it takes.
//!
//! A word that could not be put is remembered and put as soon as the storage answers. Until then this replica believes no
//! copy of that session; another one may, for the rest of the copy's minute.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use tokio::time::Instant;

use super::super::kv::Kv;
use super::super::layout::Layout;
use super::super::{Store, User};
use super::Session;
use super::config::SessionHomeConfig;
use crate::base::{Result, Timestamp};

/// How long a copy lasts, in seconds. After that even what was changed behind our back is seen.
const COPY: i64 = 60;
/// What stands for a session whose copy must not be believed. A Better Auth that has sessions in the database too asks that;
/// any other text would make it take the session for ended.
const ASK: &str = "";
/// How long it stands, in seconds: longer than a reader may take that makes a copy.
const ASKING: i64 = 10;
const READING: Duration = Duration::from_secs(5);
/// For how long it is remembered that the copy of a Better Auth beside this server could not be told of a change, in seconds.
const TELLING: i64 = 86_400;
/// How many words are remembered that could not be put. Beyond that a copy runs out by itself.
const REMEMBERED: usize = 100_000;
/// Between two tries to put them.
const PAUSE: Duration = Duration::from_millis(50);

/// The copies of sessions in secondary storage.
pub struct Home {
    kv: Kv,
    /// Whether copies are made and believed. Without them those of a Better Auth are overwritten all the same.
    copies: bool,
    /// Whether a Better Auth beside this server reads them, who believes its own for the whole life of a session.
    mirrors: bool,
    unsaid: Arc<Unsaid>,
}

/// Sessions whose copies may be there and are not to be believed, and until when.
#[derive(Default)]
struct Unsaid {
    tokens: Mutex<HashMap<String, Instant>>,
    /// Somebody is at it.
    saying: AtomicBool,
}

/// A copy, as Better Auth has it but for the mark: what another program has put is not a copy of our database.
#[derive(Serialize, Deserialize)]
struct Copy {
    session: Map<String, Json>,
    user: Map<String, Json>,
    signet: u8,
}

/// The layout of copies. One of another version is not read.
const VERSION: u8 = 1;

enum Found {
    /// A copy, of whatever kind.
    Copy(String),
    Nothing,
    /// Nothing to go by, and nothing to be put.
    Ask,
}

impl Store {
    /// The session of a token and its user, also an expired one: as [`Store::session_by_token`], but what this or another
    /// replica has read within a minute, and nobody has changed since, is not read again.
    pub async fn find_session(&self, token: &str) -> Result<Option<(Session, User)>> {
        let Some(home) = self.home() else { return self.session_by_token(token).await };
        let found = home.find(token).await;
        if let Found::Copy(text) = &found
            && let Some(found) = read(text, token, self.layout())
        {
            return Ok(Some(found));
        }
        let begun = Instant::now();
        let live = self.session_by_token(token).await?;
        if let (Found::Nothing, Some((session, user))) = (&found, &live) {
            let left = session.expires_at.millis_since(self.clock().now()) / 1000;
            home.put(session, user, left.min(COPY), begun).await;
        }
        Ok(live)
    }

    /// Makes everybody ask the database about these sessions. Called after the change, and before anybody is told of it.
    ///
    /// Beside a Better Auth, its copies are brought up to date instead.
    pub(in super::super) async fn forget_copies(&self, tokens: Vec<String>) {
        match self.home() {
            Some(home) if home.mirrors => self.mirror(home, tokens).await,
            Some(home) => home.forget(tokens).await,
            None => {}
        }
    }

    /// Lets a Better Auth beside this server know of a session that was just made.
    pub(in super::super) async fn tell_of_session(&self, token: &str) {
        if let Some(home) = self.home().filter(|home| home.mirrors) {
            self.mirror(home, vec![token.to_owned()]).await;
        }
    }

    /// As [`Store::forget_copies`], for all sessions of a user that has changed. Who changes users by statements of their
    /// own calls this afterwards.
    pub async fn forget_copies_of(&self, user_id: &str) -> Result<()> {
        if self.home().is_some() {
            self.forget_copies(self.tokens_of(user_id).await?).await;
        }
        Ok(())
    }
}

/// The key of Better Auth's list of a user's sessions.
pub(super) fn list_of(user_id: &str) -> String {
    format!("active-sessions-{user_id}")
}

impl Home {
    pub fn new(kv: Kv, SessionHomeConfig { copies, mirrors, .. }: SessionHomeConfig) -> Self {
        Self { kv, copies, mirrors, unsaid: Arc::default() }
    }

    pub(super) fn kv(&self) -> &Kv {
        &self.kv
    }

    async fn find(&self, token: &str) -> Found {
        if !self.copies || self.unsaid.has(token) {
            return Found::Ask;
        }
        match self.kv.get(token).await {
            Ok(None) => Found::Nothing,
            Ok(Some(text)) if text == ASK => Found::Ask,
            Ok(Some(text)) => Found::Copy(text),
            // The storage tells the log itself, once.
            Err(_) => Found::Ask,
        }
    }

    async fn put(&self, session: &Session, user: &User, seconds: i64, begun: Instant) {
        let Some(text) = written(session, user) else { return };
        if begun.elapsed() < READING && !self.unsaid.has(&session.token) {
            // Where that fails, the next request reads the database too.
            let _ = self.kv.put_if_absent(&session.token, &text, seconds).await;
        }
    }

    pub(super) async fn forget(&self, tokens: Vec<String>) {
        let said = join_all(tokens.iter().map(|token| self.kv.put(token, ASK, ASKING))).await;
        let unsaid = tokens.into_iter().zip(said).filter(|(_, said)| said.is_err()).map(|(token, _)| token);
        let life = if self.mirrors { TELLING } else { COPY };
        if self.unsaid.add(unsaid, life) && !self.unsaid.saying.swap(true, Ordering::AcqRel) {
            tokio::spawn(say(self.kv.clone(), Arc::clone(&self.unsaid)));
        }
    }
}

/// Puts what could not be put, as soon as it can be, for as long as there may be copies.
async fn say(kv: Kv, unsaid: Arc<Unsaid>) {
    while let Some(tokens) = unsaid.left() {
        tokio::time::sleep(PAUSE).await;
        if !kv.is_there() {
            continue;
        }
        for token in tokens {
            if kv.put(&token, ASK, ASKING).await.is_err() {
                break;
            }
            unsaid.remove(&token);
        }
    }
}

impl Unsaid {
    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, token: &str) -> bool {
        self.tokens().get(token).is_some_and(|until| *until > Instant::now())
    }

    /// Adds tokens for so many seconds; whether there were any.
    fn add(&self, added: impl Iterator<Item = String>, life: i64) -> bool {
        let until = Instant::now() + Duration::from_secs(life.unsigned_abs());
        let mut tokens = self.tokens();
        let before = tokens.len();
        tokens.extend(added.take(REMEMBERED.saturating_sub(before)).map(|token| (token, until)));
        tokens.len() > before
    }

    fn remove(&self, token: &str) {
        self.tokens().remove(token);
    }

    /// Those that are still to be put. None where there are none, and nobody is at it any more.
    fn left(&self) -> Option<Vec<String>> {
        let mut tokens = self.tokens();
        let now = Instant::now();
        tokens.retain(|_, until| *until > now);
        if tokens.is_empty() {
            self.saying.store(false, Ordering::Release);
            return None;
        }
        Some(tokens.keys().cloned().collect())
    }
}

/// A copy's text.
pub(super) fn written(session: &Session, user: &User) -> Option<String> {
    let text = |value: &str| Json::from(value);
    let time = |moment: Timestamp| Json::from(moment.to_string());
    let row = [
        ("id", text(&session.id)),
        ("expiresAt", time(session.expires_at)),
        ("token", text(&session.token)),
        ("createdAt", time(session.created_at)),
        ("updatedAt", time(session.updated_at)),
        ("ipAddress", text(&session.ip_address)),
        ("userAgent", text(&session.user_agent)),
        ("userId", text(&session.user_id)),
    ];
    let session = whole(row, &session.more);
    let row = [
        ("name", text(&user.name)),
        ("email", text(&user.email)),
        ("emailVerified", user.email_verified.into()),
        ("image", user.image.as_deref().into()),
        ("createdAt", time(user.created_at)),
        ("updatedAt", time(user.updated_at)),
        ("id", text(&user.id)),
    ];
    let user = whole(row, &user.more);
    serde_json::to_string(&Copy { session, user, signet: VERSION }).ok()
}

fn whole<const N: usize>(row: [(&str, Json); N], more: &Map<String, Json>) -> Map<String, Json> {
    let core = row.into_iter().map(|(name, value)| (name.to_owned(), value));
    core.chain(more.iter().map(|(name, value)| (name.clone(), value.clone()))).collect()
}

/// What a text is a copy of. None where it is none of ours, of another layout, or of another session.
fn read(text: &str, token: &str, layout: &Layout) -> Option<(Session, User)> {
    let Copy { mut session, mut user, signet } = serde_json::from_str(text).ok()?;
    if signet != VERSION {
        return None;
    }
    let session = Session {
        id: taken(&mut session, "id")?,
        token: taken(&mut session, "token")?,
        user_id: taken(&mut session, "userId")?,
        expires_at: moment(&mut session, "expiresAt")?,
        created_at: moment(&mut session, "createdAt")?,
        updated_at: moment(&mut session, "updatedAt")?,
        ip_address: taken(&mut session, "ipAddress")?,
        user_agent: taken(&mut session, "userAgent")?,
        more: layout.only_more("session", session)?,
    };
    let user = User {
        id: taken(&mut user, "id")?,
        name: taken(&mut user, "name")?,
        email: taken(&mut user, "email")?,
        email_verified: user.remove("emailVerified")?.as_bool()?,
        image: user.remove("image")?.as_str().map(str::to_owned),
        created_at: moment(&mut user, "createdAt")?,
        updated_at: moment(&mut user, "updatedAt")?,
        more: layout.only_more("user", user)?,
    };
    (session.token == token && session.user_id == user.id).then_some((session, user))
}

fn taken(row: &mut Map<String, Json>, name: &str) -> Option<String> {
    match row.remove(name)? {
        Json::String(text) => Some(text),
        _ => None,
    }
}

fn moment(row: &mut Map<String, Json>, name: &str) -> Option<Timestamp> {
    Timestamp::parse(&taken(row, name)?)
}
