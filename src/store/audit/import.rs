//! The lines of users who come by the thousand: of those alone whose rights or ways in are not what a new user has.

use super::super::account::Account;
use super::super::bulk::Incoming;
use super::super::notice::Notice;
use super::super::user::User;
use super::{Action, Line, line};

/// Of a new user: a role of its own, and a ban that comes along.
pub fn created(id: &str, user: &Incoming) -> Vec<Line> {
    let role = || Line::new(Action::UserCreated).with("role", user.more.get("role").cloned().unwrap_or_default());
    let lines = [user.has_own_role.then(role), line::ban(&user.more)];
    lines.into_iter().flatten().map(|line| line.user(id)).collect()
}

/// Of a user who was there already: what became other, if anything did, and what was linked.
pub fn updated(before: User, after: &User, has_new_password: bool, linked: Vec<Account>) -> Vec<Line> {
    let is_proved = after.email_verified && !before.email_verified;
    let mut notices = vec![Notice::UserUpdated { before: Box::new(before), user: after.clone() }];
    notices.extend(is_proved.then(|| Notice::EmailVerified(after.clone())));
    notices.extend(has_new_password.then(|| Notice::PasswordChanged(after.clone())));
    notices.extend(linked.into_iter().filter(|account| account.password.is_none()).map(Notice::AccountLinked));
    notices.iter().flat_map(line::lines).collect()
}
