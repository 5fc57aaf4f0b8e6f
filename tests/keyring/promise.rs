//! The promise of the key ring, over random deployments: a token verifies until its `exp`, whoever signed, published and
//! verifies. And that the simulation would see it broken.

use proptest::prelude::*;
use signet::base::Timestamp;
use signet::keyring::{KeyFacts, Policy, PolicyWanted};

use crate::deployment::{Course, Deployment, TICK};
use crate::worlds::SECOND;

fn found(kid: &str, created: i64, expires: Option<i64>) -> KeyFacts {
    KeyFacts {
        kid: format!("better-auth-{kid}"),
        algorithm: "EdDSA".to_owned(),
        created_at: Timestamp::from_millis(created),
        expires_at: expires.map(Timestamp::from_millis),
        usable: true,
    }
}

/// What may be found at the start: nothing; a key without end; one that lives long enough for a successor; remains.
fn beginnings(policy: Policy) -> impl Strategy<Value = Vec<KeyFacts>> {
    let old = -4 * policy.lead;
    let spent = old - 3 * policy.grace;
    prop_oneof![
        Just(vec![]),
        Just(vec![found("endless", old, None)]),
        (2..10i64).prop_map(move |leads| vec![found("living", old, Some(leads * policy.lead))]),
        Just(vec![found("spent", spent - SECOND, Some(spent)), found("endless", old, None)]),
        Just(vec![found("earlier", old - SECOND, None), found("endless", old, None)]),
    ]
}

fn policies() -> impl Strategy<Value = Policy> {
    let interval = prop::option::weighted(0.9, 8..60i64);
    (interval, 1..20i64, 0..60i64, 0..10i64, 250..2000i64, 1..20i64).prop_map(
        |(interval, lead, grace, max_age, poll, token_life)| {
            let wish = PolicyWanted {
                interval: interval.map(|interval| interval * SECOND),
                lead: lead * SECOND,
                grace: grace * SECOND,
                max_age: max_age * SECOND,
                poll,
                token_life: token_life * SECOND,
            };
            Policy::corrected(wish).expect("the wish makes sense").0
        },
    )
}

fn courses() -> impl Strategy<Value = Course> {
    policies().prop_flat_map(|policy| {
        let length = 5 * (policy.interval.unwrap_or(0) + policy.lead) + policy.grace;
        // How late a keeper may be: its tenth of a lead, and the reserve of the key that signs.
        let slack = policy.lead / 10 + policy.reserve() - policy.adoption - policy.skew - 2 * TICK;
        let life = prop_oneof![
            Just(None),
            (0..=policy.lead).prop_map(Some),
            (2 * policy.lead..=10 * policy.lead).prop_map(Some)
        ];
        let change = prop::option::weighted(0.3, policy.lead + policy.adoption..length);
        (
            any::<u64>(),
            beginnings(policy),
            prop::collection::vec((0..length, life), 0..3),
            prop::collection::vec((policy.lead..length, 0..=slack.max(0)), 0..3),
            change,
            any::<bool>(),
        )
            .prop_map(move |(seed, found, mut better_auth, mut pauses, change, late_secret)| {
                // Two pauses in a row would be one that is longer than the policy allows for.
                pauses.sort();
                pauses.dedup_by(|next, pause| next.0 < pause.0 + pause.1 + 2 * policy.lead);
                // Nor can a reserve be spent twice.
                pauses.retain(|_| !late_secret);
                // Where the only key that a replica can use is one that nobody knows, it signs: better that than none.
                better_auth.retain(|_| !late_secret);
                Course { seed, policy, found, better_auth, pauses, change, late_secret, length }
            })
    })
}

/// Quick rotation as an end-to-end test runs it, beside no Better Auth and without mishaps.
fn quiet(seed: u64) -> Course {
    let wish = PolicyWanted {
        interval: Some(12 * SECOND),
        lead: 6 * SECOND,
        max_age: 2 * SECOND,
        poll: SECOND,
        token_life: 8 * SECOND,
        grace: 0,
    };
    let (policy, _) = Policy::corrected(wish).expect("the wish makes sense");
    Course {
        seed,
        policy,
        found: vec![],
        better_auth: vec![],
        pauses: vec![],
        change: None,
        late_secret: false,
        length: 120 * SECOND,
    }
}

proptest! {
    #[test]
    fn t70_no_token_ever_fails_to_verify_before_its_exp(course in courses()) {
        let outcome = Deployment::new(&course).run();
        prop_assert!(outcome.checks > 0);
        prop_assert_eq!(outcome.failures.first(), None);
    }
}

#[test]
fn t70_ten_rotations_with_a_thousand_checks_see_no_failure() {
    for seed in 0..8 {
        let outcome = Deployment::new(&quiet(seed)).run();
        assert_eq!(outcome.failures, Vec::<String>::new());
        assert!(outcome.checks > 1000, "{} checks", outcome.checks);
        assert!(outcome.signers.len() >= 10, "{:?}", outcome.signers);
    }
}

#[test]
fn t70_with_the_lead_forced_to_nothing_tokens_fail() {
    for seed in 0..8 {
        let course = quiet(seed);
        let course = Course { policy: Policy { lead: 0, ..course.policy }, ..course };
        let outcome = Deployment::new(&course).run();
        assert!(outcome.failures.iter().any(|failure| failure.contains("unknown")), "seed {seed}");
    }
}

#[test]
fn t70_with_the_grace_forced_to_nothing_tokens_fail() {
    for seed in 0..8 {
        let course = quiet(seed);
        let course = Course { policy: Policy { grace: 0, ..course.policy }, ..course };
        let outcome = Deployment::new(&course).run();
        assert!(outcome.failures.iter().any(|failure| failure.contains("unknown")), "seed {seed}");
    }
}

#[test]
fn t69_replicas_that_start_together_on_an_empty_database_mint_one_key() {
    for seed in 0..32 {
        let course = Course { length: 5 * SECOND, ..quiet(seed) };
        let outcome = Deployment::new(&course).run();
        assert_eq!(outcome.rows.len(), 1);
        assert_eq!(outcome.failures, Vec::<String>::new());
    }
}

#[test]
fn t73_after_any_sleep_of_the_keepers_one_new_key_is_minted_and_signs() {
    for seed in 0..8 {
        let pauses = vec![(6 * SECOND, 100 * SECOND)];
        let outcome = Deployment::new(&Course { pauses, ..quiet(seed) }).run();
        assert!(!outcome.failures.iter().any(|failure| failure.contains("second")), "{:?}", outcome.failures);
        assert_eq!(outcome.signers.len(), 2, "the first, and the one after the sleep: {:?}", outcome.signers);
    }
}
