//! What queries of the trail have in common: which lines, how many, from where on.

use serde_json::Value;

use crate::base::Timestamp;
use crate::http::form::Form;
use crate::store::audit::Action;
use crate::store::audit::reading::{Cursor, Filter};

/// Reads the parameters by which lines are chosen.
pub fn filter(form: &mut Form<'_>) -> Filter {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    Filter {
        actions: actions(form),
        succeeded: form.optional_word("outcome", &[("success", true), ("failure", false)]),
        user_id: given(form.optional_string("userId")),
        actor_id: given(form.optional_string("actorId")),
        ip_address: given(form.optional_string("ipAddress")),
        request_id: given(form.optional_string("requestId")),
        since: moment(form, "since"),
        until: moment(form, "until"),
    }
}

/// Reads `action`: names, or beginnings of names that end in a dot.
fn actions(form: &mut Form<'_>) -> Vec<Action> {
    let named: Vec<String> = match form.raw("action") {
        None => return Vec::new(),
        Some(Value::String(text)) if text.is_empty() => return Vec::new(),
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(value) => value.as_str().map(str::to_owned).into_iter().collect(),
    };
    let mut actions = Vec::new();
    for text in named {
        let meant = Action::named(&text);
        if meant.is_empty() {
            form.issue("action", "Invalid input: expected the name of an action, or how some begin, like `user.`");
            return Vec::new();
        }
        actions.extend(meant);
    }
    actions
}

/// A moment in ISO 8601.
pub fn moment(form: &mut Form<'_>, name: &str) -> Option<Timestamp> {
    let text = form.optional_string(name).filter(|text| !text.is_empty())?;
    let moment = Timestamp::parse(&text);
    if moment.is_none() {
        form.issue(name, "Invalid input: expected a moment like 2026-11-22T01:02:03Z");
    }
    moment
}

/// Reads `limit`.
pub fn limit(form: &mut Form<'_>, usual: i64, largest: i64) -> i64 {
    let Some(text) = form.optional_string("limit").filter(|text| !text.is_empty()) else { return usual };
    match plain(&text) {
        Some(limit) if (1..=largest).contains(&limit) => limit,
        _ => {
            form.issue("limit", format!("Invalid input: expected a number from 1 to {largest}"));
            usual
        }
    }
}

/// Reads `before`, which is the `next` of another page.
pub fn before(form: &mut Form<'_>) -> Option<Cursor> {
    let text = form.optional_string("before").filter(|text| !text.is_empty())?;
    let before = Cursor::parse(&text);
    if before.is_none() {
        form.issue("before", "Invalid input: expected the `next` of an earlier answer");
    }
    before
}

fn plain(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
