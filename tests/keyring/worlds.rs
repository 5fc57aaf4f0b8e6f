//! Random rows, policies and moments.

use proptest::prelude::*;
use signet::base::Timestamp;
use signet::keyring::{KeyFacts, Policy, PolicyWanted};

pub const SECOND: i64 = 1000;
/// The algorithms in use; rows may also be of `RS256`, which is not.
pub const IN_USE: [&str; 2] = ["EdDSA", "ES256"];

/// A moment near those of the rows, in seconds.
pub fn moment() -> impl Strategy<Value = Timestamp> {
    (-300..1500i64).prop_map(Timestamp::from_seconds)
}

/// What somebody might wish, sound or not, but no nonsense.
pub fn wish() -> impl Strategy<Value = PolicyWanted> {
    let seconds = |range: std::ops::Range<i64>| range.prop_map(|seconds| seconds * SECOND);
    let interval = prop::option::weighted(0.8, seconds(1..600));
    (interval, seconds(1..120), seconds(0..600), seconds(0..60), 100..5000i64, seconds(1..120)).prop_map(
        |(interval, lead, grace, max_age, poll, token_life)| PolicyWanted {
            interval,
            lead,
            grace,
            max_age,
            poll,
            token_life,
        },
    )
}

/// A sound policy.
pub fn policy() -> impl Strategy<Value = Policy> {
    wish().prop_map(|wish| Policy::corrected(wish).expect("the wish makes sense").0)
}

/// Up to eight rows of three algorithms, on so coarse a grid of moments that ties are common.
pub fn rows() -> impl Strategy<Value = Vec<KeyFacts>> {
    let expiry = prop_oneof![Just(None), (-2..30i64).prop_map(Some), (0..1000i64).prop_map(Some)];
    let algorithm = prop_oneof![4 => Just("EdDSA"), 2 => Just("ES256"), 1 => Just("RS256")];
    let row = (0..100i64, expiry, algorithm, prop::bool::weighted(0.8));
    prop::collection::vec(row, 0..8).prop_map(|rows| {
        let key = |(at, (created, expiry, algorithm, usable)): (usize, (i64, Option<i64>, &str, bool))| KeyFacts {
            kid: format!("key{at}"),
            algorithm: algorithm.to_owned(),
            created_at: Timestamp::from_seconds(created * 10),
            expires_at: expiry.map(|life| Timestamp::from_seconds(created * 10 + life)),
            usable,
        };
        rows.into_iter().enumerate().map(key).collect()
    })
}
