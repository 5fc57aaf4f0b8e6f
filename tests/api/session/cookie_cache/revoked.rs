//! T28, T30: what a cache still allows once the database says no, and for how long.

use serde_json::json;

use super::{STRATEGIES, caching, caching_with_tokens};
use crate::get_session::who;
use crate::harness::{Browser, Server, person};

/// How long an ended session is good for reading, at most.
const AGE: u64 = 300;

#[actix_web::test]
async fn t28_however_a_session_ends_its_cache_is_over_within_its_age_on_every_replica() {
    for strategy in STRATEGIES {
        for ending in ["sign-out", "revoke", "revoke others", "revoke all", "new password", "deleted user"] {
            let toml =
                format!("{}[user.delete_user]\nenabled = true\n", caching(&format!("strategy = \"{strategy}\"")));
            let server = Server::with(&toml).await;
            let replica = server.replica(&toml).await;
            let mut ada = server.member("Ada").await;
            let kept = ada.clone();
            let mut other = server.browser();
            other.post("/sign-in/email", &person("Ada")).await;
            let token = ada.get("/get-session").await.json()["session"]["token"].clone();
            let change = json!({ "currentPassword": "correct horse Ada", "newPassword": "another horse", "revokeOtherSessions": true });
            let answer = match ending {
                "sign-out" => ada.post("/sign-out", &json!({})).await,
                "revoke" => other.post("/revoke-session", &json!({ "token": token })).await,
                "revoke others" => other.post("/revoke-other-sessions", &json!({})).await,
                "revoke all" => other.post("/revoke-sessions", &json!({})).await,
                "new password" => other.post("/change-password", &change).await,
                _ => other.post("/delete-user", &json!({ "password": "correct horse Ada" })).await,
            };
            assert_eq!(answer.status, 200, "{ending}");
            for server in [&server, &replica] {
                let mut thief = kept.at(server);
                let sensitive = thief.clone().post("/verify-password", &json!({ "password": "x" })).await;
                assert_eq!(sensitive.status, 401, "{ending}: at once");
                server.wait(AGE);
                assert_eq!(who(&mut thief).await, None, "{strategy}, {ending}");
            }
        }
    }
}

/// Each keeps calling what it may call out of the cache, twice within its age.
async fn insist(server: &Server, mut browser: Browser<'_>, path: &str, body: &serde_json::Value) {
    for _ in 0..4 {
        server.wait(AGE / 2 - 1);
        browser.post(path, body).await;
    }
    assert_eq!(browser.get("/list-accounts").await.status, 401, "{path}");
}

#[actix_web::test]
async fn t28_an_ended_session_is_not_cached_anew_by_what_it_may_still_do() {
    let theme = "[session.additional_fields.theme]\ntype = \"string\"\nrequired = false\n";
    for strategy in STRATEGIES {
        for (path, body) in
            [("/update-user", json!({ "name": "Countess" })), ("/update-session", json!({ "theme": "dark" }))]
        {
            let server = Server::with(&format!("{}{theme}", caching(&format!("strategy = \"{strategy}\"")))).await;
            let ada = server.member("Ada").await;
            server.sql("DELETE FROM {session}", &[]).await;
            insist(&server, ada, path, &body).await;
        }
    }
}

#[actix_web::test]
async fn t30_a_change_of_the_user_elsewhere_shows_within_the_age_whatever_the_session_does() {
    let theme = "[session.additional_fields.theme]\ntype = \"string\"\nrequired = false\n";
    let server = Server::with(&format!("{}{theme}", caching(""))).await;
    let mut ada = server.member("Ada").await;
    server.sql("UPDATE {user} SET {user:name} = 'Countess'", &[]).await;
    for theme in ["a", "b"] {
        server.wait(AGE / 2 - 1);
        assert_eq!(ada.post("/update-session", &json!({ "theme": theme })).await.status, 200);
        assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
    }
    server.wait(2);
    assert_eq!(who(&mut ada).await.as_deref(), Some("Countess"));
}

#[actix_web::test]
async fn t30_an_admin_who_is_one_no_longer_is_refused_at_once() {
    for (change, strategy) in [("role = 'user'", "compact"), ("banned = TRUE", "jwt"), ("role = NULL", "jwe")] {
        let plugin = "[plugins.admin]\nenabled = true\ndefault_role = \"admin\"\n";
        let server =
            Server::with(&format!("{}{plugin}", caching_with_tokens(&format!("strategy = \"{strategy}\"")))).await;
        let mut ada = server.member("Ada").await;
        assert_eq!(ada.get("/admin/jwks").await.status, 200);
        let (column, value) = change.split_once(" = ").expect("a column and a value");
        server.sql(&format!("UPDATE {{user}} SET {{user:{column}}} = {value}"), &[]).await;
        assert_eq!(ada.get("/admin/jwks").await.status, 403, "{change}");
    }
}

#[actix_web::test]
async fn t30_tokens_for_backends_follow_the_cache_unless_they_are_to_read() {
    for (more, expected) in [("", 200), ("always_read = [\"/token\"]", 401)] {
        let server = Server::with(&caching_with_tokens(more)).await;
        let mut ada = server.member("Ada").await;
        server.sql("DELETE FROM {session}", &[]).await;
        assert_eq!(ada.get("/token").await.status, expected, "{more}");
    }
}
