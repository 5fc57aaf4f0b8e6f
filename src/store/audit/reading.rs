//! What the trail tells: its lines by what is asked for, page by page, in the order of their time. All indexes are in that
//! order, so a page is read from one of them and nothing is sorted.

use std::fmt;

use serde_json::{Map, Value as Json, json};

use super::super::engine::{Row, Statement, Value};
use super::super::{Renderer, Store};
use super::{Action, strange};
use crate::base::{Result, Timestamp};

/// Which lines are asked for: all that fit everything that is given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any of these; all where there is none.
    pub actions: Vec<Action>,
    pub succeeded: Option<bool>,
    /// Whom they are about.
    pub user_id: Option<String>,
    pub actor_id: Option<String>,
    pub ip_address: Option<String>,
    pub request_id: Option<String>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// Where a line stands among the others. Its text is for whoever turns pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: Timestamp,
    id: i64,
}

/// From where on, and in which direction.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The newest first, those before this one.
    Newest { before: Option<Cursor> },
    /// The oldest first, those after this one.
    Oldest { after: Option<Cursor> },
}

/// A line as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number, which no other line ever has.
    pub id: i64,
    pub at: Timestamp,
    pub action: String,
    pub succeeded: bool,
    pub reason: Option<String>,
    pub actor_type: String,
    pub actor_id: Option<String>,
    pub impersonated_by: Option<String>,
    pub user_id: Option<String>,
    pub session_id: Option<String>,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
    pub route: Option<String>,
    pub details: Map<String, Json>,
}

impl Cursor {
    /// Reads what was written by `Display`.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.rsplit_once('_')?;
        let id = id.bytes().all(|byte| byte.is_ascii_digit()).then(|| id.parse().ok()).flatten()?;
        Some(Self { at: Timestamp::parse(at)?, id })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}_{}", self.at, self.id)
    }
}

impl Entry {
    /// Where it stands.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.at, id: self.id }
    }

    /// As admins see it: all of it.
    pub fn shown(&self) -> Json {
        json!({
            "id": self.id.to_string(),
            "at": self.at,
            "action": self.action,
            "outcome": self.outcome(),
            "reason": self.reason,
            "actor": { "type": self.actor_type, "id": self.actor_id },
            "impersonatedBy": self.impersonated_by,
            "userId": self.user_id,
            "sessionId": self.session_id,
            "ipAddress": self.ip_address,
            "userAgent": self.user_agent,
            "requestId": self.request_id,
            "route": self.route,
            "details": self.details,
        })
    }

    pub fn outcome(&self) -> &'static str {
        if self.succeeded { "success" } else { "failure" }
    }

    fn read(row: &Row) -> Result<Self> {
        let text = |name: &str| row.optional_text(&format!("signet_audit.{name}"));
        let present = |name: &str| row.text(&format!("signet_audit.{name}"));
        let id = row.number_or_text("signet_audit.id")?.as_i64().ok_or_else(|| strange("no number"))?;
        let details = serde_json::from_str(&present("details")?).map_err(|_| strange("details that are no object"))?;
        Ok(Self {
            id,
            at: row.time("signet_audit.at")?,
            action: present("action")?,
            succeeded: present("outcome")? == "success",
            reason: text("reason")?,
            actor_type: present("actorType")?,
            actor_id: text("actorId")?,
            impersonated_by: text("impersonatedBy")?,
            user_id: text("userId")?,
            session_id: text("sessionId")?,
            ip_address: text("ipAddress")?,
            user_agent: text("userAgent")?,
            request_id: text("requestId")?,
            route: text("route")?,
            details,
        })
    }
}

/// Conditions and the values that they are about.
#[derive(Default)]
struct Conditions {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, column: &str, operator: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.texts.push(format!("{{signet_audit.{column}}} {operator} ${}", self.values.len()));
    }

    /// One bound in each direction: an index is entered at a cursor only if nothing else bounds it there.
    fn of(filter: &Filter, order: Order) -> Self {
        let mut conditions = Self::default();
        let texts = [
            ("userId", &filter.user_id),
            ("actorId", &filter.actor_id),
            ("ipAddress", &filter.ip_address),
            ("requestId", &filter.request_id),
        ];
        for (column, value) in texts {
            if let Some(value) = value {
                conditions.add(column, "=", value);
            }
        }
        if let Some(succeeded) = filter.succeeded {
            conditions.add("outcome", "=", if succeeded { "success" } else { "failure" });
        }
        let (after, before) = match order {
            Order::Newest { before } => (None, before),
            Order::Oldest { after } => (after, None),
        };
        match (after, filter.since) {
            (Some(after), since) if since.is_none_or(|since| since <= after.at) => conditions.add_cursor(">", after),
            (_, Some(since)) => conditions.add("at", ">=", since),
            _ => {}
        }
        match (before, filter.until) {
            (Some(before), until) if until.is_none_or(|until| before.at < until) => conditions.add_cursor("<", before),
            (_, Some(until)) => conditions.add("at", "<", until),
            _ => {}
        }
        conditions
    }

    fn add_cursor(&mut self, operator: &str, Cursor { at, id }: Cursor) {
        self.values.extend([at.into(), id.into()]);
        let last = self.values.len();
        self.texts.push(format!("({{signet_audit.at}}, {{signet_audit.id}}) {operator} (${}, ${last})", last - 1));
    }

    /// The lines that fulfil them, and of these actions.
    fn select(&self, actions: &[Action], (direction, limit): (&str, &str)) -> String {
        let mut texts = self.texts.clone();
        match actions {
            [] => {}
            // Words of our own.
            [one] => texts.push(format!("{{signet_audit.action}} = '{}'", one.as_str())),
            many => {
                let names: Vec<_> = many.iter().map(|action| format!("'{}'", action.as_str())).collect();
                texts.push(format!("{{signet_audit.action}} IN ({})", names.join(", ")));
            }
        }
        let texts = if texts.is_empty() { "TRUE".to_owned() } else { texts.join(" AND ") };
        format!(
            "SELECT {{signet_audit.*}} FROM {{signet_audit}} WHERE {texts} \
             ORDER BY {{signet_audit.at}} {direction}, {{signet_audit.id}} {direction} LIMIT {limit}"
        )
    }
}

impl Filter {
    /// Whether an index has its lines in their order, whatever the actions.
    fn has_a_subject(&self) -> bool {
        self.user_id.is_some() || self.actor_id.is_some() || self.ip_address.is_some()
    }

    /// What reads them, and its values.
    pub fn statement(&self, renderer: &Renderer, order: Order, limit: i64) -> Result<(Statement, Vec<Value>)> {
        let mut conditions = Conditions::of(self, order);
        conditions.values.push(limit.into());
        let limit = format!("${}", conditions.values.len());
        let direction = match order {
            Order::Newest { .. } => "DESC",
            Order::Oldest { .. } => "ASC",
        };
        let mut actions = match self.actions.as_slice() {
            // No index has the outcome, and failures may be few among millions of lines.
            [] if self.succeeded == Some(false) && !self.has_a_subject() => {
                Action::ALL.iter().copied().filter(|action| action.can_be_refused()).collect()
            }
            actions => actions.to_vec(),
        };
        actions.sort_unstable_by_key(|action| action.as_str());
        actions.dedup();
        let template = if actions.len() < 2 || self.has_a_subject() {
            conditions.select(&actions, (direction, &limit))
        } else {
            // The index has the lines of one action in their order: the first of each, and of these the first.
            let select =
                |action| format!("SELECT * FROM ({}) AS one", conditions.select(&[action], (direction, &limit)));
            let each: Vec<_> = actions.into_iter().map(select).collect();
            format!(
                "SELECT * FROM ({}) AS line ORDER BY \"signet_audit.at\" {direction}, \"signet_audit.id\" {direction} \
                 LIMIT {limit}",
                each.join(" UNION ALL ")
            )
        };
        Ok((renderer.statement("lines of the audit trail", &template)?, conditions.values))
    }
}

impl Store {
    /// Lines, as many as `limit` at most.
    pub async fn audit_lines(&self, filter: &Filter, order: Order, limit: i64) -> Result<Vec<Entry>> {
        let (statement, values) = filter.statement(self.renderer(), order, limit)?;
        self.fetch_all(&statement, &values).await?.iter().map(Entry::read).collect()
    }
}
