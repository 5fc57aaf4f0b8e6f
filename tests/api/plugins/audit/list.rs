//! GET /admin/audit.

use serde_json::{Value, json};

use super::{ADMINS, TOKENS, actions, admin, member, operator, sign_in};
use crate::harness::database::Database;
use crate::harness::{Browser, Server, person};

const PATH: &str = "/admin/audit";

#[actix_web::test]
async fn the_newest_line_comes_first_and_has_all_its_members() {
    let server = Server::with(TOKENS).await;
    let mut ada = server.browser().header("user-agent", "a browser").header("x-request-id", "request-1");
    ada.headers.push(("x-forwarded-for".into(), "203.0.113.9".into()));
    let user = ada.post("/sign-up/email", &person("Ada")).await.json()["user"]["id"].clone();
    let session = ada.get("/get-session").await.json()["session"]["id"].clone();
    let answer = operator(&server).get(PATH).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let shown = answer.json();
    assert_eq!(actions(&shown)[..2], ["session.created", "user.created"]);
    let mut newest = shown["entries"][0].clone();
    let number: i64 = newest["id"].as_str().expect("a text").parse().expect("a number");
    assert!(number > 0);
    newest["id"] = Value::Null;
    let expected = json!({
        "id": null, "at": server.now().to_string(), "action": "session.created", "outcome": "success", "reason": null,
        "actor": { "type": "user", "id": user }, "impersonatedBy": null, "userId": user, "sessionId": session,
        "ipAddress": "203.0.113.9", "userAgent": "a browser", "requestId": "request-1", "route": "/sign-up/email",
        "details": {},
    });
    assert_eq!(newest, expected);
    assert_eq!(shown["next"], Value::Null);
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&newest), keys(&expected), "in this order");
}

#[actix_web::test]
async fn a_line_names_the_peer_where_no_proxy_names_a_client_and_a_session_does_not() {
    let server = Server::with(TOKENS).await;
    let seen = async |mut browser: Browser<'_>| {
        assert_eq!(browser.post("/sign-in/email", &sign_in_of("Ada")).await.status, 200);
        let line = operator(&server).get(&format!("{PATH}?limit=1")).await.json()["entries"][0]["ipAddress"].clone();
        (line, browser.get("/get-session").await.json()["session"]["ipAddress"].clone())
    };
    server.member("Ada").await;
    assert_eq!(seen(server.browser()).await, (json!("127.0.0.1"), json!("")));
    let appended = server.browser().header("x-forwarded-for", "x, 203.0.113.5");
    assert_eq!(seen(appended).await, (json!("127.0.0.1"), json!("")));
    let named = server.browser().header("x-forwarded-for", "203.0.113.5");
    assert_eq!(seen(named).await, (json!("203.0.113.5"), json!("203.0.113.5")));
}

#[actix_web::test]
async fn where_addresses_are_not_tracked_a_line_has_none() {
    let server = Server::with(&format!("[advanced.ip_address]\ndisable_ip_tracking = true\n{TOKENS}")).await;
    server.member("Ada").await;
    assert_eq!(operator(&server).get(PATH).await.json()["entries"][0]["ipAddress"], Value::Null);
}

fn sign_in_of(name: &str) -> Value {
    json!({ "email": person(name)["email"], "password": person(name)["password"] })
}

#[actix_web::test]
async fn pages_follow_each_other_and_nothing_comes_twice() {
    let server = Server::with(TOKENS).await;
    for name in ["Ada", "Bob", "Eve"] {
        server.member(name).await;
    }
    let mut operator = operator(&server);
    let all = operator.get(&format!("{PATH}?limit=500")).await.json();
    let ids = |page: &Value| -> Vec<Value> {
        page["entries"].as_array().expect("entries").iter().map(|entry| entry["id"].clone()).collect()
    };
    let (mut seen, mut path) = (Vec::new(), format!("{PATH}?limit=2"));
    loop {
        let page = operator.get(&path).await.json();
        assert!(ids(&page).len() <= 2);
        seen.extend(ids(&page));
        // What happens meanwhile is newer, and in no page that follows.
        server.browser().post("/sign-in/email", &person("Ada")).await;
        match page["next"].as_str() {
            Some(next) => path = format!("{PATH}?limit=2&before={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ids(&all));
}

#[actix_web::test]
async fn no_cache_keeps_what_the_trail_tells() {
    let server = Server::with(TOKENS).await;
    for path in [PATH, "/admin/audit/export", "/admin/audit/counts"] {
        let answer = operator(&server).get(path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{path}");
    }
}

#[actix_web::test]
async fn lines_are_kept_for_as_many_days_as_is_said_and_no_longer() {
    let server = Server::start().await;
    server.member("Ada").await;
    let lines = server.count("signet_audit").await.unsigned_abs();
    let sweep = async || server.store().sweep_audit_older_than(2).await.expect("a database");
    server.wait(2 * 86_400);
    assert_eq!(sweep().await, 0);
    server.wait(1);
    assert_eq!((sweep().await, server.count("signet_audit").await), (lines, 0));
}

#[actix_web::test]
async fn a_line_that_is_asked_for_by_two_names_comes_once() {
    let server = Server::with(TOKENS).await;
    server.member("Ada").await;
    let found = operator(&server).get(&format!("{PATH}?action=user.&action=user.created")).await.json();
    assert_eq!(actions(&found), ["user.created"]);
}

#[actix_web::test]
async fn without_a_database_there_is_no_trail() {
    let server = Server::on(Database::nowhere(), TOKENS).await;
    for path in [PATH, "/admin/audit/export", "/admin/audit/counts", "/list-activity"] {
        assert_eq!(operator(&server).get(path).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn lines_are_found_by_each_filter_and_by_all_together() {
    let server = Server::with(&format!("{TOKENS}{ADMINS}")).await;
    let (mut ada, ada_id) = admin(&server, "Ada").await;
    let (_, bob_id) = member(&server, "Bob").await;
    server.wait(100);
    let begin = server.now();
    let mut bob = server.browser().header("x-forwarded-for", "203.0.113.9").header("x-request-id", "request-1");
    bob.post("/sign-in/email", &json!({"email": "bob@example.com", "password": "wrong"})).await;
    server.wait(100);
    ada.post("/admin/set-role", &json!({"userId": bob_id, "role": "admin"})).await;
    let mut operator = operator(&server);
    for (query, expected) in [
        ("action=role.changed".to_owned(), vec!["role.changed"]),
        ("action=role.".to_owned(), vec!["role.changed"]),
        ("action=role.changed&action=sign-in.".to_owned(), vec!["role.changed", "sign-in.failed"]),
        ("outcome=failure".to_owned(), vec!["sign-in.failed"]),
        ("outcome=success&action=role.".to_owned(), vec!["role.changed"]),
        (format!("userId={bob_id}&since={begin}"), vec!["role.changed", "sign-in.failed"]),
        (format!("actorId={ada_id}&userId={bob_id}"), vec!["role.changed"]),
        ("ipAddress=203.0.113.9".to_owned(), vec!["sign-in.failed"]),
        ("requestId=request-1".to_owned(), vec!["sign-in.failed"]),
        (format!("since={}", server.now()), vec!["role.changed"]),
        (format!("since={begin}&until={}", server.now()), vec!["sign-in.failed"]),
        (
            format!("userId={bob_id}&action=sign-in.failed&outcome=failure&ipAddress=203.0.113.9"),
            vec!["sign-in.failed"],
        ),
        ("userId=nobody".to_owned(), vec![]),
        ("userId=&action=&ipAddress=203.0.113.9".to_owned(), vec!["sign-in.failed"]),
    ] {
        assert_eq!(actions(&operator.get(&format!("{PATH}?{query}")).await.json()), expected, "{query}");
    }
    let role = operator.get(&format!("{PATH}?action=role.changed")).await.json()["entries"][0]["details"].clone();
    assert_eq!(role, json!({"before": "user", "after": "admin"}));
}

#[actix_web::test]
async fn what_is_asked_for_in_a_wrong_way_is_refused_clearly() {
    let server = Server::with(TOKENS).await;
    for query in [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=%2B5",
        "limit=1e2",
        "limit=x",
        "limit=1&limit=2",
        "before=x",
        "before=-1",
        "before=99999999999999999999",
        "action=nothing",
        "action=user",
        "action=user.created&action=.",
        "outcome=maybe",
        "since=yesterday",
        "until=1",
        "userId=%00",
        "userId=a&userId=b",
    ] {
        for path in [PATH, "/admin/audit/export"] {
            // An export has all of it.
            if path != PATH && (query.starts_with("limit") || query.starts_with("before")) {
                continue;
            }
            let answer = operator(&server).get(&format!("{path}?{query}")).await;
            assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{path}?{query}");
        }
    }
}

#[actix_web::test]
async fn t89_only_admins_read_it() {
    let server = Server::with(&format!("{TOKENS}{ADMINS}")).await;
    let (mut ada, _) = admin(&server, "Ada").await;
    let (mut bob, bob_id) = member(&server, "Bob").await;
    for path in [PATH, "/admin/audit/export", "/admin/audit/counts"] {
        assert_eq!(server.browser().get(path).await.status, 401, "{path}");
        let answer = bob.get(path).await;
        let refusal = "YOU_ARE_NOT_ALLOWED_TO_READ_THE_AUDIT_TRAIL".to_owned();
        assert_eq!((answer.status, answer.code()), (403, Some(refusal)), "{path}");
        assert_eq!(ada.get(path).await.status, 200, "{path}");
    }
    ada.post("/admin/impersonate-user", &json!({ "userId": bob_id })).await;
    assert_eq!(ada.get(PATH).await.status, 403, "as somebody else");
}

#[actix_web::test]
async fn where_it_is_off_nothing_is_written_and_nothing_is_there() {
    let server = Server::with(&format!("[audit]\nenabled = false\n{TOKENS}")).await;
    let mut ada = server.member("Ada").await;
    assert_eq!(sign_in(&server, "Ada", "wrong").await.1, 401);
    for path in [PATH, "/admin/audit/export", "/admin/audit/counts"] {
        assert_eq!(operator(&server).get(path).await.status, 404, "{path}");
    }
    assert_eq!(ada.get("/list-activity").await.status, 404);
    assert!(!server.dump().contains("signet_audit"));
}
