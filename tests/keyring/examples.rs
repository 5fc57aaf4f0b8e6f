//! The rules of state by example: the cases that one might get wrong.

use signet::base::Timestamp;
use signet::keyring::{KeyFacts, Phase, Policy, PolicyWanted, States, states};

use crate::worlds::{IN_USE, SECOND};

fn key(kid: &str, algorithm: &str, created: i64, expires: Option<i64>) -> KeyFacts {
    KeyFacts {
        kid: kid.to_owned(),
        algorithm: algorithm.to_owned(),
        created_at: Timestamp::from_seconds(created),
        expires_at: expires.map(Timestamp::from_seconds),
        usable: true,
    }
}

/// Interval 1000 s, lead 100 s, max-age 20 s, token life 50 s, grace 200 s; a reserve of 129 s.
fn example() -> Policy {
    let wish = PolicyWanted {
        interval: Some(1000 * SECOND),
        lead: 100 * SECOND,
        grace: 200 * SECOND,
        max_age: 20 * SECOND,
        poll: SECOND,
        token_life: 50 * SECOND,
    };
    let (policy, warnings) = Policy::corrected(wish).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    policy
}

fn signer_at(rows: &[KeyFacts], seconds: i64) -> Option<String> {
    states(rows, &["EdDSA"], &example(), Timestamp::from_seconds(seconds)).signer().map(str::to_owned)
}

fn phase(states: &States, kid: &str) -> Phase {
    states.keys.iter().find(|key| key.kid == kid).expect("every row has a state").phase
}

#[test]
fn rule_1_the_first_key_signs_before_it_is_ripe() {
    assert_eq!(signer_at(&[key("a", "EdDSA", 0, Some(1100))], 0).as_deref(), Some("a"));
    let both = [key("a", "EdDSA", 0, Some(1100)), key("b", "EdDSA", 1, Some(1101))];
    assert_eq!(signer_at(&both, 1).as_deref(), Some("a"), "the oldest, whom verifiers have known longest");
    assert_eq!(signer_at(&both, 101).as_deref(), Some("b"));
}

#[test]
fn rule_1_a_key_that_a_faster_clock_has_dated_signs_as_the_first_one_at_once() {
    assert_eq!(signer_at(&[key("a", "EdDSA", 1, Some(1101))], 0).as_deref(), Some("a"));
}

#[test]
fn rule_1_after_a_long_sleep_the_last_key_signs_on_until_its_grace_is_spent_or_the_next_is_ripe() {
    let asleep = key("a", "EdDSA", 0, Some(1100));
    assert_eq!(signer_at(std::slice::from_ref(&asleep), 1228).as_deref(), Some("a"));
    assert_eq!(signer_at(std::slice::from_ref(&asleep), 1229), None);
    let awake = [asleep.clone(), key("b", "EdDSA", 1120, Some(2220))];
    assert_eq!(signer_at(&awake, 1219).as_deref(), Some("a"));
    assert_eq!(signer_at(&awake, 1220).as_deref(), Some("b"));
    let late = [asleep, key("b", "EdDSA", 1200, Some(2300))];
    assert_eq!(signer_at(&late, 1229).as_deref(), Some("b"), "unripe, but nothing else can sign any more");
}

#[test]
fn rule_1_a_change_of_algorithm_signs_with_the_old_one_until_the_new_key_is_ripe() {
    let policy = example();
    let rows = [key("old", "EdDSA", 0, None), key("new", "ES256", 5000, Some(6100))];
    let at = |seconds| states(&rows, &["ES256"], &policy, Timestamp::from_seconds(seconds));
    assert_eq!(at(5000).signer(), Some("old"));
    assert_eq!(at(5000).signer_of("ES256"), Some("new"), "whoever insists on the new algorithm gets it");
    assert_eq!(at(5000).signer_of("EdDSA"), None);
    assert_eq!(at(5099).signer(), Some("old"));
    assert_eq!(at(5100).signer(), Some("new"));
    assert_eq!(phase(&at(5100), "old"), Phase::Retired);
    assert_eq!(phase(&at(5300), "old"), Phase::Removed);
    assert!(!at(5000).mint_due("ES256"));
    assert!(states(&rows[..1], &["ES256"], &policy, Timestamp::from_seconds(5000)).mint_due("ES256"));
}

#[test]
fn rule_2_a_key_without_an_expiry_ends_when_a_successor_is_ripe_and_stays_ended() {
    let rows = [key("better-auth", "EdDSA", 0, None), key("ours", "EdDSA", 5000, Some(6100))];
    assert_eq!(signer_at(&rows, 5099).as_deref(), Some("better-auth"));
    assert_eq!(signer_at(&rows, 5100).as_deref(), Some("ours"));
    assert_eq!(signer_at(&rows, 6228).as_deref(), Some("ours"));
    assert_eq!(signer_at(&rows, 6229), None, "the one before does not come back");
}

#[test]
fn rule_2_a_key_that_expires_before_it_is_ripe_ends_no_other() {
    let rows = [key("ours", "EdDSA", 0, Some(1100)), key("hasty", "EdDSA", 500, Some(560))];
    for seconds in [500, 559, 600, 1099, 1228] {
        assert_eq!(signer_at(&rows, seconds).as_deref(), Some("ours"));
    }
}

#[test]
fn rule_1_a_hasty_key_that_is_all_there_is_signs_until_the_first_lasting_one_is_ripe() {
    let rows = [key("hasty", "EdDSA", 0, Some(60)), key("ours", "EdDSA", 20, Some(1120))];
    assert_eq!(signer_at(&rows, 119).as_deref(), Some("hasty"));
    assert_eq!(signer_at(&rows, 120).as_deref(), Some("ours"));
}

#[test]
fn rule_3_a_key_without_an_expiry_gets_a_successor_when_it_is_as_old_as_the_interval() {
    let rows = [key("better-auth", "EdDSA", 0, None)];
    let at = |policy: Policy, seconds| {
        states(&rows, &["EdDSA"], &policy, Timestamp::from_seconds(seconds)).mint_due("EdDSA")
    };
    assert!(!at(example(), 989));
    assert!(at(example(), 990));
    assert!(!at(Policy { interval: None, ..example() }, 1_000_000));
}

#[test]
fn rule_9_a_key_that_cannot_be_decrypted_is_published_and_the_one_before_signs_on_in_its_grace() {
    let mut rows = [key("a", "EdDSA", 0, Some(1100)), key("b", "EdDSA", 990, Some(2090))];
    rows[1].usable = false;
    let at = |seconds| states(&rows, &["EdDSA"], &example(), Timestamp::from_seconds(seconds));
    assert_eq!(at(1090).signer(), Some("a"));
    assert_eq!(at(1218).signer(), Some("a"));
    assert_eq!(at(1219).signer(), None);
    assert_eq!(at(1219).published().count(), 2);
    assert!(!at(1219).mint_due("EdDSA"));
    assert!(at(1980).mint_due("EdDSA"), "the usual rotation mends it");
}

#[test]
fn without_rows_or_algorithms_nothing_signs_and_each_line_wants_a_key() {
    let nothing = states(&[], &IN_USE, &example(), Timestamp::from_seconds(0));
    assert_eq!((nothing.signer(), nothing.next_change(), nothing.published().count()), (None, None, 0));
    assert!(nothing.mint_due("EdDSA") && nothing.mint_due("ES256"));
    let rows = [key("a", "EdDSA", 0, None)];
    assert_eq!(states(&rows, &[], &example(), Timestamp::from_seconds(0)).signer(), Some("a"));
}

#[test]
fn rule_7_a_key_that_is_read_from_both_of_its_tables_counts_once() {
    let rows = [key("a", "EdDSA", 0, Some(1100)), key("a", "EdDSA", 0, Some(1100))];
    let states = states(&rows, &["EdDSA"], &example(), Timestamp::from_seconds(100));
    assert_eq!(states.published().count(), 1);
    assert_eq!(states.signer(), Some("a"));
}
