//! The audit trail: what is in it, and who may read it.

mod acts;
mod counts;
mod export;
mod incident;
mod killed;
mod list;
mod list_activity;
mod refusals;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signet::store::audit::reading::{Entry, Filter, Order};

use crate::harness::{Browser, Server, person};

const ADMINS: &str = "[plugins.admin]\nenabled = true\n";
/// What an operator gave out, and what the configuration has of it.
const TOKEN: &str = "an-admin-token-of-more-than-32-characters";
const TOKENS: &str =
    "[admin]\ntokens = [\"sha256:41184F62E7C452765FDC950E5226B877924414A94B6F7DDAA7CBB1CAC179A433\"]\n";

/// A program that holds the token: neither cookie nor origin.
fn operator(server: &Server) -> Browser<'_> {
    server.browser().without_origin().header("authorization", &format!("Bearer {TOKEN}"))
}

/// All lines, the oldest first.
async fn trail(server: &Server) -> Vec<Entry> {
    let lines = server.store().audit_lines(&Filter::default(), Order::Oldest { after: None }, 10_000).await;
    lines.unwrap_or_else(|error| panic!("{}", error.chain()))
}

/// What the lines say of these names, none of which holds a secret: `action outcome actor -> user: reason details`, but for the keys of the start.
async fn told(server: &Server, names: &BTreeMap<String, &str>) -> Vec<String> {
    let lines = trail(server).await;
    for line in &lines {
        server.secrets.assert_in_none(&line.shown().to_string());
    }
    lines.iter().filter(|line| line.actor_type != "system").map(|line| say(line, names)).collect()
}

fn say(line: &Entry, names: &BTreeMap<String, &str>) -> String {
    let name = |id: &Option<String>| {
        let id = id.as_deref().unwrap_or("nobody");
        names.get(id).map_or_else(|| id.to_owned(), |name| (*name).to_owned())
    };
    let actor = if line.actor_id.is_some() { name(&line.actor_id) } else { line.actor_type.clone() };
    let by = line.impersonated_by.as_ref().map(|by| format!(" by {}", name(&Some(by.clone()))));
    let reason = line.reason.as_ref().map(|reason| format!(" {reason}"));
    let details = (!line.details.is_empty()).then(|| format!(" {}", json!(line.details)));
    let rest: Vec<_> = [reason, details].into_iter().flatten().collect();
    format!("{} {actor}{} -> {}{}", line.action, by.unwrap_or_default(), name(&line.user_id), rest.concat())
}

/// The id of whoever is signed in.
async fn id(browser: &Browser<'_>) -> String {
    let session = browser.clone().get("/get-session").await.json();
    session["user"]["id"].as_str().expect("an id").to_owned()
}

/// Somebody who has signed up, and the id.
async fn member<'s>(server: &'s Server, name: &str) -> (Browser<'s>, String) {
    let browser = server.member(name).await;
    let id = id(&browser).await;
    (browser, id)
}

/// An admin who has signed up, and the id.
async fn admin<'s>(server: &'s Server, name: &str) -> (Browser<'s>, String) {
    let (browser, id) = member(server, name).await;
    server.sql("UPDATE {user} SET {user:role} = 'admin' WHERE {user.name} = $1", &[name.into()]).await;
    (browser, id)
}

async fn sign_in<'s>(server: &'s Server, name: &str, password: &str) -> (Browser<'s>, u16) {
    let mut browser = server.browser();
    let email = person(name)["email"].clone();
    let answer = browser.post("/sign-in/email", &json!({ "email": email, "password": password })).await;
    (browser, answer.status)
}

/// The actions of an answer's entries.
fn actions(answer: &Value) -> Vec<String> {
    let entries = answer["entries"].as_array().expect("entries");
    entries.iter().map(|entry| entry["action"].as_str().expect("a text").to_owned()).collect()
}
