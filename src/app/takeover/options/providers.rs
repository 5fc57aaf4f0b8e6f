//! Providers of the generic-oauth plugin. The loader keeps their whole list masked, so they are compared one by one.

use toml::{Table, Value};

use crate::app::takeover::{Level, Report, Topic};
use crate::oauth::spec::Spec;

/// The key with the list of them.
pub const LIST: &str = "plugins.generic_oauth.config";

/// Says which of their providers are not the same here. How many are not.
pub fn compare(theirs: &Value, ours: &[Spec], report: &mut Report) -> usize {
    let tables = theirs.as_array().into_iter().flatten().filter_map(Value::as_table);
    let found: Vec<String> = tables.filter_map(|table| difference(table, ours)).collect();
    let count = found.len();
    for text in found {
        report.add(Level::Bad, Topic::Options, "difference", text, None);
    }
    count
}

fn difference(theirs: &Table, ours: &[Spec]) -> Option<String> {
    let id = theirs.get("provider_id")?.as_str()?;
    let Some(here) = ours.iter().find(|spec| spec.id == id) else {
        return Some(format!("`{LIST}` has no provider {id:?} here: who signs in with it could not."));
    };
    let clients: Vec<&str> = match theirs.get("client_id") {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        one => one.and_then(Value::as_str).into_iter().collect(),
    };
    if here.client_ids != clients {
        let (here, there) = (here.client_ids.join(", "), clients.join(", "));
        return Some(format!(
            "The client id of {id:?} in `{LIST}` is {here} here and {there} at Better Auth: who signs in with it could not."
        ));
    }
    if theirs.contains_key("client_secret") && here.client_secret.is_none() {
        return Some(format!("{id:?} in `{LIST}` has no client secret here: who signs in with it could not."));
    }
    let rules = [
        ("disable_sign_up", here.sign_up.disabled, "anybody could sign up with it"),
        ("disable_implicit_sign_up", here.sign_up.only_on_request, "a sign-in would sign up who did not ask for it"),
        ("require_email_verification", here.sign_up.require_email_verification, "unverified addresses would be let in"),
    ];
    let is_on = |name: &str| theirs.get(name).and_then(Value::as_bool) == Some(true);
    let (name, _, why) = rules.into_iter().find(|(name, here, _)| is_on(name) && !here)?;
    Some(format!("`{name}` of {id:?} in `{LIST}` is off here and on at Better Auth: {why}."))
}
