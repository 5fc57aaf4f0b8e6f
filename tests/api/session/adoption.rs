//! Sessions that a Better Auth has in Redis alone, without a row: with `session.adopt_from_secondary_storage` they are
//! honoured and become rows.

use serde_json::{Value as Json, json};
use signet::base::Timestamp;
use signet::store::{Linked, NewAccount, Value};

use crate::harness::TEXT_IDS;
use crate::harness::database::is_postgres;
use crate::harness::redis::Redis;
use crate::harness::{Browser, Server, load};

/// What Better Auth 1.7.7 wrote at a sign-up, with the tests' secret and without `session.storeSessionInDatabase`.
const USER: &str = "2bIMuVe4OfEf5cYh0XKzkc7rgSWQBDan";
const TOKEN: &str = "GnnleQW8u6glTSGMKcTmiBC5Gu9FGWrs";
const COOKIE: &str = "GnnleQW8u6glTSGMKcTmiBC5Gu9FGWrs.d8%2FlFQ9moKUVr%2BdUXUGKPYWvguLUZG8naMMvSB1H3cY%3D";
const KEPT: &str = r#"{"session":{"id":"7xLNkcIRubZoCdWUC6dnYMGk1DG3U5Zl","ipAddress":"","userAgent":"rec","expiresAt":"2026-11-28T22:01:58.424Z","userId":"2bIMuVe4OfEf5cYh0XKzkc7rgSWQBDan","token":"GnnleQW8u6glTSGMKcTmiBC5Gu9FGWrs","createdAt":"2026-11-21T22:01:58.424Z","updatedAt":"2026-11-21T22:01:58.424Z"},"user":{"name":"Ada","email":"ada@example.com","emailVerified":false,"createdAt":"2026-11-21T22:01:58.421Z","updatedAt":"2026-11-21T22:01:58.421Z","role":"user","banned":false,"id":"2bIMuVe4OfEf5cYh0XKzkc7rgSWQBDan"}}"#;
const LIST: &str = r#"[{"token":"GnnleQW8u6glTSGMKcTmiBC5Gu9FGWrs","expiresAt":1795903318424}]"#;

const MEMORY: &str = "[secondary_storage]\nurl = \"memory\"\n[user.delete_user]\nenabled = true\n";
const ADOPTS: &str = "[session]\nadopt_from_secondary_storage = true\n";

/// A server in whose storage there is what Better Auth wrote, a minute later.
async fn server(toml: &str) -> Server {
    let server =
        Server::at(Timestamp::parse("2026-11-21T22:02:58Z").expect("a moment"), &format!("{TEXT_IDS}{toml}")).await;
    has_user(&server).await;
    wrote(&server, KEPT).await;
    server
}

/// The user of the recorded session, whose password is known.
async fn has_user(server: &Server) {
    server.member("Ada").await;
    server.sql("DELETE FROM {session}", &[]).await;
    let id = server.rows("SELECT {user.id} AS id FROM {user}", &[]).await[0].text("id").expect("an id");
    let ids = [Value::from(USER), Value::from(id)];
    let copy = "INSERT INTO {user} ({user:id}, {user:name}, {user:email}, {user:emailVerified}, {user:createdAt}, \
        {user:updatedAt}) SELECT $1, {user.name}, 'old@example.com', {user.emailVerified}, {user.createdAt}, \
        {user.updatedAt} FROM {user} WHERE {user.id} = $2";
    server.sql(copy, &ids).await;
    server
        .sql("UPDATE {account} SET {account:userId} = $1, {account:accountId} = $1 WHERE {account.userId} = $2", &ids)
        .await;
    server.sql("DELETE FROM {user} WHERE {user.id} = $1", &ids[1..]).await;
    server.sql("UPDATE {user} SET {user:email} = 'ada@example.com'", &[]).await;
}

/// Better Auth writes a session and the list of its user's.
async fn wrote(server: &Server, kept: &str) {
    let kv = server.store().kv().expect("a storage");
    kv.put(TOKEN, kept, 604_799).await.expect("it is there");
    kv.put(&format!("active-sessions-{USER}"), LIST, 604_799).await.expect("it is there");
}

fn ada(server: &Server) -> Browser<'_> {
    let mut browser = server.browser();
    browser.jar.insert("better-auth.session_token".to_owned(), COOKIE.to_owned());
    browser
}

async fn session(server: &Server) -> Json {
    let answer = ada(server).get("/get-session").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[actix_web::test]
async fn a_session_that_redis_alone_has_is_honoured_and_becomes_a_row() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    server.sql("UPDATE {user} SET {user:name} = 'Countess'", &[]).await;
    let found = session(&server).await;
    assert_eq!(found["session"]["id"], "7xLNkcIRubZoCdWUC6dnYMGk1DG3U5Zl");
    assert_eq!(found["session"]["expiresAt"], "2026-11-28T22:01:58.424Z");
    assert_eq!(found["session"]["createdAt"], "2026-11-21T22:01:58.424Z");
    assert_eq!(found["session"]["userAgent"], "rec");
    assert_eq!(found["user"]["name"], "Countess", "the user of the row, not of the copy");
    assert_eq!(server.count("session").await, 1);
    server.store().kv().expect("a storage").forget(TOKEN).await.expect("it is gone");
    server.wait(120);
    assert_eq!(session(&server).await["session"], found["session"], "from now on without Redis");
}

#[actix_web::test]
async fn t28_without_the_setting_it_is_no_session() {
    let server = server(MEMORY).await;
    assert_eq!(session(&server).await, Json::Null);
    assert_eq!(server.count("session").await, 0);
}

#[actix_web::test]
async fn a_session_that_better_auth_goes_on_with_in_redis_goes_on_here() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    assert_ne!(session(&server).await, Json::Null);
    server.wait(7 * 86_400);
    assert!(server.now().to_string().as_str() > "2026-11-28T22:02");
    let extended = KEPT
        .replace("2026-11-28T22:01:58", "2026-12-05T09:00:00")
        .replace("\"updatedAt\":\"2026-11-21", "\"updatedAt\":\"2026-11-25");
    let kv = server.store().kv().expect("a storage");
    kv.put(TOKEN, &extended, 300_000).await.expect("it is there");
    assert_eq!(session(&server).await["session"]["expiresAt"], "2026-12-05T09:00:00.424Z");
    assert_eq!(ada(&server).post("/sign-out", &json!({})).await.status, 200);
    kv.put(TOKEN, &extended, 300_000).await.expect("it is there");
    assert_eq!(session(&server).await, Json::Null, "an end is an end");
}

#[actix_web::test]
async fn many_requests_at_once_make_one_row() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    let all = (0..16).map(|_| session(&server));
    for found in futures_util::future::join_all(all).await {
        assert_ne!(found, Json::Null);
    }
    assert_eq!(server.count("session").await, 1);
}

#[actix_web::test]
async fn t28_what_is_no_live_session_of_a_user_is_not_adopted() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    let own = KEPT.replace("}}", "},\"signet\":1}");
    let impersonated = KEPT.replace("\"ipAddress\"", "\"impersonatedBy\":\"x\",\"ipAddress\"");
    for kept in [
        "",
        "null",
        "[]",
        "{}",
        &KEPT.replace("2026-11-28", "2026-11-20"),
        &KEPT.replace("\"token\":\"G", "\"token\":\"H"),
        &KEPT.replace(USER, "nobody"),
        &KEPT.replace("\"2026-11-28T22:01:58.424Z\"", "7"),
        &own,
        &impersonated,
    ] {
        wrote(&server, kept).await;
        assert_eq!(session(&server).await, Json::Null, "{kept}");
        assert_eq!(server.count("session").await, 0, "{kept}");
    }
}

#[actix_web::test]
async fn fields_that_there_are_here_come_along_and_others_do_not() {
    let field = "[session.additional_fields.device]\ntype = \"string\"\nrequired = false\n\
        [session.additional_fields.level]\ntype = \"number\"\ndefault_value = 1\n";
    let server = server(&format!("{MEMORY}{ADOPTS}{field}")).await;
    let more = "\"device\":\"a phone\",\"level\":\"high\",\"activeOrganizationId\":\"x\",\"ipAddress\"";
    wrote(&server, &KEPT.replace("\"ipAddress\"", more)).await;
    let found = session(&server).await["session"].clone();
    assert_eq!((&found["device"], &found["level"]), (&json!("a phone"), &json!(1)));
    assert_eq!(found.get("activeOrganizationId"), None);
}

#[actix_web::test]
async fn t28_whatever_ends_sessions_ends_those_that_redis_alone_has() {
    let toml = format!(
        "{MEMORY}{ADOPTS}[email_and_password]\nrevoke_sessions_on_password_reset = true\n[plugins.admin]\nenabled = true\n"
    );
    for path in [
        "/sign-out",
        "/revoke-session",
        "/revoke-sessions",
        "/revoke-other-sessions",
        "/change-password",
        "/delete-user",
        "ban",
    ] {
        let server = server(&toml).await;
        // Signet has never seen the session that is to end.
        let mut other = server.browser();
        let password = json!({"email": "ada@example.com", "password": "correct horse Ada"});
        assert_eq!(other.post("/sign-in/email", &password).await.status, 200);
        let answer = match path {
            "/sign-out" => ada(&server).post(path, &json!({})).await,
            "/revoke-session" => other.post(path, &json!({"token": TOKEN})).await,
            "/change-password" => {
                let body = json!({
                    "currentPassword": "correct horse Ada", "newPassword": "another horse", "revokeOtherSessions": true
                });
                other.post(path, &body).await
            }
            "/delete-user" => other.post(path, &json!({"password": "correct horse Ada"})).await,
            "ban" => {
                let mut eve = server.member("Eve").await;
                server.sql("UPDATE {user} SET {user:role} = 'admin' WHERE {user.name} = 'Eve'", &[]).await;
                eve.post("/admin/ban-user", &json!({"userId": USER})).await
            }
            _ => other.post(path, &json!({})).await,
        };
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(session(&server).await, Json::Null, "{path}");
        // Redis has lost the end, and has what was there before.
        wrote(&server, KEPT).await;
        assert_eq!(session(&server).await, Json::Null, "{path}");
    }
}

#[actix_web::test]
async fn t28_a_session_that_the_list_has_lost_ends_with_all_of_its_users() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    let kv = server.store().kv().expect("a storage");
    kv.forget(&format!("active-sessions-{USER}")).await.expect("it is gone");
    assert_eq!(server.store().delete_sessions_of(USER, None).await.expect("it is done"), 0);
    assert_eq!(session(&server).await, Json::Null);
    let mark = kv.get(&format!("revoked-sessions-before-{USER}")).await.expect("it is there");
    assert_eq!(mark, Some(server.now().millis().to_string()), "as Better Auth 1.7.24 has it");
}

#[actix_web::test]
async fn t30_a_ban_ends_what_redis_alone_has_with_a_line_for_it_also_where_the_list_has_lost_it() {
    let toml = format!("{MEMORY}{ADOPTS}[plugins.admin]\nenabled = true\n");
    for is_listed in [true, false] {
        let server = server(&toml).await;
        let mut eve = server.member("Eve").await;
        server.sql("UPDATE {user} SET {user:role} = 'admin' WHERE {user.name} = 'Eve'", &[]).await;
        if !is_listed {
            let kv = server.store().kv().expect("a storage");
            kv.forget(&format!("active-sessions-{USER}")).await.expect("it is gone");
        }
        assert_eq!(eve.post("/admin/ban-user", &json!({"userId": USER})).await.status, 200);
        assert_eq!(session(&server).await, Json::Null, "listed: {is_listed}");
        // What nobody could find ended unseen.
        let ended = "SELECT COUNT(*) AS n FROM {signet_audit} WHERE {signet_audit.action} = 'session.revoked'";
        let lines = server.rows(ended, &[]).await[0].integer("n").expect("a number");
        assert_eq!(lines, i64::from(is_listed), "listed: {is_listed}");
    }
}

#[actix_web::test]
async fn t28_a_session_that_the_list_has_lost_ends_with_all_others_of_its_user_and_the_one_that_is_kept_goes_on() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    let kv = server.store().kv().expect("a storage");
    kv.forget(&format!("active-sessions-{USER}")).await.expect("it is gone");
    let mut other = server.browser();
    let password = json!({"email": "ada@example.com", "password": "correct horse Ada"});
    assert_eq!(other.post("/sign-in/email", &password).await.status, 200);
    assert_eq!(other.post("/revoke-other-sessions", &json!({})).await.status, 200);
    assert_eq!(session(&server).await, Json::Null);
    assert_ne!(other.get("/get-session").await.json(), Json::Null);
    let mark = kv.get(&format!("revoked-sessions-before-{USER}")).await.expect("it is there");
    assert_eq!(mark, None, "Better Auth would take it for the end of all of them");
}

#[actix_web::test]
async fn t28_the_session_that_ends_the_others_goes_on_also_where_redis_extends_it() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    assert_eq!(ada(&server).post("/revoke-other-sessions", &json!({})).await.status, 200);
    server.sql("DELETE FROM {session}", &[]).await;
    wrote(&server, KEPT).await;
    assert_ne!(session(&server).await, Json::Null);
}

#[actix_web::test]
async fn t28_a_session_that_the_list_has_lost_ends_where_a_provider_proves_whose_the_address_is() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    let kv = server.store().kv().expect("a storage");
    kv.forget(&format!("active-sessions-{USER}")).await.expect("it is gone");
    let account =
        NewAccount { provider_id: "somewhere".to_owned(), account_id: Some("7".to_owned()), ..NewAccount::default() };
    let linked = server.store().link_account(USER, account, Some("ada@example.com")).await.expect("an answer");
    assert!(matches!(linked, Linked::Done(_)));
    assert_eq!(session(&server).await, Json::Null);
}

#[actix_web::test]
async fn a_numeric_id_of_redis_is_not_taken_and_the_next_session_finds_its_own_free() {
    let serial = "[advanced.database]\ngenerate_id = \"serial\"\n";
    let server =
        Server::at(Timestamp::parse("2026-11-21T22:02:58Z").expect("a moment"), &format!("{MEMORY}{ADOPTS}{serial}"))
            .await;
    let mut own = server.member("Ada").await;
    let first = own.get("/get-session").await.json();
    let kept = KEPT.replace(USER, first["user"]["id"].as_str().expect("an id"));
    // That of another row, and the one that the next row gets.
    for id in ["1", "2"] {
        wrote(&server, &kept.replace("7xLNkcIRubZoCdWUC6dnYMGk1DG3U5Zl", id)).await;
        let found = session(&server).await;
        let given: i64 = found["session"]["id"].as_str().expect("an id").parse().expect("a number");
        assert!(given > 1 || !is_postgres(), "{found}");
        for _ in 0..3 {
            assert_eq!(session(&server).await["session"]["id"], found["session"]["id"]);
            assert_eq!(own.get("/list-sessions").await.status, 200);
        }
        let mut next = server.browser();
        let password = json!({"email": "ada@example.com", "password": "correct horse Ada"});
        assert_eq!(next.post("/sign-in/email", &password).await.status, 200);
        let next: i64 =
            next.get("/get-session").await.json()["session"]["id"].as_str().expect("an id").parse().expect("a number");
        // On SQLite the numbers of sessions are drawn, below zero, and none is given twice.
        match is_postgres() {
            true => assert_eq!(next, given + 1, "no number is lost"),
            false => assert!(given < 0 && next < 0 && next != given, "{given}, {next}"),
        }
        server.sql("DELETE FROM {session} WHERE {session.token} = $1", &[Value::from(TOKEN)]).await;
        server.store().kv().expect("a storage").forget(TOKEN).await.expect("it is gone");
    }
}

#[actix_web::test]
async fn t28_a_key_of_redis_that_holds_no_text_is_no_session() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let toml = format!("{}{ADOPTS}[plugins.bearer]\nenabled = true\n", MEMORY.replace("memory", &redis.url()));
    let server = Server::with(&toml).await;
    redis.say("LPUSH better-auth:a-list x");
    let mut thief = server.browser().header("authorization", "Bearer a-list");
    let answer = thief.get("/get-session").await;
    assert_eq!((answer.status, answer.json()), (200, Json::Null));
    assert!(!server.heard().contains("WRONGTYPE"));
}

#[actix_web::test]
async fn a_users_sessions_are_listed_with_those_that_redis_alone_has() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    let mut other = server.browser();
    let password = json!({"email": "ada@example.com", "password": "correct horse Ada"});
    assert_eq!(other.post("/sign-in/email", &password).await.status, 200);
    let listed = other.get("/list-sessions").await.json();
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
}

#[actix_web::test]
async fn while_redis_is_away_nobody_is_told_that_they_are_signed_out() {
    let Some(mut redis) = Redis::start(&[]).await else { return };
    let toml = format!("{}{ADOPTS}", MEMORY.replace("memory", &redis.url()));
    let server = server(&toml).await;
    redis.stop();
    let answer = ada(&server).get("/get-session").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.cookies(), Vec::<&str>::new());
    assert!(redis.run().await);
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        // Connections from before fail once more.
        if server.store().kv().expect("a storage").put("probe", "", 60).await.is_ok() {
            break;
        }
    }
    wrote(&server, KEPT).await;
    assert_ne!(session(&server).await, Json::Null);
    redis.stop();
    assert_ne!(session(&server).await, Json::Null, "it is a row by now");
}

#[actix_web::test]
async fn a_better_auth_beside_that_finds_the_word_of_a_change_asks_the_database() {
    let server = server(&format!("{MEMORY}{ADOPTS}")).await;
    assert_ne!(session(&server).await, Json::Null);
    let answer = ada(&server).post("/update-user", &json!({"name": "Countess"})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let word = server.store().kv().expect("a storage").get(TOKEN).await.expect("it is there");
    // Better Auth 1.7.7 reads an empty text as no copy, and any other that is none as the end of the session.
    assert_eq!(word.as_deref(), Some(""));
}

#[actix_web::test]
async fn without_copies_what_another_program_changes_is_seen_at_once() {
    let server = server(&format!("{MEMORY}{ADOPTS}copies_in_secondary_storage = false\n")).await;
    let mut eve = server.member("Eve").await;
    assert_ne!(eve.get("/get-session").await.json(), Json::Null);
    server.sql("DELETE FROM {session}", &[]).await;
    assert_eq!(eve.get("/get-session").await.json(), Json::Null);
}

#[actix_web::test]
async fn a_link_for_a_new_password_that_better_auth_has_mailed_is_good() {
    let server = server(MEMORY).await;
    // As it was recorded with the session.
    let link = r#"{"createdAt":"2026-11-21T22:01:58.455Z","updatedAt":"2026-11-21T22:01:58.455Z","value":"2bIMuVe4OfEf5cYh0XKzkc7rgSWQBDan","identifier":"reset-password:Ly16IishwzWn2qElBhMeZkSr","expiresAt":"2026-11-21T23:01:58.454Z"}"#;
    let key = "verification:reset-password:Ly16IishwzWn2qElBhMeZkSr";
    server.store().kv().expect("a storage").put(key, link, 3_599).await.expect("it is there");
    let body = json!({"token": "Ly16IishwzWn2qElBhMeZkSr", "newPassword": "a horse of another colour"});
    assert_eq!(server.browser().post("/reset-password", &body).await.status, 200);
    let answer = server.browser().post("/reset-password", &body).await;
    assert_eq!(answer.code().as_deref(), Some("INVALID_TOKEN"), "once");
    let password = json!({"email": "ada@example.com", "password": "a horse of another colour"});
    assert_eq!(server.browser().post("/sign-in/email", &password).await.status, 200);
}

#[test]
fn adoption_needs_a_storage_to_adopt_from() {
    let fault = load(ADOPTS, "sqlite:signet.db").expect_err("it is refused");
    assert!(fault.contains("session.adopt_from_secondary_storage"), "{fault}");
    assert!(load(&format!("{MEMORY}{ADOPTS}"), "sqlite:signet.db").is_ok());
}
