//! `[side_by_side]`: what a Better Auth beside this server can live with.

use super::{config, fault, load};
use crate::crypto::password::PasswordAlgorithm;

fn beside(version: &str, more: &str) -> String {
    format!("{more}\n[side_by_side]\nbetter_auth = \"{version}\"\n")
}

#[test]
fn alone_new_passwords_are_hashed_with_argon2id_and_beside_better_auth_with_scrypt() {
    assert_eq!(config("").email_and_password.password.algorithm, PasswordAlgorithm::Argon2id);
    for version in ["1.2", "1.2.12", "1.7.7", "1.7.24", "1.8.0-beta.1"] {
        let config = config(&beside(version, ""));
        assert_eq!(config.email_and_password.password.algorithm, PasswordAlgorithm::Scrypt, "{version}");
    }
    let explicit = beside("1.7.7", "[email_and_password.password]\nalgorithm = \"scrypt\"");
    assert_eq!(config(&explicit).email_and_password.password.algorithm, PasswordAlgorithm::Scrypt);
    let (_, record) = load(&beside("1.7.7", "")).expect("it loads");
    let shown = record.entries.iter().find(|entry| entry.path == "email_and_password.password.algorithm");
    assert_eq!(shown.and_then(|entry| entry.value.as_deref()), Some("\"scrypt\""));
}

#[test]
fn hashes_that_the_other_server_cannot_read_are_refused() {
    let line = fault(&beside("1.7.7", "[email_and_password.password]\nalgorithm = \"argon2id\""));
    assert!(line.contains("`email_and_password.password.algorithm`"), "{line}");
    assert!(line.contains("Better Auth 1.7.7") && line.contains("remove it"), "{line}");
}

#[test]
fn a_release_that_is_too_old_or_none_is_refused() {
    for (version, says) in [
        ("1.1.21", "update that server"),
        ("0.9.0", "update that server"),
        ("2.0.0", "1.2 to 1.x"),
        ("latest", "the release"),
        ("1", "the release"),
        ("1.7.7.7", "the release"),
        ("", "the release"),
    ] {
        let line = fault(&beside(version, ""));
        assert!(line.contains("`side_by_side.better_auth`") && line.contains(says), "{version}: {line}");
    }
}

#[test]
fn keys_that_the_other_server_makes_are_looked_for_every_two_seconds_at_least() {
    let line = fault(&beside("1.7.7", "[plugins.jwt.jwks]\npoll_interval = 3"));
    assert!(line.contains("`plugins.jwt.jwks.poll_interval`") && line.contains("set it to 2"), "{line}");
    for fine in ["[plugins.jwt.jwks]\npoll_interval = 1", "[plugins.jwt]\nenabled = false\njwks.poll_interval = 3"] {
        config(&beside("1.7.7", fine));
    }
}

#[test]
fn a_second_algorithm_is_refused_beside_a_release_that_ignores_algorithms() {
    let second = "[plugins.jwt.templates.legacy]\nalgorithm = \"RS256\"";
    for old in ["1.2.12", "1.4.18", "1.6.34"] {
        let line = fault(&beside(old, second));
        assert!(line.contains("`plugins.jwt.templates.legacy.algorithm`"), "{line}");
        assert!(line.contains(&format!("Better Auth {old}")) && line.contains("update that server"), "{line}");
    }
    let same = "[plugins.jwt.jwks.key_pair_config]\nalg = \"RS256\"\n";
    for (version, fine) in
        [("1.7.0", second.to_owned()), ("1.6.34", format!("{second}\n{same}")), ("1.6.34", same.to_owned())]
    {
        config(&beside(version, &fine));
    }
}

#[test]
fn a_shared_database_is_needed() {
    let line = fault(&beside("1.7.7", "[database]\nurl = \"none\"\n[plugins.jwt]\nenabled = false"));
    assert!(line.contains("`side_by_side.better_auth`") && line.contains("database.url"), "{line}");
}
