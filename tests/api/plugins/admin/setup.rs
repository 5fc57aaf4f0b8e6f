//! The first admin, by the link that a server without users prints.

use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use signet::base::Random;
use signet::store::audit::reading::{Filter, Order};
use signet::store::first_admin::{FirstOne, Made};
use signet::store::{NewAccount, NewSession, NewUser};

use super::{ENABLED, member, refusal};
use crate::harness::{Mailbox, Server, person};

/// The token of a link that a start would print.
async fn invited(server: &Server) -> Option<String> {
    let first_admin = server.parts().house.first_admin.as_ref()?;
    let token = first_admin.invite(&Random::system()).await.expect("a database")?;
    let token = token.expose_secret().to_owned();
    server.secrets.add("the token of a set-up link", &token);
    Some(token)
}

async fn invitation(server: &Server) -> String {
    invited(server).await.expect("there are no users")
}

async fn is_open(server: &Server, token: &str) -> bool {
    let first_admin = server.parts().house.first_admin.as_ref().expect("it can be made");
    first_admin.is_open(token).await.expect("a database")
}

fn with(token: &str, name: &str) -> Value {
    let mut body = person(name);
    body["token"] = token.into();
    body
}

async fn admins(server: &Server) -> usize {
    server.rows("SELECT {user.*} FROM {user} WHERE {user.role} = 'admin'", &[]).await.len()
}

#[actix_web::test]
async fn whoever_holds_the_link_becomes_an_admin_who_is_signed_in_and_verified() {
    let server = Server::with(ENABLED).await;
    let token = invitation(&server).await;
    assert!(token.len() >= 43 && is_open(&server, &token).await);
    let mut ada = server.browser();
    let answer = ada.post("/admin/setup", &with(&token, "Ada")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let user = &answer.json()["user"];
    assert_eq!([&user["role"], &user["emailVerified"], &user["name"]], [&json!("admin"), &json!(true), &json!("Ada")]);
    assert!(answer.json()["token"].is_string() && answer.header("cache-control") == Some("no-store"));
    assert_eq!(ada.get("/admin/list-users").await.json()["total"], 1);
    assert_eq!(server.browser().post("/sign-in/email", &person("Ada")).await.status, 200);
    assert!(!server.dump().contains(&token), "the database has its digest alone");
}

#[actix_web::test]
async fn t81_of_twenty_who_set_up_at_once_on_two_replicas_one_becomes_an_admin() {
    let server = Server::with(ENABLED).await;
    let other = server.replica(ENABLED).await;
    let tokens = [invitation(&server).await, invitation(&other).await];
    let asked = (0..20).map(|nth| {
        let (server, token) = (if nth % 2 == 0 { &server } else { &other }, &tokens[nth / 2 % 2]);
        async move { server.browser().post("/admin/setup", &with(token, &format!("Ada{nth}"))).await }
    });
    let answers = join_all(asked).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| refusal(answer) == (400, "INVALID_TOKEN".into())).count();
    assert_eq!((made, refused), (1, 19));
    let counts = [server.count("user").await, server.count("account").await, server.count("session").await];
    assert_eq!((counts, admins(&server).await), ([1; 3], 1));
    assert_eq!(server.count("verification").await, 0, "no link is left");
}

#[actix_web::test]
async fn t81_a_link_is_good_once_for_fifteen_minutes_and_on_every_replica() {
    let server = Server::with(ENABLED).await;
    let other = server.replica(ENABLED).await;
    let late = invitation(&server).await;
    for clock in [&server, &other] {
        clock.wait(15 * 60);
    }
    assert!(!is_open(&server, &late).await);
    let answer = server.browser().post("/admin/setup", &with(&late, "Ada")).await;
    assert_eq!(refusal(&answer), (400, "INVALID_TOKEN".into()));
    let token = invitation(&server).await;
    assert_eq!(server.count("verification").await, 1, "what is too old goes when another is made");
    for clock in [&server, &other] {
        clock.wait(15 * 60 - 1);
    }
    assert_eq!(other.browser().post("/admin/setup", &with(&token, "Ada")).await.status, 200);
    assert!(!is_open(&server, &token).await);
    server.sql("DELETE FROM {user}", &[]).await;
    let again = server.browser().post("/admin/setup", &with(&token, "Bob")).await;
    assert_eq!(refusal(&again), (400, "INVALID_TOKEN".into()), "also when its admin is gone");
}

#[actix_web::test]
async fn t81_any_admin_closes_the_door_and_no_other_user_does() {
    let server = Server::with(ENABLED).await;
    let token = invitation(&server).await;
    let (mut bob, id) = member(&server, "Bob", "user,nonadmin").await;
    assert!(is_open(&server, &token).await, "a role whose name holds the other's is another");
    assert_eq!(invited(&server).await, None, "and a server with users makes no further links");
    let taken = server.browser().post("/admin/setup", &with(&token, "Bob")).await;
    assert_eq!(refusal(&taken), (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL".into()));
    assert!(is_open(&server, &token).await, "who was refused may try again");
    server.sql("UPDATE {user} SET {user:role} = 'user, admin'", &[]).await;
    assert!(!is_open(&server, &token).await);
    let answer = bob.post("/admin/setup", &with(&token, "Ada")).await;
    assert_eq!(refusal(&answer), (400, "INVALID_TOKEN".into()));
    server.sql("UPDATE {user} SET {user:role} = 'user'", &[]).await;
    let named = server.replica(&format!("{ENABLED}\nadmin_user_ids = [\"{id}\"]")).await;
    assert!(!is_open(&named, &token).await, "whoever is named is an admin, whatever the role");
    let all = server.replica(&format!("{ENABLED}\ndefault_role = \"admin\"")).await;
    assert!(is_open(&all, &token).await);
    server.sql("UPDATE {user} SET {user:role} = NULL", &[]).await;
    assert!(!is_open(&all, &token).await, "who has no role has the default one");
}

/// Ada, as the route makes her.
fn ada(server: &Server) -> FirstOne {
    let created_at = server.now();
    let more = Map::from_iter([("role".to_owned(), json!("admin"))]);
    let session = NewSession {
        token: "a-session-of-the-first-admin".to_owned(),
        user_id: String::new(),
        expires_at: created_at.plus_seconds(60),
        created_at,
        ip_address: String::new(),
        user_agent: String::new(),
        more: Map::new(),
    };
    let (name, email) = ("Ada".to_owned(), "ada@example.com".to_owned());
    let user = NewUser { name, email, email_verified: true, image: None, created_at, more };
    FirstOne { user, account: NewAccount::credential("hash".into()), session }
}

/// The route looks at the link before it hashes, which takes a while: what was true then may be so no longer.
#[actix_web::test]
async fn t81_the_transaction_that_makes_the_admin_looks_for_itself_whether_the_door_is_open() {
    let server = Server::with(ENABLED).await;
    let first_admin = server.parts().house.first_admin.as_ref().expect("it can be made");
    let is_closed = async |token: &str| {
        let made = first_admin.make(token, ada(&server)).await.expect("a database");
        matches!(made, Made::Closed)
    };
    assert!(is_closed("nobody's").await, "a link that nobody has made");
    let late = invitation(&server).await;
    server.wait(15 * 60);
    assert!(is_closed(&late).await, "one that ran out meanwhile");
    let token = invitation(&server).await;
    member(&server, "Bob", "admin").await;
    assert!(is_closed(&token).await, "there is an admin meanwhile, though the link is there");
    assert_eq!((server.count("user").await, server.count("account").await), (1, 1));
    server.sql("UPDATE {user} SET {user:role} = 'user'", &[]).await;
    assert!(!is_closed(&token).await);
    assert!(is_closed(&token).await, "and it is spent");
}

#[actix_web::test]
async fn t81_the_first_admin_is_in_the_audit_trail_and_told_to_the_application() {
    let notices = Mailbox::open().await;
    let server = Server::with(&format!("{}\n{ENABLED}", notices.notices(""))).await;
    let token = invitation(&server).await;
    let answer = server.browser().post("/admin/setup", &with(&token, "Ada")).await.json();
    let lines = server.store().audit_lines(&Filter::default(), Order::Oldest { after: None }, 100).await;
    let lines = lines.expect("a database").into_iter().filter(|line| line.actor_type != "system");
    let told: Vec<_> =
        lines.map(|line| (line.action, line.route, line.user_id, line.details.get("role").cloned())).collect();
    let (route, id) = (Some("/admin/setup".to_owned()), answer["user"]["id"].as_str().map(str::to_owned));
    let expected = [
        ("user.created".to_owned(), route.clone(), id.clone(), Some(json!("admin"))),
        ("session.created".to_owned(), route, id, None),
    ];
    assert_eq!(told, expected);
    let types: Vec<_> = notices.all(&server).await.iter().map(|notice| notice.text_of("type").to_owned()).collect();
    assert_eq!(types, ["user.created", "session.created"]);
}

#[actix_web::test]
async fn t81_there_is_no_link_where_nobody_could_use_it() {
    for more in ["[email_and_password]\nenabled = false", "[plugins.admin]\nenabled = false"] {
        let toml = if more.contains("admin") { more.to_owned() } else { format!("{ENABLED}\n{more}") };
        let server = Server::with(&toml).await;
        assert_eq!(invited(&server).await, None, "{more}");
        let answer = server.browser().post("/admin/setup", &with("x", "Ada")).await;
        let expected = if more.contains("admin") { 404 } else { 400 };
        assert_eq!(answer.status, expected, "{more}");
    }
    let server = Server::with(&format!("{ENABLED}\nadmin_roles = []")).await;
    assert_eq!(invited(&server).await, None);
}

#[actix_web::test]
async fn t81_a_row_that_another_program_keeps_under_a_chosen_name_is_no_link() {
    let server = Server::with(ENABLED).await;
    let token = invitation(&server).await;
    server.sql("UPDATE {verification} SET {verification:value} = $1", &["123456:0".into()]).await;
    assert!(!is_open(&server, &token).await);
    assert_eq!(server.browser().post("/admin/setup", &with(&token, "Ada")).await.status, 400);
}

#[actix_web::test]
async fn what_holds_for_passwords_and_fields_holds_for_the_first_admin() {
    let fields = "[user.additional_fields.plan]\ntype = \"string\"\nrequired = true";
    let server = Server::with(&format!("{ENABLED}\n{fields}")).await;
    let token = invitation(&server).await;
    let mut body = with(&token, "Ada");
    let mut browser = server.browser();
    assert_eq!(refusal(&browser.post("/admin/setup", &body).await), (400, "MISSING_FIELD".into()));
    body["plan"] = "free".into();
    for (name, value, code) in [
        ("password", json!("short"), "PASSWORD_TOO_SHORT"),
        ("role", json!("user"), "FIELD_NOT_ALLOWED"),
        ("email", json!("nonsense"), "VALIDATION_ERROR"),
        ("token", json!(5), "VALIDATION_ERROR"),
        ("token", json!("x"), "INVALID_TOKEN"),
    ] {
        let mut wrong = body.clone();
        wrong[name] = value;
        assert_eq!(refusal(&browser.post("/admin/setup", &wrong).await), (400, code.into()), "{name}");
    }
    let answer = browser.post("/admin/setup", &body).await;
    assert_eq!((answer.status, &answer.json()["user"]["plan"]), (200, &json!("free")));
}

#[actix_web::test]
async fn t81_who_tries_tokens_is_turned_away_before_anything_is_hashed() {
    let server = Server::with(&format!("{ENABLED}\n[rate_limit]\nenabled = true")).await;
    invitation(&server).await;
    let mut statuses = Vec::new();
    for nth in 0..4 {
        statuses.push(server.browser().post("/admin/setup", &with(&format!("guess{nth}"), "Ada")).await.status);
    }
    assert_eq!((statuses, server.hashes()), (vec![400, 400, 400, 429], 0));
}
