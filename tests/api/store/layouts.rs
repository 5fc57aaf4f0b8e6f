//! Databases of other ids and other spelling, end to end. The first server makes the tables as it is told to; the second is
//! told nothing, and follows what it finds.

use serde_json::{Value, json};

use crate::get_session::who;
use crate::harness::{Server, person};

const PLUGINS: &str =
    "[plugins.admin]\nenabled = true\n[plugins.jwt]\nenabled = true\n[plugins.bearer]\nenabled = true\n";

async fn a_life(server: &Server) -> String {
    let mut ada = server.member("Ada").await;
    server.sql("UPDATE {user} SET {user:role} = $1", &["admin".into()]).await;
    let shown = ada.get("/get-session").await.json();
    let id = shown["user"]["id"].as_str().expect("a text").to_owned();
    assert_eq!(shown["session"]["userId"], json!(id));
    assert_eq!(ada.post("/update-user", &json!({ "name": "Ada L." })).await.status, 200);
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada L."));
    let mut again = server.browser();
    let signed_in = again.post("/sign-in/email", &person("Ada")).await.json();
    assert_eq!(signed_in["user"]["id"], json!(id));
    assert_eq!(ada.get("/list-sessions").await.json().as_array().map(Vec::len), Some(2));
    let token = ada.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    let mut bearer =
        server.browser().header("authorization", &format!("Bearer {}", signed_in["token"].as_str().unwrap()));
    assert_eq!(who(&mut bearer).await.as_deref(), Some("Ada L."));
    let mut key_of_token = ada.get("/jwks").await.json()["keys"].as_array().expect("keys").clone();
    key_of_token.retain(|key| token.starts_with(&header_of(key)));
    assert_eq!(key_of_token.len(), 1, "{token}");
    let bob = json!({ "name": "Bob", "email": "bob@example.com", "password": "correct horse Bob" });
    let bob = ada.post("/admin/create-user", &bob).await.json()["user"]["id"].as_str().expect("an id").to_owned();
    let found = ada.get(&format!("/admin/list-users?filterField=id&filterValue={bob}")).await.json();
    assert_eq!((&found["total"], &found["users"][0]["name"]), (&json!(1), &json!("Bob")));
    for strange in ["007", "1e3", "%201", "9999999999", "99999999999999999999999", "-1", "x", "null"] {
        assert_eq!(ada.get(&format!("/admin/get-user?id={strange}")).await.status, 404, "{strange}");
        let ban = ada.post("/admin/ban-user", &json!({ "userId": strange })).await;
        assert_eq!(ban.status, 404, "{strange}: {ban:?}");
    }
    assert_eq!(ada.post("/admin/set-role", &json!({ "userId": bob, "role": "user" })).await.status, 200);
    let accounts = ada.get("/list-accounts").await.json();
    assert_eq!((&accounts[0]["accountId"], &accounts[0]["userId"]), (&json!(id), &json!(id)));
    let impersonated = ada.post("/admin/impersonate-user", &json!({ "userId": bob })).await.json();
    assert_eq!(impersonated["session"]["impersonatedBy"], json!(id));
    assert_eq!(ada.post("/admin/stop-impersonating", &Value::Null).await.status, 200);
    assert_eq!(ada.post("/admin/remove-user", &json!({ "userId": bob })).await.status, 200);
    assert_eq!(ada.get(&format!("/admin/get-user?id={bob}")).await.status, 404);
    assert_eq!(ada.post("/sign-out", &json!({})).await.status, 200);
    id
}

/// The header of a token of a key, as it begins the token.
fn header_of(key: &Value) -> String {
    use base64::Engine;
    let header = format!(r#"{{"alg":"EdDSA","kid":{}}}"#, key["kid"]);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header)
}

async fn follows(made: &str) -> String {
    let first = Server::with(&format!("{made}{PLUGINS}")).await;
    let second = first.replica(PLUGINS).await;
    let plan = second.store().plan().await.expect("a plan");
    assert!(plan.is_empty(), "{plan:#?}");
    let id = a_life(&second).await;
    // The first one goes on.
    let mut ada = first.browser();
    assert_eq!(ada.post("/sign-in/email", &person("Ada")).await.status, 200);
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada L."));
    id
}

#[actix_web::test]
async fn ids_that_are_numbers_are_followed() {
    let id = follows("[advanced.database]\ngenerate_id = \"serial\"\n").await;
    assert_eq!(id, "1");
}

#[actix_web::test]
async fn ids_that_are_uuids_are_followed() {
    follows("[advanced.database]\ngenerate_id = \"uuid\"\n").await;
}

#[actix_web::test]
async fn snake_case_is_followed() {
    let snake = "[database]\ncasing = \"snake\"\n";
    follows(snake).await;
}

#[actix_web::test]
async fn whoever_tries_a_taken_address_is_shown_a_number_as_everybody() {
    let toml = "[advanced.database]\ngenerate_id = \"serial\"\n[email_and_password]\nauto_sign_in = false\n";
    let server = Server::with(toml).await;
    let mut ids = Vec::new();
    for name in ["Ada", "Ada", "Bob"] {
        let answer = server.browser().post("/sign-up/email", &person(name)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        ids.push(answer.json()["user"]["id"].as_str().expect("an id").parse::<i64>().expect("a number"));
    }
    assert!(ids[0] < ids[1] && ids[1] <= ids[2], "{ids:?}");
}
