//! A server that is killed, again and again, under load.

use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use crate::harness::database::Database;
use crate::harness::person;
use crate::harness::process::{Process, send, signet};

/// What clients were told before the server died, and what they were told nothing about.
#[derive(Default)]
struct Told {
    /// The cookies of sessions.
    sessions: Vec<(String, String)>,
    /// Who signed up and got no answer.
    unanswered: Vec<String>,
    /// The keys that were said to be published.
    kids: Vec<String>,
}

/// Signs people up one after the other until the server is gone.
async fn sign_up(address: SocketAddr, name: String) -> Told {
    let mut told = Told::default();
    for number in 0.. {
        let name = format!("{name}n{number}");
        match send(address, "POST", "/sign-up/email", "", Some(&person(&name))).await {
            Some(sent) => {
                assert_eq!(sent.status, 200, "{:?}", sent.body);
                told.sessions.push((name, sent.cookie.expect("a session")));
            }
            None => {
                told.unanswered.push(name);
                break;
            }
        }
    }
    told
}

/// Serves, lets clients sign up and a key rotate, and kills both processes.
async fn round(number: u64, database_url: &str) -> Told {
    let mut server = Process::serve(database_url).await;
    let folder = TempDir::new().expect("a folder");
    let mut rotation = signet(&folder, database_url, &["keys", "rotate"]);
    let rotation = rotation.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut rotation = rotation.expect("it starts");
    let clients: Vec<_> =
        (0..3).map(|client| actix_web::rt::spawn(sign_up(server.address, format!("r{number}c{client}")))).collect();
    tokio::time::sleep(Duration::from_millis(60 + 17 * number)).await;
    server.kill();
    rotation.kill().expect("it can be killed");
    rotation.wait().expect("it has ended");

    let mut told = Told::default();
    for client in clients {
        let more = client.await.expect("a client never fails");
        told.sessions.extend(more.sessions);
        told.unanswered.extend(more.unanswered);
    }
    let mut said = String::new();
    rotation.stdout.take().expect("it is piped").read_to_string(&mut said).expect("text");
    let kid = said.strip_prefix("Published ").and_then(|rest| rest.split_once(". ")).map(|(kid, _)| kid.to_owned());
    told.kids.extend(kid);
    told
}

#[actix_web::test]
async fn t84_and_t83_nothing_acknowledged_is_lost_to_twenty_kills_and_nothing_is_left_half_done() {
    let database = Database::fresh().await;
    let mut told = Told::default();
    for number in 0..20 {
        let more = round(number, &database.url).await;
        told.sessions.extend(more.sessions);
        told.unanswered.extend(more.unanswered);
        told.kids.extend(more.kids);
    }
    assert!(told.sessions.len() > 20 && !told.kids.is_empty(), "it was under load");

    let server = Process::serve(&database.url).await;
    for (name, cookie) in &told.sessions {
        let session = server.send("GET", "/get-session", cookie, None).await.expect("an answer");
        assert_eq!(session.body["user"]["email"], format!("{name}@example.com"));
    }
    let jwks = server.send("GET", "/jwks", "", None).await.expect("an answer").body;
    let published: Vec<&Value> = jwks["keys"].as_array().expect("keys").iter().map(|key| &key["kid"]).collect();
    for kid in &told.kids {
        assert!(published.iter().any(|published| *published == kid), "the key {kid} is lost");
    }
    for name in &told.unanswered {
        // Whoever was not answered is there whole, or not at all.
        let again = server.send("POST", "/sign-up/email", "", Some(&person(name))).await.expect("an answer");
        if again.status != 200 {
            assert_eq!(again.status, 422, "{}", again.body);
            let signed_in = server.send("POST", "/sign-in/email", "", Some(&person(name))).await.expect("an answer");
            assert_eq!(signed_in.status, 200, "{name}: {}", signed_in.body);
        }
    }
    if let Some(file) = database.url.strip_prefix("sqlite:") {
        let mut connection = SqliteConnection::connect(file).await.expect("it opens");
        let verdict: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.expect("a verdict");
        assert_eq!(verdict, "ok");
    }
}
