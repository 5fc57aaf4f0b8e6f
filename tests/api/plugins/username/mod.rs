//! The username plugin as a client sees it.

mod is_username_available;
mod sign_in;

use serde_json::{Value, json};

use crate::harness::browser::Answer;
use crate::harness::{Server, load, person};

pub const ENABLED: &str = "[plugins.username]\nenabled = true\n";

/// What somebody signs up with who wants a user name.
pub fn named(name: &str, username: &str) -> Value {
    let mut body = person(name);
    body["username"] = username.into();
    body
}

async fn sign_up(server: &Server, body: &Value) -> Answer {
    server.browser().post("/sign-up/email", body).await
}

fn told(answer: &Answer) -> (u16, Option<String>) {
    (answer.status, answer.code())
}

fn refused(status: u16, code: &str) -> (u16, Option<String>) {
    (status, Some(code.to_owned()))
}

#[actix_web::test]
async fn a_name_is_kept_in_lower_case_and_shown_as_it_was_typed() {
    let server = Server::with(ENABLED).await;
    let user = sign_up(&server, &named("Ada", "Ada.L")).await.json()["user"].clone();
    assert_eq!((&user["username"], &user["displayUsername"]), (&json!("ada.l"), &json!("Ada.L")));
    let keys: Vec<_> = user.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys[6..], ["username", "displayUsername", "id"]);
}

#[actix_web::test]
async fn a_name_for_show_is_a_user_name_where_it_could_be_one() {
    let server = Server::with(ENABLED).await;
    for (name, shown, username) in
        [("Ada", "The.Countess", json!("the.countess")), ("Bob", "Bob!", Value::Null), ("Cy", "cy", Value::Null)]
    {
        let mut body = person(name);
        body["displayUsername"] = shown.into();
        let user = sign_up(&server, &body).await.json()["user"].clone();
        assert_eq!((&user["username"], &user["displayUsername"]), (&username, &json!(shown)), "{shown}");
    }
}

#[actix_web::test]
async fn names_that_are_taken_or_do_not_fit_are_refused_at_sign_up_and_on_update() {
    let server = Server::with(ENABLED).await;
    sign_up(&server, &named("Ada", "ada")).await;
    let mut bob = server.member("Bob").await;
    for (username, code) in [
        ("ADA", "USERNAME_IS_ALREADY_TAKEN"),
        ("ab", "USERNAME_TOO_SHORT"),
        ("", "USERNAME_TOO_SHORT"),
        (&"a".repeat(31), "USERNAME_TOO_LONG"),
        ("a b c", "INVALID_USERNAME"),
        ("ada@example.com", "INVALID_USERNAME"),
        ("\u{0430}da", "INVALID_USERNAME"),
        ("ada\u{0}", "INVALID_USERNAME"),
    ] {
        let nul = username.contains('\0');
        let expected = if nul { refused(400, "VALIDATION_ERROR") } else { refused(400, code) };
        assert_eq!(told(&sign_up(&server, &named("Eve", username)).await), expected, "{username}");
        let answer = bob.post("/update-user", &json!({ "username": username })).await;
        assert_eq!(told(&answer), expected, "{username}");
    }
    assert_eq!(told(&sign_up(&server, &named("Eve", "x")).await), refused(400, "USERNAME_TOO_SHORT"));
    let mut body = person("Eve");
    body["username"] = json!(5);
    assert_eq!(told(&sign_up(&server, &body).await), refused(400, "VALIDATION_ERROR"));
}

#[actix_web::test]
async fn somebody_changes_to_a_free_name_keeps_their_own_and_gives_it_up() {
    let server = Server::with(ENABLED).await;
    let mut ada = server.browser();
    ada.post("/sign-up/email", &named("Ada", "ada")).await;
    for (body, username, shown) in [
        (json!({ "username": "ADA" }), json!("ada"), json!("ada")),
        (json!({ "username": "Countess" }), json!("countess"), json!("ada")),
        (json!({ "displayUsername": "Ada!" }), json!("countess"), json!("Ada!")),
        (json!({ "username": null }), Value::Null, json!("Ada!")),
    ] {
        assert_eq!(ada.post("/update-user", &body).await.status, 200, "{body}");
        let user = ada.get("/get-session").await.json()["user"].clone();
        assert_eq!((&user["username"], &user["displayUsername"]), (&username, &shown), "{body}");
    }
    assert_eq!(sign_up(&server, &named("Bob", "countess")).await.status, 200, "it is free again");
}

#[actix_web::test]
async fn a_name_that_stays_is_chosen_once() {
    let server = Server::with(&format!("{ENABLED}immutable_username = true")).await;
    let mut ada = server.member("Ada").await;
    let mut set = async |name: Value| told(&ada.post("/update-user", &json!({ "username": name })).await);
    assert_eq!(set(json!("ada")).await, (200, None));
    assert_eq!(set(json!("ADA")).await, (200, None));
    for other in [json!("countess"), Value::Null, json!("")] {
        assert_eq!(set(other).await, refused(400, "USERNAME_IS_IMMUTABLE"));
    }
}

/// Where two come at once, the index decides, and the one who is too late is told so.
#[actix_web::test]
async fn of_two_that_want_one_name_at_once_one_gets_it_and_the_other_is_told_that_it_is_taken() {
    let server = Server::with(ENABLED).await;
    let sign_ups = (0..12).map(|number| {
        let server = &server;
        async move { sign_up(server, &named(&format!("P{number}"), "ada")).await }
    });
    let mut answers = futures_util::future::join_all(sign_ups).await;
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers[0].status, 200);
    for answer in &answers[1..] {
        assert_eq!(told(answer), refused(400, "USERNAME_IS_ALREADY_TAKEN"), "{answer:?}");
    }
    let mut members = Vec::new();
    for number in 0..6 {
        members.push(server.member(&format!("M{number}")).await);
    }
    let wishes =
        members.iter_mut().map(async |member| member.post("/update-user", &json!({ "username": "bob" })).await);
    let mut answers = futures_util::future::join_all(wishes).await;
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers[0].status, 200);
    for answer in &answers[1..] {
        assert_eq!(told(answer), refused(400, "USERNAME_IS_ALREADY_TAKEN"), "{answer:?}");
    }
    let rows = server.rows("SELECT {user.id} AS id FROM {user} WHERE {user.username} IN ('ada', 'bob')", &[]).await;
    assert_eq!(rows.len(), 2);
}

#[actix_web::test]
async fn names_are_told_apart_by_their_case_where_they_are_kept_as_they_are() {
    let server = Server::with(&format!("{ENABLED}username_normalization = false\ndisplay_username = false")).await;
    for (name, username) in [("Ada", "Ada"), ("Bob", "ada")] {
        let answer = sign_up(&server, &named(name, username)).await;
        assert_eq!(answer.json()["user"]["username"], username, "{answer:?}");
        assert_eq!(answer.json()["user"].get("displayUsername"), None);
    }
}

#[actix_web::test]
async fn without_the_plugin_there_is_no_such_field_and_no_such_route() {
    let server = Server::start().await;
    let answer = sign_up(&server, &named("Ada", "ada")).await;
    assert_eq!(answer.json()["user"].get("username"), None);
    for path in ["/sign-in/username", "/is-username-available"] {
        assert_eq!(server.browser().post(path, &json!({})).await.status, 404);
    }
}

#[actix_web::test]
async fn what_cannot_be_configured_is_refused() {
    for (toml, part) in [
        ("min_username_length = 9\nmax_username_length = 8", "no name would fit"),
        ("validation_order = { username = \"post-normalization\" }", "is not supported yet"),
        ("username_validator = \"x\"", "is code in Better Auth"),
        ("[user.additional_fields.username]\ntype = \"string\"\nrequired = false", "is a field of the username plugin"),
    ] {
        let faults = load(&format!("{ENABLED}{toml}"), "sqlite:x.db").expect_err(toml);
        assert!(faults.contains(part), "{faults}");
    }
}
