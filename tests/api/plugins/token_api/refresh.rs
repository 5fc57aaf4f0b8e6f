//! POST /refresh.

use serde_json::json;

use super::{ENABLED, access_token, detail, log_in, me, payload, refresh, server};
use crate::harness::Browser;

fn cookie(browser: &Browser<'_>) -> String {
    browser.jar.get("refresh_token").cloned().unwrap_or_default()
}

/// The browser with another refresh token.
fn with<'s>(browser: &Browser<'s>, token: &str) -> Browser<'s> {
    let mut other = browser.clone();
    other.jar.insert("refresh_token".to_owned(), token.to_owned());
    other
}

#[actix_web::test]
async fn each_refresh_gives_an_access_token_and_the_next_refresh_token() {
    let server = server("").await;
    let (mut browser, first) = log_in(&server, "ada").await;
    let mut seen = vec![cookie(&browser)];
    for _ in 0..5 {
        server.wait(1800);
        let answer = refresh(&mut browser).await;
        assert_eq!((answer.status, &answer.json()["token_type"]), (200, &json!("bearer")), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.cookies()[0].ends_with("Max-Age=604800; Path=/api/v1; HttpOnly; SameSite=Strict"));
        assert!(!seen.contains(&cookie(&browser)));
        seen.push(cookie(&browser));
        let token = access_token(&answer);
        assert_eq!(payload(&token)["sid"], payload(&first)["sid"]);
        assert_eq!(me(&server, &token).await.status, 200);
    }
    assert_eq!(server.count("session").await, 1);
}

#[actix_web::test]
async fn a_refresh_token_lives_seven_days_and_each_use_gives_seven_more() {
    let server = server("[session]\nexpires_in = 86400\n").await;
    let (mut browser, _) = log_in(&server, "ada").await;
    for _ in 0..3 {
        server.wait(7 * 86_400 - 1);
        assert_eq!(refresh(&mut browser).await.status, 200, "whatever the life of other sessions");
    }
    server.wait(7 * 86_400);
    let answer = refresh(&mut browser).await;
    assert_eq!((answer.status, detail(&answer)), (401, json!("Invalid refresh token")));
    assert_eq!(cookie(&browser), "", "the browser forgets it");
}

#[actix_web::test]
async fn without_a_refresh_token_that_is_one_nothing_is_refreshed() {
    let server = server("").await;
    let answer = refresh(&mut server.browser()).await;
    assert_eq!((answer.status, detail(&answer)), (401, json!("Refresh token missing")));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let (browser, access) = log_in(&server, "ada").await;
    for token in ["x", "", &access, &cookie(&browser)[1..], "a%00b", "\"", &"x".repeat(5000)] {
        assert_eq!(refresh(&mut with(&browser, token)).await.status, 401, "{token}");
    }
    assert_eq!(refresh(&mut browser.clone()).await.status, 200, "all that has ended nothing");
}

#[actix_web::test]
async fn a_lost_answer_is_asked_for_again_and_is_the_same() {
    let server = server("").await;
    let (browser, _) = log_in(&server, "ada").await;
    let mut tokens = Vec::new();
    for wait in [0, 5, 4] {
        server.wait(wait);
        let mut again = browser.clone();
        assert_eq!(refresh(&mut again).await.status, 200);
        tokens.push(cookie(&again));
    }
    assert!(tokens.iter().all(|token| *token == tokens[0]), "the family does not fork");
    assert_eq!(server.count("signet_refresh_token").await, 2);
    server.wait(30);
    assert_eq!(refresh(&mut with(&browser, &tokens[0])).await.status, 200);
}

#[actix_web::test]
async fn a_token_that_is_used_again_after_its_time_ends_the_family_for_all() {
    let server = server("").await;
    let (mut browser, _) = log_in(&server, "ada").await;
    let (_, other) = log_in(&server, "ada").await;
    let stolen = browser.clone();
    let access = access_token(&refresh(&mut browser).await);
    server.wait(11);
    let answer = refresh(&mut stolen.clone()).await;
    assert_eq!((answer.status, detail(&answer)), (401, json!("Invalid refresh token")));
    assert_eq!(me(&server, &access).await.status, 401, "what was handed out is worth nothing");
    assert_eq!(refresh(&mut browser).await.status, 401, "nor is the newest");
    assert_eq!(me(&server, &other).await.status, 200, "another login is another family");
}

#[actix_web::test]
async fn an_ancestor_of_any_age_ends_the_family() {
    let server = server("").await;
    let (mut browser, _) = log_in(&server, "ada").await;
    let stolen = browser.clone();
    for _ in 0..4 {
        server.wait(60);
        assert_eq!(refresh(&mut browser).await.status, 200);
    }
    assert_eq!(refresh(&mut stolen.clone()).await.status, 401);
    assert_eq!(refresh(&mut browser).await.status, 401);
}

/// Whoever has the newest goes on, and the late one gets nothing and breaks nothing.
#[actix_web::test]
async fn within_the_interval_one_whose_successor_was_spent_is_refused_and_ends_nothing() {
    let server = server("").await;
    let (mut browser, _) = log_in(&server, "ada").await;
    let late = browser.clone();
    assert_eq!(refresh(&mut browser).await.status, 200);
    assert_eq!(refresh(&mut browser).await.status, 200);
    let answer = refresh(&mut late.clone()).await;
    assert_eq!((answer.status, detail(&answer)), (401, json!("Refresh token already used")));
    assert!(answer.cookies().is_empty(), "a newer cookie is not taken away");
    assert_eq!(refresh(&mut browser).await.status, 200);
}

/// The thief is first: the one who was robbed is given the same token, and whoever of the two is second to use it later
/// is found out.
#[actix_web::test]
async fn a_thief_within_the_interval_is_found_out_later() {
    let server = server("").await;
    let (mut owner, _) = log_in(&server, "ada").await;
    let mut thief = owner.clone();
    assert_eq!(refresh(&mut thief).await.status, 200);
    assert_eq!(refresh(&mut owner).await.status, 200);
    assert_eq!(cookie(&owner), cookie(&thief));
    server.wait(1800);
    assert_eq!(refresh(&mut thief).await.status, 200);
    server.wait(1800);
    assert_eq!(refresh(&mut owner).await.status, 401);
    assert_eq!(refresh(&mut thief).await.status, 401);
}

#[actix_web::test]
async fn fifty_refreshes_at_once_of_two_replicas_make_one_family_and_lock_nobody_out() {
    let server = server("").await;
    let replica = server.replica(ENABLED).await;
    let (browser, _) = log_in(&server, "ada").await;
    let mut token = cookie(&browser);
    for round in 0..3 {
        let start = with(&browser, &token);
        let all = (0..50).map(|number| {
            let mut browser = start.at(if number % 2 == 0 { &server } else { &replica });
            async move {
                let answer = refresh(&mut browser).await;
                (answer.status, cookie(&browser), access_token(&answer))
            }
        });
        let answers = futures_util::future::join_all(all).await;
        token.clone_from(&answers[0].1);
        assert!(answers.iter().all(|(status, next, _)| *status == 200 && *next == token), "round {round}");
        for (_, _, access) in &answers[48..] {
            assert_eq!(me(&server, access).await.status, 200);
        }
        assert_eq!(server.count("signet_refresh_token").await, round + 2, "one more, not fifty");
        server.wait(60);
        replica.wait(60);
    }
    assert_eq!(server.count("session").await, 1);
    assert_eq!(refresh(&mut browser.clone()).await.status, 401, "the first of all was used again");
    assert_eq!(server.count("session").await, 0);
}

#[actix_web::test]
async fn whatever_ends_the_session_ends_the_family() {
    ends_with_the_session("").await;
}

#[actix_web::test]
async fn whatever_ends_the_session_ends_the_family_also_where_its_row_stays() {
    ends_with_the_session("[secondary_storage]\nurl = \"memory\"\n[session]\npreserve_session_in_database = true\nstore_session_in_database = true\n").await;
}

async fn ends_with_the_session(toml: &str) {
    let server = server(&format!("[user.delete_user]\nenabled = true\n{toml}")).await;
    for (what, body) in [
        ("/revoke-sessions", json!({})),
        ("/revoke-other-sessions", json!({})),
        (
            "/change-password",
            json!({ "currentPassword": "correct horse Ada", "newPassword": "correct horse Ada", "revokeOtherSessions": true }),
        ),
        ("/delete-user", json!({ "password": "correct horse Ada" })),
    ] {
        let (mut program, access) = log_in(&server, "ada").await;
        assert_eq!(me(&server, &access).await.status, 200);
        let mut browser = server.browser();
        browser.post("/sign-in/username", &json!({ "username": "ada", "password": "correct horse Ada" })).await;
        assert_eq!(browser.post(what, &body).await.status, 200, "{what}");
        assert_eq!(me(&server, &access).await.status, 401, "{what}");
        assert_eq!(refresh(&mut program).await.status, 401, "{what}");
    }
}

#[actix_web::test]
async fn who_is_banned_refreshes_nothing() {
    let server = server("").await;
    let (mut browser, access) = log_in(&server, "ada").await;
    server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
    assert_eq!(refresh(&mut browser).await.status, 403);
    assert_eq!(me(&server, &access).await.status, 403);
}

#[actix_web::test]
async fn a_refusal_spends_no_token() {
    let server = server("").await;
    let (mut browser, _) = log_in(&server, "ada").await;
    server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
    assert_eq!(refresh(&mut browser).await.status, 403);
    server.wait(60);
    server.sql("UPDATE {user} SET {user:banned} = $1", &[false.into()]).await;
    assert_eq!(refresh(&mut browser).await.status, 200);
}

/// Whoever reads the database has no token: neither as it is, nor its successor.
#[actix_web::test]
async fn the_database_holds_digests_alone() {
    let server = server("").await;
    let (mut browser, _) = log_in(&server, "ada").await;
    let first = cookie(&browser);
    refresh(&mut browser).await;
    let dump = server.dump();
    assert!(!dump.contains(&first) && !dump.contains(&cookie(&browser)));
}
