use crate::place::Place;

#[test]
fn a_command_line_that_makes_no_sense_is_exit_code_2_and_help_is_none() {
    let place = Place::new();
    for command in ["", "serv", "keys", "keys list --nonsense", "users create"] {
        assert_eq!(place.run(command).code, 2, "{command}");
    }
    for command in ["--help", "serve --help", "keys --help", "users set-role --help", "--version"] {
        assert!(!place.run(command).well().is_empty(), "{command}");
    }
    let help = place.run("--help").well();
    assert!(help.contains("signet serve") && help.contains("docs/configuration.md"), "{help}");
}

#[test]
fn every_fault_of_the_configuration_is_a_line_and_exit_code_2() {
    let place = Place::new();
    place.write("signet.toml", "nonsense = 1\n[session]\nexpires_in = \"soon\"\n");
    for command in ["serve", "config check", "config show", "migrate", "keys list", "users set-role a@b.c x"] {
        let done = place.run(command);
        let lines: Vec<&str> = done.complained.lines().collect();
        assert_eq!((done.code, lines.len()), (2, 2), "{command}: {}", done.complained);
        assert!(lines.iter().any(|line| line.starts_with("signet: `nonsense` (")), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("signet: `session.expires_in` (")), "{lines:?}");
    }
    place.write("signet.toml", "");
    assert_eq!(place.run("config check --config nowhere.toml").code, 2, "a file that was named must be there");
}

#[test]
fn a_database_that_is_away_is_exit_code_3_and_says_what_to_look_at() {
    let place = Place::new();
    let away = [("DATABASE_URL", "postgres://signet:hush@127.0.0.1:9/signet")];
    for command in ["serve", "migrate", "keys list", "keys rotate", "config check", "users set-role a@b.c x"] {
        let done = place.run_with(command, &away, "");
        assert_eq!(done.code, 3, "{command}: {}", done.complained);
        let line = done.complained.lines().last().expect("a line").to_owned();
        assert!(line.starts_with("signet: The database cannot be reached") && line.contains("database.url"), "{line}");
        assert!(!done.complained.contains("hush"), "{command} shows the password");
    }
}

#[test]
fn a_port_that_is_taken_is_one_line_with_the_setting_to_change() {
    let place = Place::new();
    let _server = place.serve();
    let done = place.run("serve");
    let line = done.complained.lines().last().expect("a line").to_owned();
    assert_eq!(done.code, 1, "{line}");
    assert!(line.contains("Cannot listen on 127.0.0.1:") && line.contains("SIGNET__SERVER__BIND"), "{line}");
}

#[test]
fn what_is_shown_says_where_it_comes_from() {
    let place = Place::new();
    place.write("signet.toml", "app_name = \"Ours\"\n");
    let shown = place.run_with("config show", &[("SIGNET__SESSION__EXPIRES_IN", "3600")], "").well();
    let line = |name: &str| shown.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(
        line("app_name").contains("\"Ours\"") && line("app_name").contains("signet.toml:1"),
        "{}",
        line("app_name")
    );
    assert!(line("session.expires_in").contains("SIGNET__SESSION__EXPIRES_IN"), "{}", line("session.expires_in"));
    assert!(line("session.update_age").contains("default"), "{}", line("session.update_age"));
}

#[test]
fn times_of_keys_that_do_not_fit_are_warned_about_and_times_without_sense_are_refused() {
    let place = Place::new();
    place.write("signet.toml", "[plugins.jwt.jwks]\ncache_max_age = 3600\n");
    let said = place.run("config check").well();
    assert!(said.starts_with("warning: plugins.jwt.jwks.cache_max_age is 3600 s, but 1800 s is in force"), "{said}");
    place.write("signet.toml", "[plugins.jwt.jwks]\npublish_lead = 0\n");
    assert!(place.run("config check").failed(2).contains("publish_lead is 0 s"), "it is said");
}

#[test]
fn what_is_done_to_a_database_is_refused_where_there_is_none() {
    let place = Place::new();
    for command in ["migrate", "migrate --plan", "backup copy.db", "keys list", "keys rotate", "users set-role a@b.c x"]
    {
        let done = place.run_with(command, &[("DATABASE_URL", "none")], "");
        assert_eq!(done.code, 1, "{command}: {}", done.complained);
        assert!(done.complained.contains("There is no database"), "{command}: {}", done.complained);
    }
    assert_eq!(place.run_with("config check", &[("DATABASE_URL", "none")], "").code, 0);
}
