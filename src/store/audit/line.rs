//! Lines of the trail, and what each notice makes of them. Ids say who and what; no line holds a secret, an address of a
//! mail, or the value of a field but a role.

use serde_json::{Map, Value as Json, json};

use super::super::account::Account;
use super::super::notice::Notice;
use super::super::session::Session;
use super::super::user::User;
use super::Action;

/// A line that is to be written. Who acts, from where and for which request is added as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub action: Action,
    /// Why nothing came of it; None where it was done.
    pub refusal: Option<String>,
    pub user_id: Option<String>,
    /// The address by which the user is known, where nobody has looked for them yet. It is not written down.
    pub(super) address: Option<String>,
    pub session_id: Option<String>,
    /// Who holds the session that it is about, and the admin who really does.
    pub(super) holder: Option<(String, Option<String>)>,
    pub details: Map<String, Json>,
}

impl Line {
    pub fn new(action: Action) -> Self {
        Self {
            action,
            refusal: None,
            user_id: None,
            address: None,
            session_id: None,
            holder: None,
            details: Map::new(),
        }
    }

    /// Something that was refused, and why. The reason is a code; what is none comes from elsewhere and is not repeated.
    pub fn refused(action: Action, reason: &str) -> Self {
        debug_assert!(action.can_be_refused(), "{action:?} is not looked for among failures");
        let is_code = (1..=64).contains(&reason.len())
            && reason.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        let refusal = Some(if is_code { reason } else { "other" }.to_owned());
        Self { refusal, ..Self::new(action) }
    }

    /// About a user.
    pub fn user(self, id: &str) -> Self {
        Self { user_id: Some(id.to_owned()), ..self }
    }

    /// About whoever has an address, if anybody has.
    pub fn whoever_has(self, address: &str) -> Self {
        Self { address: Some(address.to_owned()), ..self }
    }

    /// About a session, by its id.
    pub fn session(self, id: &str) -> Self {
        Self { session_id: Some(id.to_owned()), ..self }
    }

    /// About a user's account at a provider.
    pub(in crate::store) fn account(action: Action, row: &Account) -> Self {
        let line = Self::new(action).user(&row.user_id);
        line.with("providerId", row.provider_id.as_str()).with("account", row.id.as_str())
    }

    /// With something more to know.
    pub fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

/// The lines of a notice.
pub fn lines(notice: &Notice) -> Vec<Line> {
    let of = |action: Action, user: &User| Line::new(action).user(&user.id);
    match notice {
        Notice::UserCreated(user) => {
            let line = of(Action::UserCreated, user);
            vec![match user.more.get("role").filter(|role| !role.is_null()) {
                Some(role) => line.with("role", role.clone()),
                None => line,
            }]
        }
        Notice::UserUpdated { before, user } => changes(before, user),
        Notice::UserDeleted(user) => vec![of(Action::UserDeleted, user)],
        Notice::EmailVerified(user) => vec![of(Action::EmailVerified, user)],
        Notice::PasswordChanged(user) => vec![of(Action::PasswordChanged, user)],
        Notice::AccountLinked(row) => vec![Line::account(Action::AccountLinked, row)],
        Notice::AccountUnlinked(row) => vec![Line::account(Action::AccountUnlinked, row)],
        Notice::SessionCreated(row) => vec![session(row, [Action::SessionCreated, Action::ImpersonationStarted])],
        Notice::SessionRevoked(row) => vec![session(row, [Action::SessionRevoked, Action::ImpersonationStopped])],
        // It ended by itself, which nobody did.
        Notice::ExpiredSessionDeleted(_) => Vec::new(),
    }
}

fn session(row: &Session, [own, impersonation]: [Action; 2]) -> Line {
    let by = row.impersonated_by().and_then(Json::as_str).map(str::to_owned);
    let action = if by.is_some() { impersonation } else { own };
    let line = Line::new(action).user(&row.user_id).session(&row.id);
    Line { holder: Some((row.user_id.clone(), by)), ..line }
}

/// What became other on a user: an act that has a name of its own by that, all else by the names of the fields. Where nothing
/// did, nothing happened.
fn changes(before: &User, after: &User) -> Vec<Line> {
    let (was, is) = (fields(before), fields(after));
    let mut changed: Vec<&str> = is.keys().map(String::as_str).filter(|name| was.get(*name) != is.get(*name)).collect();
    let mut lines = Vec::new();
    let mut take = |names: &[&str]| {
        let count = changed.len();
        changed.retain(|name| !names.contains(name));
        changed.len() < count
    };
    if take(&["role"]) {
        let line = Line::new(Action::RoleChanged);
        lines.push(line.with("before", field(&was, "role")).with("after", field(&is, "role")));
    }
    if take(&["banned", "banReason", "banExpires"]) {
        lines.extend(ban(&is).or_else(|| ban(&was).map(|_| Line::new(Action::UserUnbanned))));
    }
    if take(&["email"]) {
        lines.push(Line::new(Action::EmailChanged).with("verified", after.email_verified));
        take(&["emailVerified"]);
    }
    if after.email_verified {
        // That has a notice of its own.
        take(&["emailVerified"]);
    }
    if !changed.is_empty() {
        lines.push(Line::new(Action::UserUpdated).with("fields", json!(changed)));
    }
    lines.into_iter().map(|line| line.user(&after.id)).collect()
}

/// The ban that a user's fields speak of, if they do.
pub(super) fn ban(fields: &Map<String, Json>) -> Option<Line> {
    let is_banned = fields.get("banned") == Some(&Json::Bool(true));
    let of = |name: &str| field(fields, name);
    let line = || {
        let line = Line::new(Action::UserBanned).with("banReason", of("banReason"));
        line.with("banExpires", of("banExpires"))
    };
    is_banned.then(line)
}

fn field(fields: &Map<String, Json>, name: &str) -> Json {
    fields.get(name).cloned().unwrap_or_default()
}

fn fields(user: &User) -> Map<String, Json> {
    let core = [
        ("name", Json::from(user.name.as_str())),
        ("email", user.email.as_str().into()),
        ("emailVerified", user.email_verified.into()),
        ("image", user.image.as_deref().into()),
    ];
    let core = core.into_iter().map(|(name, value)| (name.to_owned(), value));
    core.chain(user.more.clone()).collect()
}
