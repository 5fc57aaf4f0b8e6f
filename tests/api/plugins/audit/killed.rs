//! A server that is killed while it works: never an act without its line, nor a line without its act.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use signet::base::Random;
use signet::store::audit::reading::Entry;

use super::{ADMINS, TOKENS, admin, trail};
use crate::harness::database::Database;
use crate::harness::process::{Process, send};
use crate::harness::{Server, person};

const ROUNDS: usize = 5;
const CLIENTS: usize = 4;

/// Works until nobody answers any more, and counts the answers.
async fn work(address: SocketAddr, client: String, admin: &str, answered: &Cell<usize>) {
    for turn in 0.. {
        let name = format!("{client}x{turn}");
        let Some(up) = send(address, "POST", "/sign-up/email", "", Some(&person(&name))).await else { break };
        let (cookie, user) = (up.cookie.unwrap_or_default(), up.body["user"]["id"].clone());
        let again = send(address, "POST", "/sign-in/email", "", Some(&person(&name))).await;
        let act = match turn % 3 {
            0 => send(address, "POST", "/sign-out", &cookie, Some(&json!({}))).await,
            1 => send(address, "POST", "/admin/ban-user", admin, Some(&json!({ "userId": user }))).await,
            _ => {
                send(address, "POST", "/admin/jwks/rotate", admin, Some(&json!({ "immediately": turn % 2 == 0 }))).await
            }
        };
        let wrong = json!({"email": format!("{name}@example.com"), "password": "wrong"});
        let refused = send(address, "POST", "/sign-in/email", "", Some(&wrong)).await;
        answered.set(answered.get() + 1 + [act, refused, again].iter().flatten().count());
    }
}

fn ids(lines: &[Entry], actions: &[&str], id: impl Fn(&Entry) -> Option<String>) -> BTreeSet<String> {
    let of = lines.iter().filter(|line| actions.contains(&line.action.as_str()));
    let ids: Vec<_> = of.map(|line| id(line).expect("the line says whose it is")).collect();
    let set: BTreeSet<_> = ids.iter().cloned().collect();
    assert_eq!(set.len(), ids.len(), "{actions:?}: one line for each");
    set
}

#[actix_web::test]
async fn t89_a_server_that_is_killed_leaves_no_act_without_its_line_and_no_line_without_its_act() {
    let database = Database::fresh().await;
    let watcher = Server::on(database.share(), &format!("{TOKENS}{ADMINS}")).await;
    let (ada, _) = admin(&watcher, "Ada").await;
    let admin = ada.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let environment = [("SIGNET__PLUGINS__ADMIN__ENABLED", "true"), ("SIGNET__RATE_LIMIT__ENABLED", "false")];
    for round in 0..ROUNDS {
        let mut server = Process::serve_with(&database.url, &environment).await;
        let (address, answered) = (server.address, Cell::new(0));
        let clients = (0..CLIENTS).map(|client| work(address, format!("r{round}c{client}"), &admin, &answered));
        let [turns, moment] = Random::system().bytes::<2>().map(u64::from);
        let kill = async {
            // By answers, not by the time: a machine may be slow.
            while answered.get() < 20 + turns as usize % 20 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_millis(moment % 32)).await;
            server.kill();
        };
        futures_util::future::join(join_all(clients), kill).await;
    }

    let lines = trail(&watcher).await;
    let column = async |template: &str, name: &str| -> BTreeSet<String> {
        let rows = watcher.rows(template, &[]).await;
        rows.iter().map(|row| row.text(name).expect("a text")).collect()
    };
    let users = column("SELECT {user.*} FROM {user}", "user.id").await;
    assert_eq!(ids(&lines, &["user.created"], |line| line.user_id.clone()), users);

    let sessions = column("SELECT {session.*} FROM {session}", "session.id").await;
    let opened = ids(&lines, &["session.created"], |line| line.session_id.clone());
    let ended = ids(&lines, &["session.revoked"], |line| line.session_id.clone());
    assert_eq!(opened.difference(&ended).cloned().collect::<BTreeSet<_>>(), sessions);
    assert!(ended.is_subset(&opened) && !ended.is_empty());

    let banned = column("SELECT {user.*} FROM {user} WHERE {user.banned} = TRUE", "user.id").await;
    assert_eq!(ids(&lines, &["user.banned"], |line| line.user_id.clone()), banned);
    assert!(!banned.is_empty());

    let mut keys = column("SELECT {jwks.*} FROM {jwks}", "jwks.id").await;
    keys.extend(column("SELECT {signet_key.*} FROM {signet_key}", "signet_key.id").await);
    let kid = |line: &Entry| line.details["kid"].as_str().map(str::to_owned);
    let made = ids(&lines, &["key.created", "key.rotated"], kid);
    assert_eq!(made, keys);
    assert!(lines.iter().any(|line| line.action == "key.rotated"));

    // Of one request all lines are there: a ban has one for each session that it ended.
    let mut requests: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.route.as_deref() == Some("/admin/ban-user")) {
        requests.entry(line.request_id.clone()).or_default().push(&line.action);
    }
    for (request, actions) in requests {
        assert_eq!(actions.first(), Some(&"user.banned"), "{request:?}");
        assert!(actions[1..].iter().all(|action| *action == "session.revoked"));
    }
}
