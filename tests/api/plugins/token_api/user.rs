//! POST /user, GET /user/me, and /user/{username}.

use serde_json::{Value, json};

use super::{ENABLED, detail, log_in, me, register, server};
use crate::harness::browser::Answer;
use crate::harness::{Server, person};

async fn ask(server: &Server, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = body.map(|body| body.to_string());
    let mut program = server.browser().without_origin();
    program.send(method, &format!("!/api/v1/user/{path}"), &headers, body.as_deref().map(str::as_bytes)).await
}

#[actix_web::test]
async fn somebody_registers_and_is_shown_as_fastapis_clients_know_users() {
    let server = Server::with(ENABLED).await;
    let answer = register(&server, "Ada").await;
    assert_eq!(answer.status, 201);
    let mut user = answer.json();
    assert!(user["id"].take().is_string());
    let expected = json!({
        "id": null, "name": "Ada", "username": "ada", "email": "ada@example.com", "profile_image_url": "", "tier_id": null,
    });
    assert_eq!(user, expected);
    assert!(answer.cookies().is_empty() && server.count("session").await == 0, "to register is not to log in");
}

#[actix_web::test]
async fn what_is_taken_or_does_not_fit_is_422() {
    let server = server("").await;
    for (field, value) in [
        ("username", json!("ADA")),
        ("email", json!("ADA@example.com")),
        ("username", json!("a b")),
        ("username", Value::Null),
        ("email", json!("no address")),
        ("password", json!("short")),
        ("password", json!(5)),
        ("name", json!(["x"])),
        ("name", json!("a\u{0}")),
    ] {
        let mut body = person("Bob");
        body["username"] = json!("bob");
        body[field] = value.clone();
        let answer = server.browser().post("!/api/v1/user", &body).await;
        assert_eq!(answer.status, 422, "{field} {value} {answer:?}");
        assert!(!detail(&answer).is_null());
        body.as_object_mut().expect("an object").remove(field);
        if field != "username" {
            assert_eq!(server.browser().post("!/api/v1/user", &body).await.status, 422, "{field} is missing");
        }
    }
    assert_eq!(server.browser().post("!/api/v1/user", &person("Bob")).await.status, 422, "a name is missing");
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn where_sign_up_is_off_nobody_registers_and_addresses_are_not_told_where_they_are_verified() {
    let server = Server::with(&format!("{ENABLED}[email_and_password]\ndisable_sign_up = true")).await;
    assert_eq!(register(&server, "Ada").await.status, 422);
    let verified = "[mail]\ntransport = \"log\"\n[email_and_password]\nrequire_email_verification = true";
    let server = Server::with(&format!("{ENABLED}{verified}")).await;
    assert_eq!(register(&server, "Ada").await.status, 201);
    let mut again = person("Ada");
    again["username"] = json!("another");
    assert_eq!(server.browser().post("!/api/v1/user", &again).await.status, 201, "as for an address that is free");
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn who_holds_a_token_is_told_who_they_are_by_two_names() {
    let server = server("").await;
    let (_, token) = log_in(&server, "ada").await;
    assert_eq!(me(&server, &token).await.json()["username"], "ada");
    let bearer = format!("bearer  {token}");
    for path in ["!/api/v1/user/me", "!/api/v1/auth/me"] {
        let answer = server.browser().send("GET", path, &[("authorization", &bearer)], None).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        let answer = server.browser().send("GET", path, &[], None).await;
        assert_eq!((answer.status, detail(&answer)), (401, json!("Not authenticated")));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
}

#[actix_web::test]
async fn t80_a_user_is_the_owners_to_read_to_change_and_to_delete() {
    let server = server("[user.delete_user]\nenabled = true\n").await;
    register(&server, "Bob").await;
    let (_, token) = log_in(&server, "ada").await;
    for (method, body) in [("GET", None), ("PATCH", Some(json!({ "name": "x" }))), ("DELETE", None)] {
        for other in ["bob", "nobody", "bob@example.com", "x'--"] {
            let answer = ask(&server, method, other, &token, body.clone()).await;
            assert_eq!((answer.status, detail(&answer)), (403, json!("Not enough permissions")), "{method} {other}");
        }
        assert_eq!(ask(&server, method, "ada", "x.y.z", body).await.status, 401);
    }
    assert_eq!(ask(&server, "GET", "ADA", &token, None).await.json()["email"], "ada@example.com");
    let changes = json!({ "name": "Ada L.", "username": "Countess", "profile_image_url": "https://example.com/a.png" });
    let answer = ask(&server, "PATCH", "ada", &token, Some(changes)).await;
    assert_eq!((answer.status, &answer.json()["username"]), (200, &json!("countess")), "{answer:?}");
    assert_eq!(me(&server, &token).await.json()["profile_image_url"], "https://example.com/a.png");
    assert_eq!(ask(&server, "GET", "ada", &token, None).await.status, 403, "that was her name");
    for (body, status) in [
        (json!({ "username": "bob" }), 422),
        (json!({ "email": "other@example.com" }), 422),
        (json!({ "name": 5 }), 422),
        (json!({}), 422),
        (json!({ "role": "admin" }), 422),
        (json!({ "email": "ada@example.com", "profile_image_url": null }), 200),
    ] {
        assert_eq!(ask(&server, "PATCH", "countess", &token, Some(body.clone())).await.status, status, "{body}");
    }
    assert_eq!(ask(&server, "DELETE", "countess", &token, None).await.status, 200);
    assert_eq!(me(&server, &token).await.status, 401);
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn users_delete_themselves_where_they_may_and_soon_after_a_login() {
    let server = server("").await;
    let (_, token) = log_in(&server, "ada").await;
    assert_eq!(ask(&server, "DELETE", "ada", &token, None).await.status, 403);
    let server =
        server.replica(&format!("{ENABLED}[user.delete_user]\nenabled = true\n[session]\nfresh_age = 60")).await;
    server.wait(61);
    let answer = ask(&server, "DELETE", "ada", &token, None).await;
    assert_eq!((answer.status, detail(&answer)), (403, json!("Log in again to delete the user")));
}

#[actix_web::test]
async fn others_are_read_where_that_is_wanted_without_their_addresses() {
    let server = server("token_api.read_others = true\n").await;
    register(&server, "Bob").await;
    let (_, token) = log_in(&server, "ada").await;
    let bob = ask(&server, "GET", "BOB", &token, None).await.json();
    assert_eq!((&bob["username"], &bob["email"]), (&json!("bob"), &Value::Null));
    assert_eq!(ask(&server, "GET", "nobody", &token, None).await.status, 404);
    assert_eq!(ask(&server, "PATCH", "bob", &token, Some(json!({ "name": "x" }))).await.status, 403);
}

#[actix_web::test]
async fn a_field_of_the_deployment_is_the_users_tier() {
    let field = "[user.additional_fields.tier_id]\ntype = \"number\"\nrequired = false\ninput = false\n";
    let server = server(field).await;
    server.sql("UPDATE {user} SET {user:tier_id} = 2", &[]).await;
    let (_, token) = log_in(&server, "ada").await;
    assert_eq!(me(&server, &token).await.json()["tier_id"], 2);
}
