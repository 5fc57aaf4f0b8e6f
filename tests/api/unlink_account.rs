//! POST /unlink-account.

use serde_json::{Value, json};
use signet::store::NewAccount;

use crate::harness::{Browser, Server, person};

const PATH: &str = "/unlink-account";

/// Gives a user a second way to sign in; the ids of the first and of the second.
async fn with_second(server: &Server, browser: &mut Browser<'_>) -> (String, String) {
    let user = browser.get("/get-session").await.json()["user"]["id"].as_str().unwrap().to_owned();
    let account = NewAccount { provider_id: "github".into(), account_id: Some("900".into()), ..NewAccount::default() };
    assert!(server.store().create_account(&user, account).await.unwrap());
    let listed = browser.get("/list-accounts").await.json();
    let id = |provider: &str| {
        let accounts = listed.as_array().unwrap();
        let account = accounts.iter().find(|account| account["providerId"] == provider).unwrap();
        account["id"].as_str().unwrap().to_owned()
    };
    (id("credential"), id("github"))
}

async fn unlink(browser: &mut Browser<'_>, id: impl Into<Value>) -> (u16, String) {
    let answer = browser.post(PATH, &json!({ "accountId": id.into() })).await;
    (answer.status, answer.text())
}

#[actix_web::test]
async fn a_way_in_is_taken_away_by_its_rows_id_but_never_the_last_one() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let (first, second) = with_second(&server, &mut ada).await;
    let unknown = (400, r#"{"message":"Account not found","code":"ACCOUNT_NOT_FOUND"}"#.to_owned());
    for wrong in ["900", "github", "unknown", ""] {
        assert_eq!(unlink(&mut ada, wrong).await, unknown, "{wrong:?}");
    }
    assert_eq!(unlink(&mut ada, second).await, (200, r#"{"status":true}"#.to_owned()));
    for id in [first.as_str(), "unknown"] {
        let last = r#"{"message":"You can't unlink your last account","code":"FAILED_TO_UNLINK_LAST_ACCOUNT"}"#;
        assert_eq!(unlink(&mut ada, id).await, (400, last.to_owned()));
    }
    assert_eq!(server.count("account").await, 1);
}

#[actix_web::test]
async fn t31_the_account_of_another_cannot_be_taken_away() {
    let server = Server::start().await;
    let (mut ada, mut mallory) = (server.member("Ada").await, server.member("Mallory").await);
    let (first, second) = with_second(&server, &mut ada).await;
    with_second(&server, &mut mallory).await;
    for id in [first, second] {
        let (status, text) = unlink(&mut mallory, id).await;
        assert_eq!((status, text.contains("ACCOUNT_NOT_FOUND")), (400, true));
    }
    assert_eq!(server.count("account").await, 4);
}

#[actix_web::test]
async fn t33_it_wants_a_fresh_session() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let (_, second) = with_second(&server, &mut ada).await;
    server.wait(86_400);
    let stale = (403, r#"{"message":"Session is not fresh","code":"SESSION_NOT_FRESH"}"#.to_owned());
    assert_eq!(unlink(&mut ada, second.as_str()).await, stale);
    assert_eq!(server.count("account").await, 2);
    ada.post("/sign-in/email", &person("Ada")).await;
    assert_eq!(unlink(&mut ada, second).await.0, 200);
}

#[actix_web::test]
async fn t83_of_two_that_are_taken_away_at_once_one_stays() {
    let server = Server::start().await;
    for round in 0..10 {
        let mut ada = server.member(&format!("Ada{round}")).await;
        let (first, second) = with_second(&server, &mut ada).await;
        let (mut one, mut other) = (ada.clone(), ada.clone());
        futures_util::future::join(unlink(&mut one, first), unlink(&mut other, second)).await;
        assert_eq!(ada.get("/list-accounts").await.json().as_array().unwrap().len(), 1, "in round {round}");
    }
}

#[actix_web::test]
async fn nobody_is_refused_and_the_older_body_does_not_fit() {
    let server = Server::start().await;
    assert_eq!(
        unlink(&mut server.browser(), "x").await,
        (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#.to_owned())
    );
    let answer = server.browser().post(PATH, &json!({ "providerId": "github" })).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        r#"{"message":"[body.accountId] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#
    );
}
