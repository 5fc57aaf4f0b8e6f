//! What a Better Auth beside this server could not live with.

use crate::base::Result;
use crate::config::Section;
use crate::keyring::{Keeper, KeyState};
use crate::plugins::jwt::config::JwtConfig;
use crate::store::config::{DatabaseConfig, DatabaseUrl};
use crate::store::side_by_side::BetterAuth;
use crate::tokens::config::TemplateConfig;

/// The longest time, in seconds, for which a key that the other server has made and signs with may be unknown here.
const LONGEST_POLL: i64 = 2;

/// Refuses what the other server could not read, or would misread.
pub fn check(root: &mut Section<'_>, other: &BetterAuth, jwt: &JwtConfig, database: &DatabaseConfig) {
    if matches!(database.url, DatabaseUrl::Nowhere) {
        let text = format!("needs a database that this server shares with the {other}; set database.url to it");
        root.table("side_by_side").refuse("better_auth", text);
    }
    if !jwt.enabled {
        return;
    }
    let poll = jwt.jwks.poll_interval;
    if poll > LONGEST_POLL {
        let text = format!(
            "is {poll} seconds: the {other} beside this server signs with a key at once, which /jwks must have by then; \
             set it to {LONGEST_POLL} or remove it"
        );
        root.at(&["plugins", "jwt", "jwks"]).refuse("poll_interval", text);
    }
    if other.ignores_algorithms() {
        refuse_second_algorithm(root, other, jwt);
    }
}

/// What the other server would misread of the keys that a keeper has looked at: one of a second algorithm.
///
/// # Errors
/// 503 where it has not looked yet.
pub fn fault_of_keys(keeper: &Keeper, other: Option<&BetterAuth>) -> Result<Option<String>> {
    let (Some(other), Some(KeyState { kid, algorithm, .. })) = (other, keeper.ring().stranger()?) else {
        return Ok(None);
    };
    Ok(Some(format!(
        "the key {kid} is one of {algorithm}, and plugins.jwt.jwks.key_pair_config.alg is another algorithm: {other} beside \
         this server signs with the newest key of any algorithm as if it were its own. Set `alg` to what that server is \
         configured with, or update it to 1.7"
    )))
}

/// Before 1.7 the newest key signs, whatever it is, in the name of the algorithm that the other server is configured with.
fn refuse_second_algorithm(root: &mut Section<'_>, other: &BetterAuth, jwt: &JwtConfig) {
    let primary = jwt.jwks.key_kind.algorithm;
    let others = |template: &&TemplateConfig| template.ring_algorithm().is_some_and(|algorithm| algorithm != primary);
    for template in jwt.templates.iter().filter(others) {
        let text = format!(
            "is a second algorithm beside {primary}: {other} signs with the newest key of any algorithm as if it were its own. \
             Remove it, or update that server to 1.7"
        );
        root.at(&["plugins", "jwt", "templates", &template.name]).refuse("algorithm", text);
    }
}
