//! Beside a Better Auth, which believes secondary storage before the database: its copies of sessions and its lists of
//! each user's are kept as it keeps them itself.

use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use signet::base::Timestamp;
use signet::store::Value;

use crate::harness::redis::Redis;
use crate::harness::{Browser, Server};

const BESIDE: &str = "[secondary_storage]\nurl = \"memory\"\n[side_by_side]\nbetter_auth = \"1.7.7\"\n";
const PASSWORD: &str = "correct horse Ada";

async fn kept(server: &Server, key: &str) -> Option<String> {
    server.store().kv().expect("a storage").get(key).await.expect("it is there")
}

/// What the other server believes of a session. Nothing, or the empty text, is none.
async fn copy(server: &Server, token: &str) -> Option<Json> {
    let text = kept(server, token).await.filter(|text| !text.is_empty())?;
    Some(serde_json::from_str(&text).expect("JSON"))
}

/// The sessions that the other server lists.
async fn listed(server: &Server, user_id: &str) -> Vec<(String, i64)> {
    let text = kept(server, &format!("active-sessions-{user_id}")).await.unwrap_or_else(|| "[]".to_owned());
    let list: Vec<Json> = serde_json::from_str(&text).expect("a list");
    let mut live = Vec::new();
    for entry in list {
        let (token, ends) = (entry["token"].as_str().expect("a token"), entry["expiresAt"].as_i64().expect("a moment"));
        if copy(server, token).await.is_some() {
            live.push((token.to_owned(), ends));
        }
    }
    live
}

fn token(browser: &Browser<'_>) -> String {
    let cookie = browser.jar.get("better-auth.session_token").expect("a session");
    cookie.split('.').next().expect("a token").to_owned()
}

async fn sign_in(server: &Server) -> Browser<'_> {
    let mut browser = server.browser();
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let answer = browser.post("/sign-in/email", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    browser
}

#[actix_web::test]
async fn a_session_is_there_for_the_other_server_as_soon_as_it_is_made_and_for_as_long_as_it_lives() {
    let server = Server::with(BESIDE).await;
    let first = server.member("Ada").await;
    let second = sign_in(&server).await;
    let seen = copy(&server, &token(&first)).await.expect("a copy");
    let user_id = seen["user"]["id"].as_str().expect("an id").to_owned();
    assert_eq!((&seen["session"]["token"], &seen["session"]["userId"]), (&json!(token(&first)), &json!(user_id)));
    assert_eq!(seen["user"]["email"], "ada@example.com");
    let list = listed(&server, &user_id).await;
    for browser in [&first, &second] {
        let ends = copy(&server, &token(browser)).await.expect("a copy")["session"]["expiresAt"].clone();
        let ends = Timestamp::parse(ends.as_str().expect("a moment")).expect("a moment").millis();
        assert!(list.contains(&(token(browser), ends)), "{list:?}");
    }
}

#[actix_web::test]
async fn what_changes_a_user_or_a_session_changes_the_copies() {
    let server = Server::with(BESIDE).await;
    let mut first = server.member("Ada").await;
    let second = sign_in(&server).await;
    assert_eq!(first.post("/update-user", &json!({"name": "Ada Lovelace"})).await.status, 200);
    for browser in [&first, &second] {
        let seen = copy(&server, &token(browser)).await.expect("a copy");
        assert_eq!(seen["user"]["name"], "Ada Lovelace");
    }
}

#[actix_web::test]
async fn t28_a_session_that_ends_ends_for_the_other_server_too() {
    let server = Server::with(BESIDE).await;
    let mut first = server.member("Ada").await;
    let (mut second, third) = (sign_in(&server).await, sign_in(&server).await);
    let user_id =
        copy(&server, &token(&first)).await.expect("a copy")["user"]["id"].as_str().expect("an id").to_owned();
    let [one, two, three] = [&first, &second, &third].map(token);
    assert_eq!(first.post("/sign-out", &json!({})).await.status, 200);
    assert_eq!(copy(&server, &one).await, None);
    let changed = json!({"currentPassword": PASSWORD, "newPassword": "another horse", "revokeOtherSessions": true});
    assert_eq!(second.post("/change-password", &changed).await.status, 200);
    let four = token(&second);
    assert_eq!((copy(&server, &two).await, copy(&server, &three).await), (None, None));
    let tokens: Vec<String> = listed(&server, &user_id).await.into_iter().map(|(token, _)| token).collect();
    assert_eq!(tokens, [four]);
}

#[actix_web::test]
async fn what_the_other_server_left_there_is_not_believed() {
    let server = Server::with(BESIDE).await;
    let ada = server.member("Ada").await;
    let mut seen = copy(&server, &token(&ada)).await.expect("a copy");
    seen["user"]["name"] = json!("Mallory");
    let kv = server.store().kv().expect("a storage");
    kv.put(&token(&ada), &seen.to_string(), 600).await.expect("it is there");
    let mut ada = ada;
    assert_eq!(ada.get("/get-session").await.json()["user"]["name"], "Ada");
}

fn beside(redis: &Redis) -> String {
    BESIDE.replace("memory", &redis.url())
}

/// Sessions of a user that the storage knows nothing of; their tokens.
async fn put_sessions(server: &Server, user_id: &str, count: usize) -> Vec<String> {
    let (now, store) = (server.store().clock().now(), server.store());
    let user_id = store.layout().id("user", user_id).expect("an id");
    let mut tokens = Vec::new();
    for nth in 0..count {
        let id = store.new_id("session").unwrap_or_default();
        let token = format!("{nth:0>32}");
        let put = "INSERT INTO {session} ({session:id}, {session:token}, {session:userId}, {session:expiresAt}, \
            {session:createdAt}, {session:updatedAt}, {session:ipAddress}, {session:userAgent}) \
            VALUES ($1, $2, $3, $4, $5, $6, '', '')";
        let values: [Value; 6] =
            [id.into(), token.clone().into(), user_id.clone(), now.plus_seconds(6000).into(), now.into(), now.into()];
        server.sql(put, &values).await;
        tokens.push(token);
    }
    tokens
}

#[actix_web::test]
async fn all_sessions_of_a_changed_user_are_copied_and_listed() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let server = Server::with(&beside(&redis)).await;
    let mut ada = server.member("Ada").await;
    let user_id = copy(&server, &token(&ada)).await.expect("a copy")["user"]["id"].as_str().expect("an id").to_owned();
    let mut tokens = put_sessions(&server, &user_id, 300).await;
    tokens.push(token(&ada));
    assert_eq!(redis.say("FLUSHALL"), "OK");
    assert_eq!(ada.post("/update-user", &json!({"name": "Ada Lovelace"})).await.status, 200);
    for token in &tokens {
        assert_eq!(copy(&server, token).await.expect("a copy")["user"]["name"], "Ada Lovelace");
    }
    let mut listed: Vec<String> = listed(&server, &user_id).await.into_iter().map(|(token, _)| token).collect();
    listed.sort();
    tokens.sort();
    assert_eq!(listed, tokens);
}

#[actix_web::test]
async fn of_sign_ins_at_once_each_is_listed() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let server = Server::with(&beside(&redis)).await;
    let ada = server.member("Ada").await;
    let user_id = copy(&server, &token(&ada)).await.expect("a copy")["user"]["id"].as_str().expect("an id").to_owned();
    let others = join_all((0..12).map(|_| sign_in(&server))).await;
    let mut tokens: Vec<String> = others.iter().chain([&ada]).map(token).collect();
    let mut listed: Vec<String> = listed(&server, &user_id).await.into_iter().map(|(token, _)| token).collect();
    listed.sort();
    tokens.sort();
    assert_eq!(listed, tokens);
}
