//! What was revoked before its time: sessions, and single tokens. A row stays for only as long as a token could still
//! live, so the table has the size of what is recent, not of what ever was.
//!
//! A row is known by the kind of what is revoked and a short digest of its name, so the table holds no id of a session.
//!
//! The rows are a feed as well: each gets a number by which a reader knows what it has seen. Transactions become visible in
//! another order than that in which they began, so a number that is drawn as a row is written could appear after a greater
//! one, and be missed. Rows are therefore numbered once they are there to be seen, by whichever replica comes first, under
//! a lock that lasts to the end of its transaction: whoever sees a number sees all that are smaller.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::audit::{Action, Line};
use super::engine::{Row, Value};
use super::notice::Notice;
use super::{Store, Tx, transaction, values};
use crate::base::{Error, Result, Timestamp};
use crate::crypto::digest;

/// For how long after the end of a token's life its revocation is kept, in seconds: clocks differ, and verifiers are lenient.
pub const MARGIN: i64 = 120;
/// How many rows are numbered or read at a time.
pub const BATCH: usize = 10_000;
const LOCK: &str = "the numbers of the revocations";
/// Numbers that fit into a millisecond of the clock.
const A_MILLISECOND: i64 = 1000;

statements! {
    pub(super) struct Revocations {
        // What stays for longer than it was known to is news again.
        insert: "INSERT INTO {signet_revocation} \
            ({signet_revocation:id}, {signet_revocation:revokedAt}, {signet_revocation:expiresAt}) VALUES ($1, $2, $3) \
            ON CONFLICT ({signet_revocation:id}) DO UPDATE \
            SET {signet_revocation:expiresAt} = $3, {signet_revocation:number} = NULL \
            WHERE {signet_revocation.expiresAt} < $3",
        any: "SELECT {signet_revocation.id} AS id FROM {signet_revocation} WHERE {signet_revocation.id} IN ($1, $2) LIMIT 1",
        state: "SELECT (SELECT MAX({signet_revocation.number}) FROM {signet_revocation}) AS newest, \
            (SELECT COUNT(*) FROM {signet_revocation} WHERE {signet_revocation.number} IS NULL) AS unnumbered",
        after: "SELECT {signet_revocation.id} AS id, {signet_revocation.expiresAt} AS until, \
            {signet_revocation.number} AS number FROM {signet_revocation} \
            WHERE {signet_revocation.number} > $1 AND {signet_revocation.expiresAt} > $2 \
            ORDER BY {signet_revocation.number} LIMIT 10000",
        last: "SELECT {signet_revocation_counter.number} AS number FROM {signet_revocation_counter} \
            WHERE {signet_revocation_counter.id} = 'feed'",
        number: "UPDATE {signet_revocation} SET {signet_revocation:number} = placed.place + $1 FROM ( \
                SELECT young.id, ROW_NUMBER() OVER (ORDER BY young.id) AS place FROM ( \
                    SELECT {signet_revocation.id} AS id FROM {signet_revocation} \
                    WHERE {signet_revocation.number} IS NULL LIMIT 10000) AS young) AS placed \
            WHERE {signet_revocation.id} = placed.id",
        advance: "INSERT INTO {signet_revocation_counter} \
            ({signet_revocation_counter:id}, {signet_revocation_counter:number}) VALUES ('feed', $1) \
            ON CONFLICT ({signet_revocation_counter:id}) DO UPDATE SET {signet_revocation_counter:number} = $1",
        sweep: "DELETE FROM {signet_revocation} WHERE {signet_revocation.expiresAt} <= $1",
    }
}

/// What may be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A session, by its id.
    Session,
    /// A token, by its `jti` or, where it has none, by what of it is signed.
    Token,
}

/// A revocation as readers of the feed get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    pub kind: Kind,
    /// [`digest_of`] its name.
    pub digest: String,
    /// Nothing that it could revoke lives any longer.
    pub until: Timestamp,
    pub number: i64,
}

/// What the table holds at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationState {
    /// The greatest number; 0 where there is none.
    pub newest: i64,
    /// How many have no number yet.
    pub unnumbered: i64,
}

/// What stands for a session's id or a token's name: 96 bits of its SHA-256, in 16 letters of base64url. Long enough that
/// no two are ever mistaken for each other by chance, and of one length whatever it is made of.
pub fn digest_of(name: &str) -> String {
    digest::brief(name)
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Session, Self::Token];

    /// The claim that names one.
    pub fn claim(self) -> &'static str {
        match self {
            Self::Session => "sid",
            Self::Token => "jti",
        }
    }

    fn id(self, name: &str) -> String {
        format!("{}:{}", self.claim(), digest_of(name))
    }
}

impl Revocation {
    fn read(row: &Row) -> Result<Self> {
        let id = row.text("id")?;
        let read = id.split_once(':').and_then(|(claim, digest)| {
            Some((Kind::ALL.into_iter().find(|kind| kind.claim() == claim)?, digest.to_owned()))
        });
        let (kind, digest) = read.ok_or_else(|| Error::broken(format!("a revocation is called {id:?}")))?;
        Ok(Self { kind, digest, until: row.time("until")?, number: row.integer("number")? })
    }
}

impl Store {
    /// Writes down from now on which sessions end, for those who verify tokens of a session by themselves. `lifetime` is
    /// that of the longest such token, in seconds. The first one stays.
    pub fn list_ended_sessions(&self, lifetime: i64) {
        self.0.listed_for.get_or_init(|| lifetime);
    }

    /// For how long the tokens of a session live that has ended; None where nobody asks for ended sessions.
    pub(super) fn listed_for(&self) -> Option<i64> {
        self.0.listed_for.get().copied()
    }

    /// Revokes a token that lives until a moment at most. Its name is its `jti` or, where it has none, what of it is signed.
    /// Its user, where one is known, is for the audit trail.
    pub async fn revoke_token(&self, name: &str, user_id: Option<&str>, until: Timestamp) -> Result<()> {
        // Its name may be all of it but the signature.
        let line = Line::new(Action::TokenRevoked).with("digest", digest_of(name));
        let line = match user_id {
            Some(user) => line.user(user),
            None => line,
        };
        self.revoke(Kind::Token, name, until, line).await
    }

    /// Revokes all tokens of a session, which live until a moment at most, and nothing else of it.
    pub async fn revoke_session(&self, sid: &str, until: Timestamp) -> Result<()> {
        self.revoke(Kind::Session, sid, until, Line::new(Action::TokenRevoked).session(sid)).await
    }

    async fn revoke(&self, kind: Kind, name: &str, until: Timestamp, line: Line) -> Result<()> {
        let (insert, values) = (&self.statements().revocations.insert, self.revocation(kind, name, until));
        let written = match self.is_audited() {
            true => transaction!(self, |tx| {
                let written = tx.execute(insert, &values).await?;
                // What was revoked before is not revoked again.
                if written > 0 {
                    self.audit_in(tx, vec![line.clone()]).await?;
                }
                Ok(written)
            })?,
            false => self.execute(insert, &values).await?,
        };
        if written > 0 {
            self.0.revoked.notify_one();
        }
        Ok(())
    }

    fn revocation(&self, kind: Kind, name: &str, until: Timestamp) -> [Value; 3] {
        values![kind.id(name), self.clock().now(), until.plus_seconds(MARGIN)]
    }

    /// Writes down the sessions that end with a transaction, where somebody asks for them.
    pub(super) async fn list_ended(&self, tx: &mut Tx<'_>, notices: &[Notice]) -> Result<()> {
        let Some(lifetime) = self.listed_for() else { return Ok(()) };
        let now = self.clock().now();
        let ended = notices.iter().filter_map(|notice| match notice {
            Notice::SessionRevoked(session) => Some((&session.id, now.plus_seconds(lifetime))),
            // Its last token was made before it expired.
            Notice::ExpiredSessionDeleted(session) => Some((&session.id, session.expires_at.plus_seconds(lifetime))),
            _ => None,
        });
        for (id, until) in ended.filter(|(_, until)| *until > now) {
            let values = self.revocation(Kind::Session, id, until);
            tx.execute(&self.statements().revocations.insert, &values).await?;
            tx.wake(self.revoked());
        }
        Ok(())
    }

    /// What is notified once this process has revoked something. One at a time waits for it.
    pub fn revoked(&self) -> Arc<Notify> {
        Arc::clone(&self.0.revoked)
    }

    /// Whether a token of this name, or its session, was revoked.
    pub async fn is_revoked(&self, token: &str, sid: Option<&str>) -> Result<bool> {
        let token = Kind::Token.id(token);
        let session = sid.map_or_else(|| token.clone(), |sid| Kind::Session.id(sid));
        let found = self.fetch_optional(&self.statements().revocations.any, &values![token, session]).await?;
        Ok(found.is_some())
    }

    /// What there is to be numbered and read.
    pub async fn revocation_state(&self) -> Result<RevocationState> {
        let row = self.fetch_one(&self.statements().revocations.state, &[]).await?;
        let newest = row.optional_integer("newest")?.unwrap_or(0);
        Ok(RevocationState { newest, unnumbered: row.integer("unnumbered")? })
    }

    /// Numbers what has no number yet, [`BATCH`] rows at most; how many there were.
    ///
    /// Numbers follow the time, so that they go on growing where an older copy of the database was restored.
    pub async fn number_revocations(&self) -> Result<u64> {
        let sql = &self.statements().revocations;
        transaction!(self, |tx| {
            tx.lock(LOCK).await?;
            let by_time = self.now_in(tx).await?.millis().saturating_mul(A_MILLISECOND);
            let last = tx.fetch_optional(&sql.last, &[]).await?.map(|row| row.integer("number")).transpose()?;
            let base = last.unwrap_or(0).max(by_time);
            let numbered = tx.execute(&sql.number, &values![base]).await?;
            if numbered > 0 {
                let last = base.saturating_add(i64::try_from(numbered).unwrap_or(i64::MAX));
                tx.execute(&sql.advance, &values![last]).await?;
            }
            Ok(numbered)
        })
    }

    /// The revocations with a number above this one, in their order, [`BATCH`] at most.
    pub async fn revocations_after(&self, number: i64) -> Result<Vec<Revocation>> {
        let values = values![number, self.clock().now()];
        let rows = self.fetch_all(&self.statements().revocations.after, &values).await?;
        rows.iter().map(Revocation::read).collect()
    }

    /// Deletes what revokes nothing any more; how many there were.
    pub async fn sweep_revocations(&self) -> Result<u64> {
        self.execute(&self.statements().revocations.sweep, &values![self.clock().now()]).await
    }

    /// [`Store::sweep_revocations`] once a minute, for as long as the server runs.
    pub async fn keep_revocations_swept(self) {
        loop {
            if let Err(error) = self.sweep_revocations().await {
                tracing::warn!("old revocations could not be deleted, next try in a minute: {}", error.chain());
            }
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    }
}
