//! Users whom a Better Auth keeps out by what Signet does not enforce: a ban without the admin plugin, a second factor.

use serde_json::json;
use signet::app;
use signet::base::{Clock, Random, Timestamp};

use crate::harness::browser::Answer;
use crate::harness::database::is_postgres;
use crate::harness::provider::{Consent, Provider, but, configured, profile};
use crate::harness::{Mailbox, Server, config, person};

const REFUSES: &str = "unenforced_bans = \"refuse\"\nunenforced_second_factors = \"refuse\"\n";

/// A database of Better Auth's with Ada, who has signed in, and with more columns.
async fn database(toml: &str, columns: &[&str]) -> Server {
    let server = Server::with(toml).await;
    server.member("Ada").await;
    for column in columns {
        server.sql(&format!("ALTER TABLE {{user}} ADD COLUMN {column}"), &[]).await;
    }
    server
}

async fn sign_in(server: &Server) -> Answer {
    server.browser().post("/sign-in/email", &person("Ada")).await
}

/// Status and code of a refusal, which opens no session.
fn refusal(answer: &Answer) -> (u16, String) {
    assert!(answer.cookies().iter().all(|cookie| !cookie.contains("session_token=") || cookie.contains("Max-Age=0")));
    (answer.status, answer.code().unwrap_or_default())
}

/// Whether a server starts on a database, as `signet serve` starts it.
async fn start(database: &Server, toml: &str) -> Result<(), String> {
    let config = config(&database.store_url(), toml);
    match app::start(config, Clock::System, Random::system()).await {
        Ok(running) => {
            running.stop().await;
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

#[actix_web::test]
async fn a_server_does_not_start_where_it_would_let_in_who_is_banned_or_has_a_second_factor() {
    for (column, setting, remedy) in [
        ("\"banned\" boolean", "unenforced_bans", "plugins.admin.enabled = true"),
        ("\"twoFactorEnabled\" boolean", "unenforced_second_factors", "Keep Better Auth for their sign-ins"),
        ("\"two_factor_enabled\" integer", "unenforced_second_factors", "Keep Better Auth for their sign-ins"),
    ] {
        let database = database("", &[column]).await;
        start(&database, "").await.expect("nobody is concerned");
        let name = column.split(' ').next().expect("a name");
        let yes = if column.ends_with("integer") { "1" } else { "TRUE" };
        database.sql(&format!("UPDATE {{user}} SET {name} = {yes}"), &[]).await;
        let fault = start(&database, "").await.expect_err("Ada is");
        assert!(fault.starts_with("1 user of this database ") && !fault.contains('\n'), "{fault}");
        assert!(fault.contains(remedy) && fault.contains(&format!("user.{setting} = \"refuse\"")), "{fault}");
        for policy in ["refuse", "allow"] {
            start(&database, &format!("[user]\n{setting} = \"{policy}\"")).await.expect("that is said");
        }
    }
}

#[actix_web::test]
async fn a_table_of_users_that_takes_longer_to_read_than_a_request_may_is_read_to_its_end() {
    if !is_postgres() {
        return;
    }
    let database = database("", &[]).await;
    for statement in [
        "CREATE TYPE mood AS ENUM ('false')",
        "CREATE FUNCTION slowly(mood) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT pg_sleep(2.1); SELECT 'false' $$",
        "CREATE CAST (mood AS text) WITH FUNCTION slowly(mood)",
        "ALTER TABLE {user} ADD COLUMN \"banned\" mood DEFAULT 'false'",
    ] {
        database.sql(statement, &[]).await;
    }
    start(&database, "[database]\nstatement_timeout = 1\n").await.expect("nobody is banned");
}

#[actix_web::test]
async fn a_verified_second_factor_counts_where_the_users_column_for_it_has_a_name_of_its_own() {
    let database = database("", &[]).await;
    let table = "CREATE TABLE \"twoFactor\" (id text, \"userId\" text, verified boolean)";
    database.sql(table, &[]).await;
    database.sql("INSERT INTO \"twoFactor\" SELECT 't1', {user.id}, FALSE FROM {user}", &[]).await;
    start(&database, "").await.expect("it was never confirmed");
    let server = database.replica("").await;
    assert_eq!(sign_in(&server).await.status, 200);
    database.sql("UPDATE \"twoFactor\" SET verified = TRUE", &[]).await;
    assert_eq!(refusal(&sign_in(&server).await), (403, "SECOND_FACTOR_REQUIRED".to_owned()));
    let fault = start(&database, "").await.expect_err("Ada has one");
    assert!(fault.starts_with("1 user "), "{fault}");
}

#[actix_web::test]
async fn with_the_admin_plugin_bans_are_its_own() {
    let admin = "[plugins.admin]\nenabled = true\n";
    let database = database(admin, &[]).await;
    database.sql("UPDATE {user} SET {user:banned} = TRUE", &[]).await;
    start(&database, admin).await.expect("it enforces them");
    start(&database, "").await.expect_err("without it nobody does");
}

#[actix_web::test]
async fn who_becomes_one_later_opens_no_session_either() {
    let database =
        database("", &["\"banned\" boolean", "\"banExpires\" timestamp", "\"twoFactorEnabled\" boolean"]).await;
    let server = database.replica("").await;
    let allows = database.replica("[user]\nunenforced_bans = \"allow\"\nunenforced_second_factors = \"allow\"\n").await;
    assert_eq!(sign_in(&server).await.status, 200);
    for (column, code) in [("banned", "BANNED_USER"), ("twoFactorEnabled", "SECOND_FACTOR_REQUIRED")] {
        server.sql(&format!("UPDATE {{user}} SET \"{column}\" = TRUE"), &[]).await;
        let sessions = server.count("session").await;
        assert_eq!(refusal(&sign_in(&server).await), (403, code.to_owned()));
        let mut wrong = person("Ada");
        wrong["password"] = "not hers at all".into();
        let answer = server.browser().post("/sign-in/email", &wrong).await;
        assert_eq!(
            refusal(&answer),
            (401, "INVALID_EMAIL_OR_PASSWORD".to_owned()),
            "it is told after the password alone"
        );
        assert_eq!(server.count("session").await, sessions);
        assert_eq!(sign_in(&allows).await.status, 200);
        server.sql(&format!("UPDATE {{user}} SET \"{column}\" = NULL"), &[]).await;
        assert_eq!(sign_in(&server).await.status, 200);
    }
}

#[actix_web::test]
async fn a_ban_that_is_over_keeps_nobody_out() {
    let kind = if is_postgres() { "timestamp" } else { "date" };
    let database = database("", &["\"banned\" boolean", &format!("\"ban_expires\" {kind}")]).await;
    let server = database.replica("").await;
    let expires = |moment: Timestamp| format!("UPDATE {{user}} SET \"banned\" = TRUE, \"ban_expires\" = '{moment}'");
    server.sql(&expires(server.now().plus_seconds(60)), &[]).await;
    assert_eq!(refusal(&sign_in(&server).await), (403, "BANNED_USER".to_owned()));
    server.wait(61);
    assert_eq!(sign_in(&server).await.status, 200);
    assert!(start(&database, "").await.is_err(), "by the clock of this start it is not over");
}

#[actix_web::test]
async fn who_has_a_second_factor_comes_in_by_no_way_that_does_not_ask_for_it() {
    let (provider, mailbox) = (Provider::start().await, Mailbox::open().await);
    let more = format!(
        "{}[user]\n{REFUSES}[email_verification]\nsend_on_sign_up = true\nauto_sign_in_after_verification = true\n\
         [plugins.username]\nenabled = true\n[plugins.token_api]\nenabled = true\n[plugins.admin]\nenabled = true\n",
        mailbox.toml()
    );
    let toml = configured(&[provider.openid("")], &more);
    let before = Server::with(&toml).await;
    let named = but(person("Ada"), json!({ "username": "ada" }));
    let mut ada = before.browser();
    assert_eq!(ada.post("/sign-up/email", &named).await.status, 200);
    let link = mailbox.one(&before).await.path();
    before.sql("ALTER TABLE {user} ADD COLUMN \"twoFactorEnabled\" boolean", &[]).await;
    before.sql("UPDATE {user} SET \"twoFactorEnabled\" = TRUE WHERE {user.name} = 'Ada'", &[]).await;
    let server = before.replica(&toml).await;
    let sessions = server.count("session").await;
    let mut browser = server.browser();
    let required = (403, "SECOND_FACTOR_REQUIRED".to_owned());
    assert_eq!(refusal(&sign_in(&server).await), required);
    let body = json!({ "username": "ada", "password": "correct horse Ada" });
    assert_eq!(refusal(&browser.post("/sign-in/username", &body).await), required);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let mut program = server.browser().without_origin();
    let answer =
        program.send("POST", "!/api/v1/login", &[form], Some(b"username=ada&password=correct+horse+Ada")).await;
    assert_eq!((answer.status, answer.cookies().len()), (403, 0), "{answer:?}");
    assert_eq!(refusal(&browser.get(&link).await), required, "a mailed link");
    let id_token = json!({ "provider": "acme", "idToken": { "token": provider.id_token(&profile("Ada")) } });
    assert_eq!(refusal(&browser.post("/sign-in/social", &id_token).await), required);
    let answer = provider.sign_in(&mut browser, Consent::of(profile("Ada"))).await;
    let page = answer.header("location").expect("a page");
    assert!(page.starts_with("/failed?error=SECOND_FACTOR_REQUIRED"), "{page}");
    assert_eq!(server.count("session").await, sessions);
}

#[actix_web::test]
async fn a_session_that_was_opened_with_the_second_factor_goes_on() {
    let database = database("", &["\"twoFactorEnabled\" boolean"]).await;
    let toml = format!("[user]\n{REFUSES}");
    let server = database.replica(&toml).await;
    let mut ada = server.browser();
    assert_eq!(ada.post("/sign-in/email", &person("Ada")).await.status, 200);
    server.sql("UPDATE {user} SET \"twoFactorEnabled\" = TRUE", &[]).await;
    assert_eq!(ada.get("/get-session").await.json()["user"]["name"], "Ada");
    let change =
        json!({ "currentPassword": "correct horse Ada", "newPassword": "another horse", "revokeOtherSessions": true });
    assert_eq!(ada.post("/change-password", &change).await.status, 200);
    assert_eq!(ada.get("/get-session").await.json()["user"]["name"], "Ada");
}

#[actix_web::test]
async fn without_such_columns_nothing_is_asked() {
    let server = Server::with("").await;
    assert!(server.store().unenforced_bars().await.expect("it answers").is_empty());
}
