use std::time::Duration;

use serde_json::json;

use super::{LISTENS, ask};
use crate::harness::Server;

#[actix_web::test]
async fn a_server_that_has_started_is_ready_and_says_so_part_by_part() {
    let server = Server::with(LISTENS).await;
    let answer = ask(&server, "GET", "/health/ready").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let ready = json!({ "ready": true });
    let parts = json!({ "database": ready, "keys": ready, "hashing": ready, "process": ready });
    assert_eq!(answer.json(), json!({ "ready": true, "parts": parts }));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn without_the_jwt_plugin_no_keys_are_asked_for() {
    let server = Server::with(&format!("{LISTENS}[plugins.jwt]\nenabled = false")).await;
    let answer = ask(&server, "GET", "/health/ready").await;
    assert_eq!((answer.status, answer.json()["parts"].get("keys")), (200, None));
}

#[actix_web::test]
async fn a_database_that_is_away_is_not_ready_but_alive() {
    let server = Server::with(LISTENS).await;
    server.store().close().await;
    let answer = ask(&server, "GET", "/health/ready").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    let parts = answer.json()["parts"].clone();
    assert_eq!(parts["database"], json!({ "ready": false, "reason": "the database is away" }));
    assert_eq!(parts["keys"], json!({ "ready": true }), "the keys are in memory");
    assert_eq!(ask(&server, "GET", "/health/live").await.status, 200);
}

#[actix_web::test]
async fn a_signing_key_that_the_secret_does_not_open_is_not_ready() {
    let server = Server::with(LISTENS).await;
    let stranger = server.replica(&format!("secret = \"another-secret-of-at-least-32-characters\"\n{LISTENS}")).await;
    let answer = ask(&stranger, "GET", "/health/ready").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    let json = answer.json();
    let reason = json["parts"]["keys"]["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("no key can sign: the configured secrets do not open "), "{reason}");
    assert_eq!(ask(&server, "GET", "/health/ready").await.status, 200, "the other replica has the secret");
}

#[actix_web::test]
async fn a_full_hashing_queue_is_not_ready_until_it_has_room() {
    let slow =
        "[email_and_password.password]\nthreads = 1\nqueue = 1\nmemory_kib = 65536\niterations = 20\nmax_wait = 30\n";
    let server = Server::with(&format!("{LISTENS}{slow}")).await;
    let passwords = &server.parts().house.passwords;
    let hash = || passwords.hash("a password".to_owned().into());
    // The second waits when the thread is at the first.
    let second = async {
        while passwords.queue().tally().waited.read().count == 0 {
            actix_web::rt::time::sleep(Duration::from_millis(1)).await;
        }
        hash().await
    };
    let hashes = futures_util::future::join(hash(), second);
    let asked = async {
        loop {
            let answer = ask(&server, "GET", "/health/ready").await;
            if answer.status == 503 {
                return answer.json()["parts"]["hashing"]["reason"].clone();
            }
        }
    };
    let (hashed, reason) = futures_util::future::join(hashes, asked).await;
    assert!(hashed.0.is_ok() && hashed.1.is_ok());
    assert_eq!(reason, "1 passwords wait to be hashed, and no more may");
    assert_eq!(ask(&server, "GET", "/health/ready").await.status, 200);
}
