use std::fs;

use serde_json::json;

use crate::place::{Place, files};

#[test]
fn a_first_start_makes_what_it_needs_for_its_owner_alone_and_says_how_to_go_on() {
    let place = Place::new();
    let (server, _) = place.serve_saying(7);
    for (name, mode) in [("signet-data", 0o700), ("signet-data/secret", 0o600), ("signet-data/signet.db", 0o600)] {
        assert_eq!(place.mode(name), mode, "{name}");
    }
    for file in files(&place.path("signet-data")) {
        assert_eq!(place.mode(&format!("signet-data/{file}")), 0o600, "{file}");
    }
    let [listens, open, data, jwks, sign_up, next, admins] = server.greeting.as_slice() else { panic!("seven lines") };
    assert!(listens.starts_with("Signet listens on 127.0.0.1:"), "{listens}");
    assert!(open.starts_with("Open:     http://localhost:") && open.ends_with('/'), "{open}");
    assert!(data.ends_with("SQLite in signet-data/signet.db"), "{data}");
    assert!(jwks.ends_with("/api/auth/jwks"), "{jwks}");
    assert!(sign_up.contains("curl -X POST http://localhost:") && sign_up.contains("/sign-up/email"), "{sign_up}");
    assert!(next.contains("BETTER_AUTH_SECRET") && next.contains("DATABASE_URL"), "{next}");
    assert!(admins.starts_with("Admins:   none yet; set SIGNET__PLUGINS__ADMIN__ENABLED=true"), "{admins}");
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "password": "correct horse" });
    assert_eq!(server.ask("POST", "/sign-up/email", Some(&ada)).0, 200, "what the greeting suggests works");
    assert_eq!(server.stop(), Some(0), "a supervisor's signal ends it well");
}

#[test]
fn a_second_start_finds_the_same_secret_keys_and_users() {
    let place = Place::new();
    let server = place.serve();
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "password": "correct horse" });
    assert_eq!(server.ask("POST", "/sign-up/email", Some(&ada)).0, 200);
    let (secret, kids) = (fs::read(place.path("signet-data/secret")).expect("a secret"), server.kids());
    server.stop();

    let server = place.serve();
    assert_eq!(fs::read(place.path("signet-data/secret")).expect("a secret"), secret);
    assert_eq!(server.kids(), kids);
    assert_eq!(server.ask("POST", "/sign-in/email", Some(&ada)).0, 200);
    assert!(place.run("config check").well().contains("The configuration is good."), "its keys can be opened");
}

#[test]
fn a_secret_that_is_cut_short_is_never_used_or_replaced() {
    let place = Place::new();
    place.serve().stop();
    place.write("signet-data/secret", "short");
    let line = place.run("serve").failed(1);
    assert!(line.contains("cut short") && line.contains("Restore it"), "{line}");
    assert_eq!(fs::read(place.path("signet-data/secret")).expect("a secret"), b"short");
}

#[test]
fn commands_that_only_look_make_nothing() {
    for command in ["config check", "config show", "keys list", "migrate --plan", "secret", "--help"] {
        let place = Place::new();
        place.run(command);
        assert!(place.is_empty(), "{command} made {:?}", files(&place.path(".")));
    }
}

#[test]
fn a_plan_is_the_sql_that_is_missing_and_migrating_leaves_none() {
    let place = Place::new();
    let plan = place.run("migrate --plan").well();
    for table in ["user", "session", "account", "verification", "jwks", "signet_key"] {
        assert!(plan.contains(&format!("CREATE TABLE \"{table}\"")), "{table}: {plan}");
    }
    let said = place.run("migrate").well();
    assert!(said.starts_with("Ran ") && said.ends_with(" statements.\n"), "{said}");
    assert_eq!(place.run("migrate --plan").well(), "-- The database is up to date: nothing to do.\n");
    assert_eq!(place.run("migrate").well(), "The database is up to date.\n");
    assert!(!place.path("signet-data/secret").exists(), "tables need no secret");
    assert_eq!(place.mode("signet-data/signet.db"), 0o600);
}

#[test]
fn every_fresh_secret_is_another_and_good_for_production() {
    let place = Place::new();
    let secrets = [place.run("secret").well(), place.run("secret").well()];
    assert_ne!(secrets[0], secrets[1]);
    for secret in secrets {
        let environment = [("BETTER_AUTH_SECRET", secret.trim()), ("BETTER_AUTH_URL", "https://auth.example.com")];
        let shown = place.run_with("config show", &environment, "").well();
        assert!(!shown.contains(secret.trim()), "it is masked");
    }
}

#[test]
fn an_empty_server_without_a_page_for_the_first_admin_names_the_command() {
    let place = Place::new();
    place.write("signet.toml", "[plugins.admin]\nenabled = true\n[pages]\nsetup = false\n");
    let (server, _) = place.serve_saying(7);
    let said = server.greeting.last().expect("a line");
    assert_eq!(said, "Admins:   none yet; `signet users create EMAIL --admin` makes the first one");
}

#[test]
fn t81_an_empty_server_prints_a_link_that_makes_one_admin_and_keeps_it_out_of_its_log() {
    let place = Place::new();
    place.write(
        "signet.toml",
        "[plugins.admin]\nenabled = true\n[logger]\nlevel = \"debug\"\n[log]\nformat = \"json\"\n",
    );
    let (server, log) = place.serve_saying(10);
    let greeting = server.greeting.clone();
    let [.., why, _, link] = greeting.as_slice() else { panic!("a link") };
    assert!(why.contains("no users yet") && why.contains("15 minutes") && why.contains("restart"), "{why}");
    let (page, token) = link.trim().split_once("/setup?token=").expect("a link");
    assert!(page.starts_with("http://localhost:") && token.len() >= 43, "{link}");
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "password": "correct horse", "token": token });
    let (status, answer) = server.ask("POST", "/admin/setup", Some(&ada));
    assert_eq!((status, answer["user"]["role"].as_str()), (200, Some("admin")));
    server.stop();
    let log = log.join().expect("its log");
    assert!(log.contains("the first admin was made") && !log.contains(token), "{log}");

    let restarted = place.serve();
    assert_eq!(restarted.ask("POST", "/admin/setup", Some(&ada)).0, 400, "the link is spent");
}
