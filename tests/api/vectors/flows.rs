//! `verification-flows.json`: links that Better Auth has mailed, with the rows that it keeps of them.

use serde_json::{Value, json};
use signet::base::Timestamp;
use signet::crypto::digest;
use signet::crypto::{CookieSigner, Sealer};
use signet::store::values;

use super::{SECRET, secrets, server, session, text, zoe};
use crate::harness::Server;

/// Both ways to keep identifiers.
pub const KEPT: [&str; 2] = ["plain", "hashed"];
/// When the flows had just begun, in milliseconds.
pub const BEGUN: i64 = 1_795_174_200_000;

pub fn flows() -> Value {
    let flows: Value = serde_json::from_str(include_str!("../../vectors/verification-flows.json")).unwrap();
    assert_eq!(flows["secret"], SECRET);
    flows
}

/// The flows that were begun with identifiers kept like this.
pub fn begun(kept: &str) -> Value {
    flows()[format!("storeIdentifier={kept}")].take()
}

/// Whose flows they are.
pub fn owner(flows: &Value) -> String {
    text(flows, "/request-password-reset/rows/0/value").to_owned()
}

/// A server with all the rows that these flows have left; what more it is configured with.
pub async fn taken_over(kept: &str, more: &str) -> (Server, Value) {
    let flows = begun(kept);
    let server = server(BEGUN, &format!("verification.store_identifier = \"{kept}\"\n{more}")).await;
    zoe(&server, &owner(&flows)).await;
    let insert = "INSERT INTO {verification} ({verification:id}, {verification:identifier}, {verification:value}, \
                  {verification:expiresAt}, {verification:createdAt}, {verification:updatedAt}) \
                  VALUES ($1, $2, $3, $4, $5, $5)";
    for row in rows(&flows) {
        let lives = ["hours", "minutes"].map(|unit| row["ttl"][unit].as_i64().unwrap_or_default());
        let ends = Timestamp::from_millis(BEGUN).plus_seconds(lives[0] * 3600 + lives[1] * 60 + 1);
        let identifier = text(row, "/identifier");
        let values = values![identifier, identifier, text(row, "/value"), ends, server.now()];
        assert_eq!(server.sql(insert, &values).await, 1);
    }
    (server, flows)
}

fn rows(flows: &Value) -> impl Iterator<Item = &Value> {
    flows.as_object().unwrap().values().filter_map(|flow| flow["rows"].as_array()).flatten()
}

async fn rows_left(server: &Server) -> i64 {
    server.count("verification").await
}

#[actix_web::test]
async fn the_address_of_somebody_who_was_mailed_a_link_is_verified_and_changed() {
    for kept in KEPT {
        let (server, flows) = taken_over(kept, "user.change_email.enabled = true").await;
        let mut zoe = server.browser();
        zoe.jar.insert("better-auth.session_token".into(), session(&server, &owner(&flows), "a-token").await);
        for (flow, email) in [("send-verification-email", "zoe@example.com"), ("change-email", "new@example.com")] {
            let token = text(&flows[flow], "/sent/0/token");
            let answer = server.browser().get(&format!("/verify-email?token={token}x")).await;
            assert_eq!((answer.status, answer.code().as_deref()), (401, Some("INVALID_TOKEN")), "{kept}: {flow}");
            assert_eq!(zoe.get(&format!("/verify-email?token={token}")).await.status, 200, "{kept}: {flow}");
            let user = zoe.get("/get-session").await.json()["user"].clone();
            assert_eq!((&user["email"], &user["emailVerified"]), (&json!(email), &json!(true)), "{kept}: {flow}");
        }
    }
}

#[actix_web::test]
async fn a_password_is_set_by_the_link_that_was_mailed_and_once() {
    for kept in KEPT {
        let (server, flows) = taken_over(kept, "").await;
        let (token, before) = (text(&flows, "/request-password-reset/sent/0/token"), rows_left(&server).await);
        let answer = server.browser().get(&format!("/reset-password/{token}?callbackURL=%2Freset")).await;
        let page = format!("http://localhost:3000/reset?token={token}");
        assert_eq!((answer.status, answer.header("location")), (302, Some(page.as_str())), "{kept}");
        let body = json!({ "newPassword": "a new password", "token": token });
        assert_eq!(server.browser().post("/reset-password", &body).await.status, 200, "{kept}");
        assert_eq!(server.browser().post("/reset-password", &body).await.status, 400, "{kept}: it is spent");
        assert_eq!(rows_left(&server).await, before - 1, "{kept}: the other flows are left alone");
        let credentials = json!({ "email": "zoe@example.com", "password": "a new password" });
        assert_eq!(server.browser().post("/sign-in/email", &credentials).await.status, 200, "{kept}");
    }
}

#[actix_web::test]
async fn an_account_is_deleted_by_the_link_that_was_mailed() {
    for kept in KEPT {
        let (server, flows) = taken_over(kept, "user.delete_user.enabled = true").await;
        let mut zoe = server.browser();
        zoe.jar.insert("better-auth.session_token".into(), session(&server, &owner(&flows), "a-token").await);
        let token = text(&flows, "/delete-user/sent/0/token");
        let link = |token: &str| format!("/delete-user/callback?token={token}&callbackURL=%2Fbye");
        assert_eq!(zoe.get(&link("another")).await.status, 404, "{kept}");
        let answer = zoe.get(&link(token)).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some("/bye")), "{kept}");
        assert_eq!(server.count("user").await, 0, "{kept}");
    }
}

/// Those of plugins that are not here too.
#[test]
fn every_identifier_that_is_hashed_is_the_digest_of_the_plain_one() {
    let (plain, hashed) = (begun("plain"), begun("hashed"));
    let mut seen = 0;
    for (flow, case) in hashed.as_object().unwrap() {
        let Some(row) = case["rows"].get(0) else { continue };
        let named = text(&plain[flow], "/rows/0/identifier");
        // What names the flow's own row: the token that was sent or answered, the state in the URL, or an address.
        let own = |flows: &Value| {
            let answer: Value = serde_json::from_str(text(flows, "/response")).unwrap();
            let url = answer["url"].as_str().and_then(|url| url::Url::parse(url).ok());
            let state = url.and_then(|url| url.query_pairs().find(|(name, _)| name == "state").map(|(_, s)| s.into()));
            let sent = flows.pointer("/sent/0/token").or_else(|| answer.get("token"));
            state.or_else(|| sent.and_then(Value::as_str).map(str::to_owned)).unwrap_or_default()
        };
        let identifier = match own(&plain[flow]) {
            token if token.is_empty() => named.to_owned(),
            token => named.replace(&token, &own(case)),
        };
        assert_eq!(digest::base64url(&identifier), text(row, "/identifier"), "{flow}");
        seen += 1;
    }
    assert_eq!(seen, 10);
}

#[test]
fn every_cookie_of_a_flow_is_signed_as_ours_are() {
    let (signer, mut seen) = (CookieSigner::new(&secrets()), 0);
    for flows in KEPT.map(begun) {
        let set = flows.as_object().unwrap().values().filter_map(|flow| flow["setCookie"].as_array()).flatten();
        for line in set.map(|line| line.as_str().unwrap()).filter(|line| !line.contains("Max-Age=0")) {
            let value = line.split_once('=').unwrap().1.split(';').next().unwrap();
            let opened = signer.open(value).unwrap_or_else(|| panic!("{line}"));
            assert!(value.starts_with(opened.as_str()) && signer.open(&value.replacen('.', "x.", 1)).is_none());
            seen += 1;
        }
    }
    assert_eq!(seen, 5);
}

#[test]
fn the_second_factor_of_a_user_can_be_opened() {
    let (flows, sealer) = (begun("plain"), Sealer::new(&secrets()));
    let case = &flows["two-factor enable"];
    for (sealed, opened) in [("/row/secret", "/secret_decrypted"), ("/row/backupCodes", "/backup_decrypted")] {
        assert_eq!(sealer.open(text(case, sealed)).unwrap().as_str(), text(case, opened));
    }
}
