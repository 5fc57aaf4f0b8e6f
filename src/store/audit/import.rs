//! The lines of users who come by the thousand: of those alone whose rights or ways in are not what a new user has.

use serde_json::Value as Json;

use super::super::account::Account;
use super::super::notice::Notice;
use super::super::user::User;
use super::{Action, Line, line};

/// Of a new user with a role of its own.
pub fn created(id: &str, role: Option<&Json>) -> Line {
    Line::new(Action::UserCreated).user(id).with("role", role.cloned().unwrap_or_default())
}

/// Of a user who was there already: what became other, if anything did, and what was linked.
pub fn updated(before: User, after: &User, has_new_password: bool, linked: Vec<Account>) -> Vec<Line> {
    let is_proved = after.email_verified && !before.email_verified;
    let mut notices = vec![Notice::UserUpdated { before: Box::new(before), user: after.clone() }];
    notices.extend(is_proved.then(|| Notice::EmailVerified(after.clone())));
    notices.extend(has_new_password.then(|| Notice::PasswordChanged(after.clone())));
    notices.extend(linked.into_iter().filter(|account| account.password.is_none()).map(Notice::AccountLinked));
    let says_nothing = |line: &Line| {
        line.action == Action::UserUpdated
            && line.details.get("fields").and_then(Json::as_array).is_none_or(Vec::is_empty)
    };
    notices.iter().flat_map(line::lines).filter(|line| !says_nothing(line)).collect()
}
