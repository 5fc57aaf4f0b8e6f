//! The rules of state, over random rows and moments.

use proptest::prelude::*;
use signet::base::Timestamp;
use signet::keyring::{KeyFacts, KeyState, Phase, Policy, States, states};

use crate::worlds::{IN_USE, moment, policy, rows};

/// Rule 2 by its words: the earlier of a key's expiry and the first ripening of a newer key that may succeed it.
fn end(key: &KeyFacts, rows: &[KeyFacts], policy: &Policy) -> Timestamp {
    let in_use = |key: &KeyFacts| IN_USE.contains(&key.algorithm.as_str());
    let succeeds = |other: &&KeyFacts| {
        let newer = (other.created_at, &other.kid) > (key.created_at, &key.kid);
        let line =
            if in_use(key) { other.algorithm == key.algorithm } else { !in_use(other) || other.algorithm == IN_USE[0] };
        newer && line && lasting(other, policy)
    };
    let successors = rows.iter().filter(succeeds).map(|other| ripe(other, policy));
    successors.chain(key.expires_at).min().unwrap_or(Timestamp::from_millis(i64::MAX))
}

fn ripe(key: &KeyFacts, policy: &Policy) -> Timestamp {
    key.created_at.plus_millis(policy.lead)
}

/// Whether a key lives to be ripe.
fn lasting(key: &KeyFacts, policy: &Policy) -> bool {
    key.expires_at.is_none_or(|expiry| ripe(key, policy) < expiry)
}

/// Whether a key was ripe before its end, and by now.
fn ripened(key: &KeyFacts, rows: &[KeyFacts], policy: &Policy, now: Timestamp) -> bool {
    ripe(key, policy) <= now && ripe(key, policy) < end(key, rows, policy)
}

fn age(key: &&KeyFacts) -> (Timestamp, String) {
    (key.created_at, key.kid.clone())
}

/// Rule 1 by its words, for rows of different moments none of which expires before it is ripe.
fn signer(algorithm: &str, rows: &[KeyFacts], policy: &Policy, now: Timestamp) -> Option<String> {
    let line = || rows.iter().filter(|key| key.usable && key.algorithm == algorithm);
    let ends = |key: &KeyFacts| end(key, rows, policy);
    let ready = line().filter(|key| ripe(key, policy) <= now && now < ends(key)).max_by_key(age);
    let covered = |key: &&KeyFacts| ends(key) <= now && now < ends(key).plus_millis(policy.reserve());
    let ended = || line().filter(covered).max_by_key(age);
    let oldest = || line().filter(|key| now < ends(key)).min_by_key(age);
    ready.or_else(ended).or_else(oldest).map(|key| key.kid.clone())
}

fn all(rows: &[KeyFacts], policy: &Policy, now: Timestamp) -> States {
    states(rows, &IN_USE, policy, now)
}

fn find<'a>(states: &'a States, kid: &str) -> &'a KeyState {
    states.keys.iter().find(|key| key.kid == kid).expect("every row has a state")
}

fn new_key(kid: &str, policy: &Policy, created_at: Timestamp) -> KeyFacts {
    KeyFacts {
        kid: kid.to_owned(),
        algorithm: IN_USE[0].to_owned(),
        created_at,
        expires_at: policy.expiry_of_new(created_at),
        usable: true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn rule_1_the_signer_is_the_newest_ripe_key_else_the_last_that_ended_else_the_oldest(
        rows in rows(), policy in policy(), now in moment(),
    ) {
        let mut rows: Vec<_> = rows.into_iter().filter(|key| lasting(key, &policy)).collect();
        for (at, key) in rows.iter_mut().enumerate() {
            key.created_at = key.created_at.plus_millis(at as i64);
        }
        let states = all(&rows, &policy, now);
        for algorithm in IN_USE {
            prop_assert_eq!(states.signer_of(algorithm).map(str::to_owned), signer(algorithm, &rows, &policy, now));
        }
    }

    #[test]
    fn rule_1_exactly_one_key_of_a_line_signs_whenever_a_usable_one_lives(
        rows in rows(), policy in policy(), now in moment(),
    ) {
        let states = all(&rows, &policy, now);
        for algorithm in IN_USE {
            let line = || rows.iter().filter(|key| key.algorithm == algorithm);
            let signing = line().filter(|key| find(&states, &key.kid).phase == Phase::Signing).count();
            prop_assert_eq!(signing, usize::from(states.signer_of(algorithm).is_some()));
            if line().any(|key| key.usable && now < end(key, &rows, &policy)) {
                prop_assert_eq!(signing, 1);
            }
        }
        if rows.iter().any(|key| key.usable && now < end(key, &rows, &policy)) {
            prop_assert!(states.signer().is_some());
        }
    }

    #[test]
    fn rule_1_a_signer_is_usable_published_and_in_its_phase(rows in rows(), policy in policy(), now in moment()) {
        let states = all(&rows, &policy, now);
        let signers = IN_USE.iter().filter_map(|algorithm| states.signer_of(algorithm)).chain(states.signer());
        for kid in signers {
            prop_assert!(rows.iter().any(|key| key.kid == kid && key.usable));
            prop_assert_eq!(find(&states, kid).phase, Phase::Signing);
            prop_assert!(states.published().any(|key| key.kid == kid));
        }
    }

    #[test]
    fn rule_1_what_asks_for_no_algorithm_is_never_signed_unripe_while_a_ripe_key_can_sign(
        rows in rows(), policy in policy(), now in moment(),
    ) {
        let states = all(&rows, &policy, now);
        let known = |kid: &str| rows.iter().any(|key| key.kid == kid && ripened(key, &rows, &policy, now));
        if let Some(kid) = states.signer() {
            let ripe_and_living = |key: &&KeyFacts| key.usable && known(&key.kid) && now < end(key, &rows, &policy);
            prop_assert!(known(kid) || !rows.iter().any(|key| ripe_and_living(&key)));
            let primary = states.signer_of(IN_USE[0]);
            prop_assert!(!primary.is_some_and(known) || primary == Some(kid));
        }
    }

    #[test]
    fn rule_2_a_key_ends_when_it_expires_or_its_successor_is_ripe_and_goes_a_grace_later(
        rows in rows(), policy in policy(), now in moment(),
    ) {
        let states = all(&rows, &policy, now);
        let never = Timestamp::from_millis(i64::MAX);
        for key in &rows {
            let end = end(key, &rows, &policy);
            let state = find(&states, &key.kid);
            prop_assert_eq!(state.ends_at, (end < never).then_some(end));
            prop_assert_eq!(state.removed_at, (end < never).then(|| end.plus_millis(policy.grace)));
            prop_assert_eq!(state.phase == Phase::Removed, state.removed_at.is_some_and(|removed| removed <= now));
        }
    }

    #[test]
    fn rule_2_phases_only_move_forward(rows in rows(), policy in policy(), mut moments in prop::collection::vec(moment(), 8)) {
        moments.sort();
        for pair in moments.windows(2) {
            let [before, after] = [pair[0], pair[1]].map(|now| all(&rows, &policy, now));
            let known = |key: &&KeyFacts| ripened(key, &rows, &policy, pair[1]);
            let primary = rows.iter().find(|key| Some(key.kid.as_str()) == after.signer_of(IN_USE[0])).filter(known);
            for (before, after) in std::iter::zip(&before.keys, &after.keys) {
                // A key of an algorithm that is not in use any more may be called back.
                let called_back = !IN_USE.contains(&after.algorithm.as_str())
                    && (before.phase, after.phase) == (Phase::Retired, Phase::Signing)
                    && primary.is_none();
                prop_assert!(before.phase <= after.phase || called_back, "{:?} became {:?}", before, after);
            }
        }
    }

    #[test]
    fn rule_3_nothing_is_due_once_a_key_has_been_minted_whatever_the_skew(
        mut rows in rows(), policy in policy(), now in moment(), skew in -1.0..=1.0,
    ) {
        rows.retain(|key| key.created_at <= now);
        rows.push(new_key("minted", &policy, now));
        let elsewhere = now.plus_millis((skew * policy.skew as f64) as i64);
        prop_assert!(!all(&rows, &policy, elsewhere).mint_due(IN_USE[0]));
    }

    #[test]
    fn rule_3_a_key_is_due_when_in_a_lead_and_a_tenth_none_could_sign_or_all_were_too_old(
        rows in rows(), policy in policy(), now in moment(),
    ) {
        let then = now.plus_millis(policy.lead + policy.lead / 10);
        let young = |key: &KeyFacts| policy.expiry_of_new(key.created_at).is_none_or(|expiry| then < expiry);
        let able = |key: &KeyFacts| ripe(key, &policy) <= then.plus_millis(policy.skew) && then < end(key, &rows, &policy);
        let states = all(&rows, &policy, now);
        for algorithm in IN_USE {
            let served = rows.iter().any(|key| key.algorithm == algorithm && young(key) && able(key));
            prop_assert_eq!(states.mint_due(algorithm), !served);
        }
        prop_assert!(!states.mint_due("RS256"));
    }

    #[test]
    fn rule_5_the_order_of_rows_does_not_matter(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        policy in policy(), now in moment(),
    ) {
        prop_assert_eq!(all(&rows, &policy, now), all(&shuffled, &policy, now));
    }

    #[test]
    fn rule_5_keys_are_listed_newest_first_and_ties_go_by_id(rows in rows(), policy in policy(), now in moment()) {
        let created = |kid: &str| rows.iter().find(|key| key.kid == kid).unwrap().created_at;
        let states = all(&rows, &policy, now);
        prop_assert_eq!(states.keys.len(), rows.len());
        prop_assert!(states.keys.iter().rev().is_sorted_by_key(|key| (created(&key.kid), key.kid.clone())));
    }

    #[test]
    fn rule_5_whatever_secrets_a_replica_has_it_publishes_and_mints_alike(
        rows in rows(), policy in policy(), now in moment(), usable in prop::collection::vec(any::<bool>(), 8),
    ) {
        let elsewhere: Vec<_> =
            std::iter::zip(&rows, usable).map(|(key, usable)| KeyFacts { usable, ..key.clone() }).collect();
        let (here, there) = (all(&rows, &policy, now), all(&elsewhere, &policy, now));
        let published = |states: &States| states.published().map(|key| key.kid.clone()).collect::<Vec<_>>();
        prop_assert_eq!(published(&here), published(&there));
        prop_assert!(here.deletable().eq(there.deletable()));
        prop_assert!(IN_USE.iter().all(|algorithm| here.mint_due(algorithm) == there.mint_due(algorithm)));
    }

    #[test]
    fn rule_6_a_key_that_is_back_dated_by_the_lead_signs_at_once_and_the_others_retire(
        mut rows in rows(), policy in policy(), now in moment(),
    ) {
        let published: Vec<_> = all(&rows, &policy, now).published().map(|key| key.kid.clone()).collect();
        for key in rows.iter_mut().filter(|key| key.algorithm == IN_USE[0]) {
            key.expires_at = Some(key.expires_at.map_or(now, |expiry| expiry.min(now)));
        }
        rows.push(new_key("rotated", &policy, now.plus_millis(-policy.lead)));
        let states = all(&rows, &policy, now);
        prop_assert_eq!(states.signer_of(IN_USE[0]), Some("rotated"));
        prop_assert_eq!(states.signer(), Some("rotated"));
        prop_assert!(published.iter().all(|kid| states.published().any(|key| key.kid == *kid)));
    }

    #[test]
    fn rule_6_a_revoked_key_is_gone_and_a_successor_signs_where_nothing_else_can(
        mut rows in rows(), policy in policy(), now in moment(),
    ) {
        let revoked = all(&rows, &policy, now).signer_of(IN_USE[0]).map(str::to_owned);
        rows.retain(|key| Some(&key.kid) != revoked.as_ref());
        if all(&rows, &policy, now).signer_of(IN_USE[0]).is_none() {
            rows.push(new_key("successor", &policy, now));
        }
        let states = all(&rows, &policy, now);
        prop_assert!(states.signer_of(IN_USE[0]).is_some());
        prop_assert!(states.keys.iter().all(|key| Some(&key.kid) != revoked.as_ref()));
    }

    #[test]
    fn rule_7_rows_are_deletable_a_second_grace_after_their_removal_and_not_sooner(
        rows in rows(), policy in policy(), now in moment(),
    ) {
        let states = all(&rows, &policy, now);
        for key in &states.keys {
            let over = key.removed_at.is_some_and(|removed| removed.plus_millis(policy.grace) <= now);
            prop_assert_eq!(states.deletable().any(|kid| kid == key.kid), over);
        }
        let oldest_first = states.keys.iter().rev().map(|key| key.kid.as_str());
        let expected = oldest_first.filter(|kid| states.deletable().any(|deletable| deletable == *kid));
        prop_assert!(states.deletable().eq(expected));
    }

    #[test]
    fn rule_7_deleting_what_is_deletable_changes_nothing_for_the_rest(
        rows in rows(), policy in policy(), now in moment(),
    ) {
        let before = all(&rows, &policy, now);
        let gone = |key: &KeyFacts| before.deletable().any(|kid| kid == key.kid);
        let kept: Vec<_> = rows.iter().filter(|key| !gone(key)).cloned().collect();
        let after = all(&kept, &policy, now);
        // Of keys none of which lives to be ripe, another may be taken for the one that signed first: also published.
        let same_signers = rows.iter().all(|key| lasting(key, &policy));
        prop_assert!(!same_signers || before.signer() == after.signer());
        for algorithm in IN_USE {
            prop_assert!(!same_signers || before.signer_of(algorithm) == after.signer_of(algorithm));
            prop_assert_eq!(before.mint_due(algorithm), after.mint_due(algorithm));
        }
        for key in &after.keys {
            let was = find(&before, &key.kid);
            prop_assert!(!same_signers || was.phase == key.phase);
            prop_assert_eq!((was.ends_at, was.removed_at), (key.ends_at, key.removed_at));
        }
    }

    #[test]
    fn rule_8_a_line_knows_nothing_of_the_keys_of_another(rows in rows(), policy in policy(), now in moment()) {
        let together = all(&rows, &policy, now);
        for algorithm in IN_USE {
            let line: Vec<_> = rows.iter().filter(|key| key.algorithm == algorithm).cloned().collect();
            let alone = states(&line, &[algorithm], &policy, now);
            prop_assert_eq!(alone.signer(), together.signer_of(algorithm));
            prop_assert_eq!(alone.mint_due(algorithm), together.mint_due(algorithm));
            for key in &alone.keys {
                prop_assert_eq!(key, find(&together, &key.kid));
            }
        }
    }

    #[test]
    fn rule_9_a_snapshot_holds_until_its_next_change(
        rows in rows(), policy in policy(), now in moment(), share in 0.0..1.0,
    ) {
        let before = all(&rows, &policy, now);
        let next = before.next_change().unwrap_or(now.plus_seconds(100_000));
        prop_assert!(next > now);
        let span = next.millis_since(now) - 1;
        for between in [(span as f64 * share) as i64, span] {
            prop_assert_eq!(&before, &all(&rows, &policy, now.plus_millis(between)));
        }
    }
}
