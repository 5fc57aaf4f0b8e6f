//! Lines as answers show them.

use serde_json::{Value, json};

use crate::store::audit::reading::Entry;

/// What admins have written for each other.
const FOR_ADMINS: [&str; 1] = ["banReason"];

/// A line as the user sees it whom it is about. From where somebody else has acted is their affair.
pub fn activity(entry: &Entry) -> Value {
    let is_own = entry.actor_id == entry.user_id || entry.actor_type == "anonymous";
    let by_admin = is_by_admin(entry);
    let mut details = entry.details.clone();
    details.retain(|name, _| !FOR_ADMINS.contains(&name.as_str()));
    let own = |text: &Option<String>| text.clone().filter(|_| is_own && !by_admin);
    json!({
        "id": entry.id.to_string(),
        "at": entry.at,
        "action": entry.action,
        "outcome": entry.outcome(),
        "ipAddress": own(&entry.ip_address),
        "userAgent": own(&entry.user_agent),
        "sessionId": own(&entry.session_id),
        "byAdmin": by_admin,
        "details": details,
    })
}

/// Whether somebody has acted as an admin: in the user's place, with a token, on the command line, or, for another user,
/// through what only admins may do.
fn is_by_admin(entry: &Entry) -> bool {
    let is_for_admins = entry.route.as_deref().is_some_and(|route| route.starts_with("/admin/"));
    entry.impersonated_by.is_some()
        || match entry.actor_type.as_str() {
            "token" | "command" => true,
            "user" => is_for_admins && entry.actor_id != entry.user_id,
            _ => false,
        }
}

/// As many as were asked for of one more than that, and the `next` where there is one more.
pub fn page(mut entries: Vec<Entry>, limit: i64, show: impl Fn(&Entry) -> Value) -> Value {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|last| last.cursor().to_string());
    json!({ "entries": entries.iter().map(show).collect::<Vec<_>>(), "next": next })
}
