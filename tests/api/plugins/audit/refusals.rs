//! What is refused, and what a flood of it may cost.

use std::collections::BTreeMap;

use serde_json::json;
use signet::base::behalf::Asked;
use signet::base::{Behalf, RequestId};
use signet::store::audit::{Action, Line};

use super::{ADMINS, TOKENS, admin, id, member, operator, sign_in, told, trail};
use crate::harness::{Mailbox, Server, person};

#[actix_web::test]
async fn each_refusal_says_why_and_about_whom() {
    let mail = Mailbox::open().await;
    let more = "[email_and_password]\nrequire_email_verification = false\n[user.delete_user]\nenabled = true\n";
    let server = Server::with(&format!("{}{more}{ADMINS}", mail.toml())).await;
    let (mut ada, ada_id) = admin(&server, "Ada").await;
    let (mut bob, bob_id) = member(&server, "Bob").await;
    let before = trail(&server).await.len();
    ada.post("/verify-password", &json!({ "password": "wrong" })).await;
    let change = json!({"currentPassword": "wrong", "newPassword": "another horse"});
    ada.post("/change-password", &change).await;
    ada.post("/delete-user", &json!({ "password": "wrong" })).await;
    server.browser().post("/reset-password", &json!({"token": "wrong", "newPassword": "another horse"})).await;
    bob.post("/admin/set-role", &json!({"userId": ada_id, "role": "user"})).await;
    bob.get("/admin/jwks").await;
    bob.get("/admin/audit").await;
    let names = BTreeMap::from([(ada_id, "Ada"), (bob_id, "Bob")]);
    let told = told(&server, &names).await;
    assert_eq!(
        told[before - 1..],
        [
            "password.refused Ada -> Ada INVALID_PASSWORD",
            "password.refused Ada -> Ada INVALID_PASSWORD",
            "password.refused Ada -> Ada INVALID_PASSWORD",
            "password.refused anonymous -> nobody INVALID_TOKEN",
            "admin.refused Bob -> nobody YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE",
            "admin.refused Bob -> nobody YOU_ARE_NOT_ALLOWED_TO_MANAGE_KEYS",
            "admin.refused Bob -> nobody YOU_ARE_NOT_ALLOWED_TO_READ_THE_AUDIT_TRAIL",
        ]
    );
}

#[actix_web::test]
async fn whom_a_refused_act_was_to_be_upon_is_named() {
    let server = Server::with(ADMINS).await;
    let (mut ada, ada_id) = admin(&server, "Ada").await;
    let (_, bob_id) = admin(&server, "Bob").await;
    let before = trail(&server).await.len();
    ada.post("/admin/impersonate-user", &json!({ "userId": bob_id })).await;
    let told = told(&server, &BTreeMap::from([(ada_id, "Ada"), (bob_id, "Bob")])).await;
    assert_eq!(told[before - 1..], ["admin.refused Ada -> Bob YOU_CANNOT_IMPERSONATE_ADMINS"]);
}

#[actix_web::test]
async fn what_is_no_attempt_leaves_no_line() {
    let server = Server::with(TOKENS).await;
    let before = trail(&server).await.len();
    let mut browser = server.browser();
    for (path, body) in [
        ("/sign-in/email", json!({"email": "ada@example.com"})),
        ("/sign-in/email", json!({"email": "no address", "password": "x"})),
        ("/sign-up/email", json!({"name": "Ada", "email": "ada@example.com", "password": "short"})),
        ("/change-password", json!({"currentPassword": "a", "newPassword": "another horse"})),
        ("/admin/jwks/rotate", json!({})),
        ("/sign-out", json!({})),
        ("/nowhere", json!({})),
    ] {
        browser.post(path, &body).await;
    }
    operator(&server).post("/admin/jwks/revoke", &json!({ "kid": "x" })).await;
    browser.get("/get-session").await;
    browser.get("/list-activity").await;
    assert_eq!(trail(&server).await.len(), before);
}

#[actix_web::test]
async fn t89_whoever_guesses_at_tokens_leaves_lines_and_no_more_than_a_few_a_minute() {
    let servers = "[resource_servers.api]\nsecret = \"what-the-api-shows-itself-by-to-signet\"\n";
    let server = Server::with(&format!("{TOKENS}{servers}{ADMINS}")).await;
    let before = trail(&server).await.len();
    let guesser = |client: &str| {
        let browser = server.browser().without_origin().header("x-forwarded-for", client);
        browser.header("authorization", "Bearer a-guess-at-a-token-of-an-admin")
    };
    for path in ["/admin/jwks", "/admin/audit", "/admin/list-users"] {
        assert_eq!(guesser("203.0.113.9").get(path).await.status, 401, "{path}");
        assert_eq!(server.browser().get(path).await.status, 401, "{path}");
    }
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        assert_eq!(guesser("203.0.113.9").post(path, &json!({"token": "x"})).await.status, 401);
        let form = json!({"token": "x", "client_id": "api", "client_secret": "a guess"});
        assert_eq!(server.browser().post(path, &form).await.status, 401);
        assert_eq!(server.browser().post(path, &json!({"token": "x"})).await.status, 401);
    }
    let told = told(&server, &BTreeMap::new()).await.split_off(before - 1);
    let [admin, server_] = [
        "admin.refused anonymous -> nobody INVALID_TOKEN",
        "resource-server.refused anonymous -> nobody invalid_client",
    ];
    assert_eq!(told, [admin, admin, admin, server_, server_, server_, server_]);

    let of = async |client: &str| {
        trail(&server).await.iter().filter(|line| line.ip_address.as_deref() == Some(client)).count()
    };
    for _ in 0..25 {
        assert_eq!(guesser("203.0.113.10").get("/admin/jwks").await.status, 401);
    }
    assert_eq!(of("203.0.113.10").await, 20);
    // Whoever tries links, too.
    for (path, client) in [("/reset-password", "203.0.113.11"), ("/admin/setup", "203.0.113.12")] {
        for nth in 0..25 {
            let mut body = person("Eve");
            body["token"] = format!("a-guess-at-a-link-{nth}").into();
            body["newPassword"] = "another horse".into();
            let answer = server.browser().header("x-forwarded-for", client).post(path, &body).await;
            assert_eq!(answer.code().as_deref(), Some("INVALID_TOKEN"), "{path}");
        }
        assert_eq!(of(client).await, 20, "{path}");
    }
    server.wait(60);
    guesser("203.0.113.10").get("/admin/jwks").await;
    assert_eq!(of("203.0.113.10").await, 21);
}

#[actix_web::test]
async fn t89_refusals_that_cost_nothing_leave_no_more_than_a_few_lines_a_minute() {
    let plugins = "[plugins.username]\nenabled = true\n[plugins.token_api]\nenabled = true\n";
    let server = Server::with(&format!("{plugins}{ADMINS}")).await;
    let (mut bob, _) = member(&server, "Bob").await;
    let mut client = server.browser().header("x-forwarded-for", "203.0.113.9");
    for _ in 0..15 {
        assert_eq!(client.post("/sign-in/username", &json!({"username": "", "password": ""})).await.status, 401);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let login = Some(&b"username=no+name!&password=x"[..]);
        assert_eq!(client.send("POST", "!/api/v1/login", &form, login).await.status, 401);
        for _ in 0..2 {
            assert_eq!(bob.get("/admin/audit").await.status, 403);
        }
    }
    let count = async |action: &str| trail(&server).await.iter().filter(|line| line.action == action).count();
    assert_eq!((count("sign-in.failed").await, count("admin.refused").await), (20, 20));
    for _ in 0..5 {
        assert_eq!(
            client.post("/sign-in/email", &json!({"email": "a@example.com", "password": "x"})).await.status,
            401
        );
    }
    assert_eq!(count("sign-in.failed").await, 25, "a password was hashed for each of these");
}

#[actix_web::test]
async fn t89_what_anybody_can_send_who_is_nobody_leaves_no_line() {
    let server = Server::with(&format!("{TOKENS}{ADMINS}")).await;
    let before = trail(&server).await.len();
    let attempt = json!({"email": "ada@example.com", "password": "a guess"});
    let elsewhere = [("origin", "https://evil.example"), ("cookie", "a=b")];
    for path in ["/admin/ban-user", "/admin/jwks/rotate", "/admin/setup", "/sign-in/email", "/sign-in/social"] {
        let told = json!({"email": "ada@example.com", "password": "a guess", "callbackURL": "https://evil.example/"});
        for headers in [&elsewhere[..], &elsewhere[1..]] {
            let mut browser = server.browser().without_origin();
            for (name, value) in headers {
                browser = browser.header(name, value);
            }
            let answer = browser.post(path, &attempt).await;
            assert!(answer.code().expect("a code").ends_with("ORIGIN"), "{path}: {answer:?}");
        }
        let answer = server.browser().post(path, &told).await;
        assert_eq!((answer.status, answer.code().as_deref()), (403, Some("INVALID_CALLBACK_URL")), "{path}");
    }
    let navigation = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    let form = [&navigation[..], &[("content-type", "application/json")]].concat();
    let answer = server.browser().send("POST", "/sign-in/email", &form, Some(attempt.to_string().as_bytes())).await;
    assert_eq!(answer.code().as_deref(), Some("CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"));
    for path in ["/callback/x", "/callback/x?state=nothing&code=x", "/callback/x?error=access_denied"] {
        assert_eq!(server.browser().get(path).await.status, 302, "{path}");
    }
    assert_eq!(trail(&server).await.len(), before);
}

#[actix_web::test]
async fn t89_what_the_rate_limit_turns_away_writes_nothing() {
    let server = Server::with("[rate_limit]\nenabled = true\n").await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let mut browser = server.browser().header("x-forwarded-for", "203.0.113.9");
        let attempt = json!({"email": "nobody@example.com", "password": "a guess"});
        statuses.push(browser.post("/sign-in/email", &attempt).await.status);
    }
    let refused = statuses.iter().filter(|status| **status == 401).count();
    assert!(refused > 0 && statuses.contains(&429), "{statuses:?}");
    let failures = trail(&server).await.iter().filter(|line| line.action == "sign-in.failed").count();
    assert_eq!(failures, refused);
}

#[actix_web::test]
async fn t16_known_and_unknown_addresses_cost_the_same_statements() {
    let server = Server::start().await;
    server.member("Ada").await;
    let mut costs = Vec::new();
    for name in ["Ada", "Nobody"] {
        let before = server.statements().await;
        assert_eq!(sign_in(&server, name, "wrong").await.1, 401);
        costs.push(server.statements().await - before);
    }
    assert_eq!(costs[0], costs[1]);
    let users: Vec<_> = trail(&server).await.into_iter().filter(|line| line.action == "sign-in.failed").collect();
    assert!(users[0].user_id.is_some() && users[1].user_id.is_none());
}

#[actix_web::test]
async fn t17_a_reset_is_asked_for_in_one_way_whether_there_is_such_a_user() {
    let mail = Mailbox::open().await;
    let server = Server::with(&mail.toml()).await;
    let ada = server.member("Ada").await;
    let mut costs = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        mail.all(&server).await;
        let before = server.statements().await;
        let answer = server.browser().post("/request-password-reset", &json!({ "email": email })).await;
        costs.push(server.statements().await - before);
        assert_eq!(answer.status, 200);
    }
    let lines: Vec<_> = trail(&server).await.into_iter().filter(|line| line.action.starts_with("password-")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0].user_id.clone(), &lines[1].user_id), (Some(id(&ada).await), &None));
}

#[actix_web::test]
async fn t89_an_act_whose_line_cannot_be_written_does_not_happen() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let ada_id = id(&ada).await;
    // The table refuses every line.
    server.sql("ALTER TABLE {signet_audit} RENAME TO away", &[]).await;
    assert_eq!(sign_in(&server, "Ada", "correct horse Ada").await.1, 500);
    assert_eq!(ada.post("/update-user", &json!({ "name": "Countess" })).await.status, 500);
    assert_eq!(ada.post("/sign-out", &json!({})).await.status, 500);
    assert_eq!(server.browser().post("/sign-up/email", &person("Bob")).await.status, 500);
    assert_eq!(sign_in(&server, "Ada", "wrong").await.1, 500, "nor is a refusal told that nobody wrote down");
    assert_eq!((server.count("session").await, server.count("user").await), (1, 1));
    let user = server.store().user_by_id(&ada_id).await.expect("an answer").expect("a user");
    assert_eq!(user.name, "Ada");
}

#[actix_web::test]
async fn t89_a_reason_from_elsewhere_and_a_long_user_agent_are_not_kept_as_they_are() {
    let server = Server::start().await;
    let agent = "é".repeat(5_000);
    let asked = Asked { id: RequestId::new("a"), ip_address: None, user_agent: Some(agent) };
    let line = Line::refused(Action::SignInFailed, "<script>alert(1)</script>");
    Behalf::of(asked).within(server.store().audit(line)).await.expect("it is written");
    let last = trail(&server).await.pop().expect("a line");
    assert_eq!(last.reason.as_deref(), Some("other"));
    assert_eq!(last.user_agent.map(|agent| agent.chars().count()), Some(256));
}
