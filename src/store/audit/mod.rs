//! The audit trail: who did what, as whom, from where, and what came of it. A line is written in the transaction of what it
//! tells of, so neither is ever there without the other. Lines are added, and deleted once they are older than they are kept
//! for; nothing changes one.

mod action;
pub mod config;
pub mod counting;
pub(super) mod import;
mod line;
pub mod reading;
pub mod sweeping;

pub use self::action::Action;
pub use self::line::Line;

use serde_json::Value as Json;

use super::engine::Value;
use super::engine::value::runs;
use super::notice::Notice;
use super::{Statement, Store, Tx, values};
use crate::base::{Actor, Behalf, Error, Result, Timestamp};

/// How many lines are written at once.
const AT_ONCE: usize = 64;
/// The columns of a line, but for its number.
const COLUMNS: [&str; 14] = [
    "at",
    "action",
    "outcome",
    "reason",
    "actorType",
    "actorId",
    "impersonatedBy",
    "userId",
    "sessionId",
    "ipAddress",
    "userAgent",
    "requestId",
    "route",
    "details",
];
/// The place of `userId` among them, from 1 on.
const USER: usize = 8;

statements! {
    pub(super) struct Audit {
        insert: &insert(1, false),
        // The user is looked for by the same statement whether there is one or not.
        insert_about_an_address: &insert(1, true),
        counts: &counting::statement(),
        // The oldest first, as the index has them.
        sweep: "DELETE FROM {signet_audit} WHERE {signet_audit.id} IN ( \
            SELECT old.{signet_audit:id} FROM {signet_audit} AS old \
            WHERE old.{signet_audit:at} >= $1 AND old.{signet_audit:at} < $2 \
            ORDER BY old.{signet_audit:at}, old.{signet_audit:id} LIMIT $3) RETURNING {signet_audit.at} AS at",
    }
}

/// What writes lines; with `by_address` the user of one is whoever has the address that is the last value.
fn insert(lines: usize, by_address: bool) -> String {
    let columns = COLUMNS.map(|column| format!("{{signet_audit:{column}}}")).join(", ");
    let address = COLUMNS.len() + 1;
    let place = |place: usize| match by_address && place == USER {
        true => format!(
            "COALESCE(${place}, (SELECT CAST({{user.id}} AS text) FROM {{user}} \
             WHERE {{user.email}} = {{${address}:user.email}}))"
        ),
        false => format!("${place}"),
    };
    let line = |line: usize| {
        let places: Vec<_> = (1..=COLUMNS.len()).map(|column| place(line * COLUMNS.len() + column)).collect();
        format!("({})", places.join(", "))
    };
    let lines: Vec<_> = (0..lines).map(line).collect();
    format!("INSERT INTO {{signet_audit}} ({columns}) VALUES {}", lines.join(", "))
}

impl Store {
    /// Whether acts are written down.
    pub fn is_audited(&self) -> bool {
        self.layout().audit()
    }

    /// Writes lines down as part of what they tell of.
    pub async fn audit_in(&self, tx: &mut Tx<'_>, lines: Vec<Line>) -> Result<()> {
        if !self.is_audited() || lines.is_empty() {
            return Ok(());
        }
        let (behalf, now) = (Behalf::current(), self.clock().now());
        let sql = &self.statements().audit;
        let (addressed, lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.address.is_some());
        for line in addressed {
            tx.execute(&sql.insert_about_an_address, &with_address(line, &behalf, now)).await?;
        }
        let lines: Vec<_> = lines.into_iter().map(|line| written(line, &behalf, now)).collect();
        for run in runs(&lines, AT_ONCE) {
            let values: Vec<_> = run.iter().flatten().cloned().collect();
            match run.len() {
                1 => tx.execute(&sql.insert, &values).await?,
                many => tx.execute(&self.inserting(many)?, &values).await?,
            };
        }
        Ok(())
    }

    /// Writes a line down by itself: of what was refused, nothing else is left.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database is away.
    pub async fn audit(&self, line: Line) -> Result<()> {
        if !self.is_audited() {
            return Ok(());
        }
        let (behalf, now) = (Behalf::current(), self.clock().now());
        let sql = &self.statements().audit;
        match line.address {
            Some(_) => self.execute(&sql.insert_about_an_address, &with_address(line, &behalf, now)).await?,
            None => self.execute(&sql.insert, &written(line, &behalf, now)).await?,
        };
        Ok(())
    }

    /// Writes down what is told to others.
    pub(super) async fn audit_notices(&self, tx: &mut Tx<'_>, notices: &[Notice]) -> Result<()> {
        if !self.is_audited() {
            return Ok(());
        }
        self.audit_in(tx, notices.iter().flat_map(line::lines).collect()).await
    }

    fn inserting(&self, lines: usize) -> Result<Statement> {
        self.renderer().statement("write lines of the audit trail", &insert(lines, false))
    }
}

/// The values of a line's columns.
fn written(line: Line, behalf: &Behalf, now: Timestamp) -> Vec<Value> {
    let Line { action, refusal, user_id, session_id, holder, details, .. } = line;
    let (kind, actor, through, by) = match (behalf.actor(), holder) {
        // Who opens a session has proved whose it is, whoever else's cookie came along; who shows its token to end it, too.
        // That somebody acts in the user's place is not undone by it.
        (Actor::User { id, impersonated_by, .. }, Some((holder, by)))
            if action == Action::SessionCreated && id == holder =>
        {
            ("user", Some(holder), None, by.or(impersonated_by))
        }
        (Actor::Anonymous | Actor::User { .. }, Some((holder, by))) if action == Action::SessionCreated => {
            ("user", Some(holder), None, by)
        }
        (Actor::Holder, Some((holder, by))) => ("user", Some(holder), None, by),
        (Actor::Anonymous | Actor::Holder, _) => ("anonymous", None, None, None),
        (Actor::User { id, session_id, impersonated_by }, _) => ("user", Some(id), Some(session_id), impersonated_by),
        (Actor::Token(name), _) => ("token", Some(name), None, None),
        (Actor::Command(name), _) => ("command", Some(name), None, None),
        (Actor::System, _) => ("system", None, None, None),
    };
    // Whoever develops sees the lines as they are written; and where lines of the log are searched for secrets, these are too.
    tracing::trace!(
        action = action.as_str(),
        reason = refusal,
        details = %Json::Object(details.clone()),
        "a line of the audit trail"
    );
    let asked = behalf.asked();
    let outcome = if refusal.is_some() { "failure" } else { "success" };
    values![
        now,
        action.as_str(),
        outcome,
        refusal,
        kind,
        actor,
        by,
        user_id,
        session_id.or(through),
        asked.and_then(|asked| asked.ip_address.as_deref()),
        asked.and_then(|asked| asked.user_agent.as_deref()),
        asked.map(|asked| asked.id.as_str()),
        behalf.route(),
        Json::Object(details).to_string(),
    ]
    .to_vec()
}

fn with_address(mut line: Line, behalf: &Behalf, now: Timestamp) -> Vec<Value> {
    let address = line.address.take();
    let mut values = written(line, behalf, now);
    values.push(address.into());
    values
}

/// A row that is none of ours.
fn strange(what: &str) -> Error {
    Error::broken(format!("a line of the audit trail has {what}"))
}
