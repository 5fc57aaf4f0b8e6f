//! What the trail tells: its lines by what is asked for, page by page.

use serde_json::{Map, Value as Json, json};

use super::super::engine::{Row, Value};
use super::super::Store;
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

/// From where on, and in which direction.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The newest first, those before this number.
    Newest { before: Option<i64> },
    /// The oldest first, those after this number.
    Oldest { after: i64 },
}

/// A line as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number: later lines have greater ones.
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

impl Entry {
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

    fn of(filter: &Filter) -> Self {
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
        if let Some(since) = filter.since {
            conditions.add("at", ">=", since);
        }
        if let Some(until) = filter.until {
            conditions.add("at", "<", until);
        }
        match filter.actions.as_slice() {
            [] => {}
            [one] => conditions.add("action", "=", one.as_str()),
            many => {
                // Words of our own.
                let names: Vec<_> = many.iter().map(|action| format!("'{}'", action.as_str())).collect();
                conditions.texts.push(format!("{{signet_audit.action}} IN ({})", names.join(", ")));
            }
        }
        conditions
    }

    fn text(&self) -> String {
        if self.texts.is_empty() { "TRUE".to_owned() } else { self.texts.join(" AND ") }
    }
}

impl Store {
    /// Lines, as many as `limit` at most.
    pub async fn audit_lines(&self, filter: &Filter, order: Order, limit: i64) -> Result<Vec<Entry>> {
        let mut conditions = Conditions::of(filter);
        let direction = match order {
            Order::Newest { before } => {
                if let Some(before) = before {
                    conditions.add("id", "<", before);
                }
                "DESC"
            }
            Order::Oldest { after } => {
                conditions.add("id", ">", after);
                "ASC"
            }
        };
        let template = format!(
            "SELECT {{signet_audit.*}} FROM {{signet_audit}} WHERE {} ORDER BY {{signet_audit.id}} {direction} LIMIT ${}",
            conditions.text(),
            conditions.values.len() + 1
        );
        conditions.values.push(limit.into());
        let statement = self.renderer().statement("lines of the audit trail", &template)?;
        let rows = self.fetch_all(&statement, &conditions.values).await?;
        rows.iter().map(Entry::read).collect()
    }
}
