//! Sessions.

mod adoption;
pub mod config;
pub(super) mod home;
mod mirror;

use std::fmt;

use serde_json::{Map, Value as Json};

use super::audit::{Action, Line};
use super::engine::value::runs;
use super::engine::{Row, Statement, Value};
use super::layout::Layout;
use super::many::LIST;
use super::notice::Notice;
use super::user::User;
use super::{Store, transaction, values};
use crate::base::{Error, Result, Timestamp};

statements! {
    pub(super) struct Sessions {
        insert: "INSERT INTO {+session} RETURNING {session.*}",
        with_user: "SELECT {session.*}, {user.*} FROM {session} JOIN {user} ON {user.id} = {session.userId} \
            WHERE {session.token} = {$1:session.token}",
        by_id: "SELECT {session.*}, {user.*} FROM {session} JOIN {user} ON {user.id} = {session.userId} \
            WHERE {session.id} = {$1:session.id}",
        live_of: "SELECT {session.*} FROM {session} \
            WHERE {session.userId} = {$1:session.userId} AND {session.expiresAt} > $2 \
            ORDER BY {session.createdAt}, {session.id}",
        // A database may keep more digits than a moment has here, so an equal one lies within a millisecond. What was ended
        // is over, whoever's clock says otherwise.
        extend: "UPDATE {session} SET {session:expiresAt} = $2, {session:updatedAt} = $3 \
            WHERE {session.token} = {$1:session.token} AND {session.expiresAt} >= $4 AND {session.expiresAt} < $5 \
            AND {session.expiresAt} > {session.updatedAt} RETURNING {session.*}",
        hold: "UPDATE {session} SET {session:updatedAt} = {session.updatedAt} \
            WHERE {session.token} = {$1:session.token} RETURNING {session.*}",
        delete: "DELETE FROM {session} WHERE {session.token} = {$1:session.token} RETURNING {session.*}",
        delete_of: "DELETE FROM {session} WHERE {session.token} = {$1:session.token} AND {session.userId} = {$2:session.userId} \
            RETURNING {session.*}",
        delete_expired: "DELETE FROM {session} WHERE {session.token} = {$1:session.token} AND {session.expiresAt} <= $2",
        delete_all_of: "DELETE FROM {session} WHERE {session.userId} = {$1:session.userId} \
            RETURNING {session.*}",
        delete_others_of: "DELETE FROM {session} \
            WHERE {session.userId} = {$1:session.userId} AND {session.token} <> {$2:session.token} RETURNING {session.*}",
        // What ended sessions are where their rows stay: the last values are a moment long ago and this one. One that has run
        // out by itself was to last beyond its last change; an ended one was not.
        end: "UPDATE {session} SET {session:expiresAt} = $2, {session:updatedAt} = $3 \
            WHERE {session.token} = {$1:session.token} AND {session.expiresAt} >= $3 RETURNING {session.*}",
        end_of: "UPDATE {session} SET {session:expiresAt} = $3, {session:updatedAt} = $4 \
            WHERE {session.token} = {$1:session.token} AND {session.userId} = {$2:session.userId} AND {session.expiresAt} >= $4 \
            RETURNING {session.*}",
        end_all_of: "UPDATE {session} SET {session:expiresAt} = $2, {session:updatedAt} = $3 \
            WHERE {session.userId} = {$1:session.userId} AND {session.expiresAt} >= $3 RETURNING {session.*}",
        end_others_of: "UPDATE {session} SET {session:expiresAt} = $3, {session:updatedAt} = $4 \
            WHERE {session.userId} = {$1:session.userId} AND {session.token} <> {$2:session.token} AND {session.expiresAt} >= $4 \
            RETURNING {session.*}",
        tokens_of: "SELECT {session.token} AS token FROM {session} \
            WHERE {session.userId} = {$1:session.userId} AND {session.expiresAt} > $2",
    }
}

/// How long before its end the row of an ended session says that it expired, in seconds: longer than clocks can differ, a
/// column can round, or a time zone can be mistaken for another.
const LONG_BEFORE: i64 = 2 * 86_400;

/// The field that names the admin who holds a session in its user's place.
pub const IMPERSONATED_BY: &str = "impersonatedBy";

/// A session as its row has it.
#[derive(Clone, PartialEq)]
pub struct Session {
    pub id: String,
    /// The secret that a client shows.
    pub token: String,
    pub user_id: String,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Empty if it is unknown.
    pub ip_address: String,
    /// Empty if it is unknown.
    pub user_agent: String,
    /// The additional fields in the order of their declaration.
    pub more: Map<String, Json>,
}

/// A session to be made. Its id comes from the store.
#[derive(Clone)]
pub struct NewSession {
    pub token: String,
    pub user_id: String,
    pub expires_at: Timestamp,
    /// When it is created and updated.
    pub created_at: Timestamp,
    pub ip_address: String,
    pub user_agent: String,
    /// Additional fields by name, with their defaults applied; those left out are NULL.
    pub more: Map<String, Json>,
}

impl Session {
    /// The session with other additional fields, where no database changes them.
    pub fn changed(mut self, more: Map<String, Json>, updated_at: Timestamp) -> Self {
        self.more.extend(more);
        Self { updated_at, ..self }
    }

    /// Whether somebody else than its user holds it: an admin.
    pub fn is_impersonation(&self) -> bool {
        self.impersonated_by().is_some()
    }

    /// The admin who holds it in its user's place.
    pub fn impersonated_by(&self) -> Option<&Json> {
        self.more.get(IMPERSONATED_BY).filter(|by| !by.is_null())
    }

    /// Whether it was ended, and its row stayed.
    fn was_ended(&self) -> bool {
        self.expires_at <= self.updated_at
    }

    /// The session with the moment at which it was over, also where its row has one from long before.
    fn at_its_end(self) -> Self {
        Self { expires_at: self.expires_at.max(self.updated_at), ..self }
    }

    pub(super) fn read(row: &Row, layout: &Layout) -> Result<Self> {
        Ok(Self {
            id: row.text("session.id")?,
            token: row.text("session.token")?,
            user_id: row.text("session.userId")?,
            expires_at: row.time("session.expiresAt")?,
            created_at: row.time("session.createdAt")?,
            updated_at: row.time("session.updatedAt")?,
            ip_address: row.optional_text("session.ipAddress")?.unwrap_or_default(),
            user_agent: row.optional_text("session.userAgent")?.unwrap_or_default(),
            more: layout.read_more("session", row)?,
        })
    }
}

/// What the audit trail says of additional fields that became other; nothing where none did.
fn changed((before, after): (Session, &Session)) -> Option<Line> {
    let is_other = |(name, value): &(&String, &Json)| before.more.get(*name) != Some(*value);
    let names: Vec<_> = after.more.iter().filter(is_other).map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    Some(Line::new(Action::SessionUpdated).user(&after.user_id).session(&after.id).with("fields", names))
}

/// The tokens of sessions that have ended.
pub(super) fn tokens(rows: &[Row]) -> Result<Vec<String>> {
    rows.iter().map(|row| row.text("session.token")).collect()
}

impl NewSession {
    pub(super) fn values(self, id: Option<&str>, layout: &Layout) -> Result<Vec<Value>> {
        let more = layout.new_more("session", &self.more)?;
        let core = values![
            id,
            self.expires_at,
            self.token,
            self.created_at,
            self.created_at,
            self.ip_address,
            self.user_agent,
            self.user_id
        ];
        Ok(core.into_iter().chain(more).collect())
    }
}

impl Store {
    /// Makes a session.
    pub async fn create_session(&self, new: NewSession) -> Result<Session> {
        let values = new.values(self.new_id("session").as_deref(), self.layout())?;
        let insert = &self.statements().sessions.insert;
        let created = |rows: &[Row]| Ok(self.read_sessions(rows)?.into_iter().map(Notice::SessionCreated).collect());
        let rows = self.fetch_and_tell(insert, &values, created).await?;
        let session = self.read_sessions(&rows)?.into_iter().next();
        let session = session.ok_or_else(|| Error::broken(format!("{} gave no row", insert.name())))?;
        self.tell_of_session(&session.token).await;
        Ok(session)
    }

    /// The session of a token and its user, also an expired one: the caller judges.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it may be in secondary storage alone, and that is away.
    pub async fn session_by_token(&self, token: &str) -> Result<Option<(Session, User)>> {
        let found = self.session_row(token).await?;
        let is_known = found.as_ref().is_some_and(|(session, _)| !self.may_go_on_elsewhere(session));
        if !is_known && self.adopt(token).await? { self.session_row(token).await } else { Ok(found) }
    }

    async fn session_row(&self, token: &str) -> Result<Option<(Session, User)>> {
        let row = self.fetch_optional(&self.statements().sessions.with_user, &values![token]).await?;
        row.map(|row| Ok((Session::read(&row, self.layout())?, User::read(&row, self.layout())?))).transpose()
    }

    /// The sessions of tokens, with their users, that have rows.
    async fn session_rows(&self, tokens: &[&str]) -> Result<Vec<(Session, User)>> {
        let template = "SELECT {session.*}, {user.*} FROM {session} JOIN {user} ON {user.id} = {session.userId} \
            WHERE {session.token} IN ({LIST:session.token})";
        let tokens: Vec<Value> = tokens.iter().map(|token| Value::from(*token)).collect();
        let mut found = Vec::with_capacity(tokens.len());
        for run in runs(&tokens, LIST) {
            let rows = self.fetch_all(&self.many("sessions of tokens", template, run.len())?, run).await?;
            for row in rows {
                found.push((Session::read(&row, self.layout())?, User::read(&row, self.layout())?));
            }
        }
        Ok(found)
    }

    /// The session of an id and its user as the database has them, also an expired one: the caller judges.
    pub async fn session_by_id(&self, id: &str) -> Result<Option<(Session, User)>> {
        let Some(id) = self.layout().id("session", id) else { return Ok(None) };
        let row = self.fetch_optional(&self.statements().sessions.by_id, &[id]).await?;
        row.map(|row| Ok((Session::read(&row, self.layout())?, User::read(&row, self.layout())?))).transpose()
    }

    /// All of a user's sessions that have not expired, the oldest first.
    pub async fn sessions_of(&self, user_id: &str, now: Timestamp) -> Result<Vec<Session>> {
        self.adopt_all_of(user_id).await?;
        let Some(user_id) = self.layout().id("user", user_id) else { return Ok(Vec::new()) };
        let rows = self.fetch_all(&self.statements().sessions.live_of, &[user_id, now.into()]).await?;
        rows.iter().map(|row| Session::read(row, self.layout())).collect()
    }

    /// Gives a session a new end, if it still has the end that the caller saw. None if it is gone, or another request
    /// was faster: the caller reads it again.
    pub async fn extend_session(
        &self,
        token: &str,
        expires_at: Timestamp,
        updated_at: Timestamp,
        only_if_expires_at: Timestamp,
    ) -> Result<Option<Session>> {
        let values = values![token, expires_at, updated_at, only_if_expires_at, only_if_expires_at.plus_millis(1)];
        let row = self.fetch_optional(&self.statements().sessions.extend, &values).await?;
        self.forget_copies(vec![token.to_owned()]).await;
        row.map(|row| Session::read(&row, self.layout())).transpose()
    }

    /// Changes additional fields of a session; None if it is gone.
    pub async fn update_session(
        &self,
        token: &str,
        more: Map<String, Json>,
        updated_at: Timestamp,
    ) -> Result<Option<Session>> {
        let columns = self.layout().changed_more("session", &more)?;
        let (statement, values) = self.update("session", "token", token.into(), columns, updated_at)?;
        let read = |row: Row| Session::read(&row, self.layout());
        let session = match self.is_audited() {
            true => transaction!(self, |tx| {
                // Nobody else changes it from here to the end.
                let before = tx.fetch_optional(&self.statements().sessions.hold, &values![token]).await?;
                let before = before.map(read).transpose()?;
                let after = tx.fetch_optional(&statement, &values).await?.map(read).transpose()?;
                self.audit_in(tx, before.zip(after.as_ref()).and_then(changed).into_iter().collect()).await?;
                Ok(after)
            })?,
            false => self.fetch_optional(&statement, &values).await?.map(read).transpose()?,
        };
        self.forget_copies(vec![token.to_owned()]).await;
        Ok(session)
    }

    /// Ends a session; whether there was one.
    pub async fn delete_session(&self, token: &str) -> Result<bool> {
        let Sessions { delete, end, .. } = &self.statements().sessions;
        let (statement, values) = self.ending(delete, end, vec![token.into()]);
        let mut ended = self.end_and_tell(statement, &values).await?;
        if ended.is_empty() && self.adopt(token).await? {
            ended = self.end_and_tell(statement, &values).await?;
        }
        self.forget_copies(vec![token.to_owned()]).await;
        Ok(!ended.is_empty())
    }

    /// Ends a session if it is this user's; whether it was.
    pub async fn delete_session_of(&self, token: &str, user_id: &str) -> Result<bool> {
        let Some(user_id) = self.layout().id("user", user_id) else { return Ok(false) };
        let Sessions { delete_of, end_of, .. } = &self.statements().sessions;
        let (statement, values) = self.ending(delete_of, end_of, vec![token.into(), user_id]);
        let mut ended = tokens(&self.end_and_tell(statement, &values).await?)?;
        if ended.is_empty() && self.adopt(token).await? {
            ended = tokens(&self.end_and_tell(statement, &values).await?)?;
        }
        let any = !ended.is_empty();
        self.forget_copies(ended).await;
        Ok(any)
    }

    /// Deletes a session if it has expired, and so never one that another request has just extended.
    pub async fn delete_expired_session(&self, token: &str, now: Timestamp) -> Result<bool> {
        if self.preserves_sessions() {
            return Ok(false);
        }
        Ok(self.execute(&self.statements().sessions.delete_expired, &values![token, now]).await? > 0)
    }

    /// Ends all of a user's sessions, or all but one; how many there were.
    pub async fn delete_sessions_of(&self, user_id: &str, except: Option<&str>) -> Result<u64> {
        self.adopt_all_of(user_id).await?;
        match except {
            Some(token) => self.end_others_unlisted(user_id, token).await?,
            None => self.end_unlisted(user_id, self.clock().now()).await?,
        }
        let Some(user_id) = self.layout().id("user", user_id) else { return Ok(0) };
        let Sessions { delete_others_of, end_others_of, .. } = &self.statements().sessions;
        let (statement, values) = match except {
            Some(token) => self.ending(delete_others_of, end_others_of, vec![user_id, token.into()]),
            None => self.ending_all_of(user_id),
        };
        let tokens = tokens(&self.end_and_tell(statement, &values).await?)?;
        let ended = tokens.len() as u64;
        self.forget_copies(tokens).await;
        Ok(ended)
    }

    /// What is told of sessions whose rows were deleted: those that had expired before were not revoked.
    pub(super) fn deleted(&self, rows: &[Row]) -> Result<Vec<Notice>> {
        let now = self.clock().now();
        let notice = |session: Session| match session.expires_at > now {
            true => Notice::SessionRevoked(session),
            false => Notice::ExpiredSessionDeleted(session.at_its_end()),
        };
        Ok(self.read_sessions(rows)?.into_iter().map(notice).collect())
    }

    /// What is told of sessions that were ended, by whichever statement.
    pub(super) fn ended(&self, rows: &[Row]) -> Result<Vec<Notice>> {
        match self.preserves_sessions() {
            true => {
                let ended = self.read_sessions(rows)?.into_iter().map(Session::at_its_end);
                Ok(ended.map(Notice::SessionRevoked).collect())
            }
            false => self.deleted(rows),
        }
    }

    fn read_sessions(&self, rows: &[Row]) -> Result<Vec<Session>> {
        rows.iter().map(|row| Session::read(row, self.layout())).collect()
    }

    /// What ends all sessions of a user, and gives them.
    pub(super) fn ending_all_of(&self, user_id: Value) -> (&Statement, Vec<Value>) {
        let Sessions { delete_all_of, end_all_of, .. } = &self.statements().sessions;
        self.ending(delete_all_of, end_all_of, vec![user_id])
    }

    /// What ends sessions: the statement that deletes them, or, where their rows stay, the one that lets them expire.
    fn ending<'s>(
        &self,
        delete: &'s Statement,
        end: &'s Statement,
        mut values: Vec<Value>,
    ) -> (&'s Statement, Vec<Value>) {
        if !self.preserves_sessions() {
            return (delete, values);
        }
        let now = self.clock().now();
        values.extend([now.plus_seconds(-LONG_BEFORE).into(), now.into()]);
        (end, values)
    }

    /// The tokens of all of a user's sessions.
    async fn tokens_of(&self, user_id: &str) -> Result<Vec<String>> {
        let Some(user_id) = self.layout().id("user", user_id) else { return Ok(Vec::new()) };
        let values = [user_id, self.clock().now().into()];
        let rows = self.fetch_all(&self.statements().sessions.tokens_of, &values).await?;
        rows.iter().map(|row| row.text("token")).collect()
    }
}

impl fmt::Debug for Session {
    /// Without the token, which is a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NewSession {
    /// Without the token, which is a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NewSession").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}
