//! Rules 3 and 4: what a policy says, and how a wish becomes sound.

use proptest::prelude::*;
use signet::base::Timestamp;
use signet::keyring::{Policy, PolicyWanted};

use crate::worlds::{SECOND, moment, policy, wish};

/// The wish that a policy fulfils without a correction.
fn wish_for(policy: &Policy) -> PolicyWanted {
    PolicyWanted {
        interval: policy.interval,
        lead: policy.lead,
        grace: policy.grace,
        max_age: policy.max_age,
        poll: policy.adoption - SECOND,
        token_life: policy.token_life,
    }
}

proptest! {
    #[test]
    fn rule_3_a_new_key_expires_a_lead_and_an_interval_after_its_creation(policy in policy(), created in moment()) {
        let expected = policy.interval.map(|interval| created.plus_millis(policy.lead + interval));
        prop_assert_eq!(policy.expiry_of_new(created), expected);
    }

    #[test]
    fn rule_4_whatever_is_wished_the_policy_in_force_is_sound(wish in wish()) {
        let (policy, _) = Policy::corrected(wish).unwrap();
        prop_assert!(policy.max_age >= 0 && policy.max_age % SECOND == 0);
        prop_assert!(policy.lead >= policy.max_age + policy.adoption + SECOND);
        prop_assert!(policy.lead >= policy.max_age + policy.adoption + policy.skew);
        prop_assert!(policy.interval.is_none_or(|interval| policy.lead * 2 <= interval));
        prop_assert!(policy.max_age * 2 <= policy.lead);
        prop_assert!(policy.grace >= policy.token_life + policy.max_age + policy.adoption + policy.skew);
        prop_assert!(policy.adoption > wish.poll);
        prop_assert_eq!(policy.token_life, wish.token_life);
        prop_assert_eq!(policy.interval.is_none(), wish.interval.is_none());
    }

    #[test]
    fn rule_4_each_option_that_gives_way_is_named_once_with_what_was_and_what_is(wish in wish()) {
        let (policy, warnings) = Policy::corrected(wish).unwrap();
        let options = [
            ("rotation_interval", wish.interval, policy.interval),
            ("publish_lead", Some(wish.lead), Some(policy.lead)),
            ("cache_max_age", Some(wish.max_age), Some(policy.max_age)),
            ("grace_period", Some(wish.grace), Some(policy.grace)),
        ];
        let mut expected = 0;
        for (option, wanted, in_force) in options {
            let prefix = format!("plugins.jwt.jwks.{option} is ");
            let named = warnings.iter().filter(|warning| warning.starts_with(&prefix)).count();
            prop_assert_eq!(named, usize::from(wanted != in_force), "{} in {:?}", option, warnings);
            expected += named;
        }
        prop_assert_eq!(warnings.len(), expected);
    }

    #[test]
    fn rule_4_a_sound_policy_stays_as_it_is_without_a_warning(policy in policy()) {
        prop_assert_eq!(Policy::corrected(wish_for(&policy)), Ok((policy, Vec::new())));
    }
}

#[test]
fn rule_4_the_defaults_are_sound() {
    let (policy, warnings) = Policy::corrected(PolicyWanted::default()).unwrap();
    assert_eq!(wish_for(&policy), PolicyWanted::default());
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn rule_4_quick_rotation_for_a_test_is_left_as_it_is() {
    let wish = PolicyWanted {
        interval: Some(12 * SECOND),
        lead: 6 * SECOND,
        max_age: 2 * SECOND,
        poll: SECOND,
        token_life: 8 * SECOND,
        ..PolicyWanted::default()
    };
    assert_eq!(Policy::corrected(wish).unwrap().1, Vec::<String>::new());
}

#[test]
fn rule_4_a_warning_says_the_option_what_was_configured_what_is_in_force_and_why() {
    let warnings = |wish| Policy::corrected(wish).unwrap().1;
    let usual = PolicyWanted::default();
    assert_eq!(
        warnings(PolicyWanted { grace: 60 * SECOND, ..usual }),
        ["plugins.jwt.jwks.grace_period is 60 s, but 1204 s is in force: a key must outlive its tokens (900 s), the \
             caches of the JWKS (300 s) and what lies between replicas (4 s)"]
    );
    assert_eq!(
        warnings(PolicyWanted { lead: 100 * SECOND, ..usual }),
        ["plugins.jwt.jwks.cache_max_age is 300 s, but 50 s is in force: caches may keep the JWKS for whole seconds, \
             for at most half the publish lead of 100 s, and must leave the replicas 4 s of it"]
    );
    assert_eq!(
        warnings(PolicyWanted { interval: Some(SECOND), ..usual }),
        [
            "plugins.jwt.jwks.rotation_interval is 1 s, but 8 s is in force: a key must sign for at least twice the time \
             in which all replicas have its successor (4 s)",
            "plugins.jwt.jwks.publish_lead is 3600 s, but 4 s is in force: a key is published ahead for at most half the \
             rotation interval of 8 s",
            "plugins.jwt.jwks.cache_max_age is 300 s, but 0 s is in force: caches may keep the JWKS for whole seconds, \
             for at most half the publish lead of 4 s, and must leave the replicas 4 s of it"
        ]
    );
    assert_eq!(
        warnings(PolicyWanted { lead: 1500, max_age: 0, ..usual }),
        ["plugins.jwt.jwks.publish_lead is 1.5 s, but 4 s is in force: no key may sign before caches have let go of \
             the JWKS (0 s) and all replicas have the key (4 s)"]
    );
}

#[test]
fn rule_4_only_nonsense_is_refused_and_every_such_option_is_named() {
    let nothing = PolicyWanted { interval: Some(0), lead: 0, grace: -1, max_age: -1, poll: 0, token_life: 0 };
    let faults = Policy::corrected(nothing).unwrap_err();
    assert_eq!(faults.len(), 6);
    assert_eq!(faults[1], "plugins.jwt.jwks.publish_lead is 0 s: it must be a time above 0 s and at most a century");
    assert_eq!(
        faults[2],
        "plugins.jwt.jwks.grace_period is -0.001 s: it must be a time of at least 0 s and at most a century"
    );
    let endless = i64::MAX;
    let ages = PolicyWanted {
        interval: Some(endless),
        lead: endless,
        grace: endless,
        max_age: endless,
        poll: endless,
        token_life: endless,
    };
    assert_eq!(Policy::corrected(ages).unwrap_err().len(), 6);
    let shortest = PolicyWanted { interval: Some(1), lead: 1, grace: 0, max_age: 0, poll: 1, token_life: 1 };
    assert!(Policy::corrected(shortest).is_ok());
    assert!(Policy::corrected(PolicyWanted { interval: None, ..shortest }).is_ok());
}

#[test]
fn rule_6_a_revoked_key_is_forgotten_when_all_have_adopted_it_and_caches_have_let_go() {
    let (policy, _) = Policy::corrected(PolicyWanted::default()).unwrap();
    assert_eq!(policy.safe_at(Timestamp::from_seconds(1000)), Timestamp::from_seconds(1000 + 3 + 300));
}
