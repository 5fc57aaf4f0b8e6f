//! How many lines of the audit trail a client may cause that cost it nothing. Nobody is turned away by this: it is there for
//! the disk, so it counts whether requests are limited or not, and each replica counts for itself.

use super::RateLimits;
use super::rules::Rule;
use crate::store::audit::Action;
use crate::store::rate_limit::Hit;

const RULE: Rule = Rule::new(60, 20);

impl RateLimits {
    /// Counts a line about whoever sends a request; whether it is to be written.
    pub fn has_room_for_a_line(&self, action: Action, client: Option<&str>) -> bool {
        let key = format!("line|{}|{}", action.as_str(), client.unwrap_or(self.unknown));
        matches!(self.buckets.hit(&key, RULE, self.clock.now()), Hit::Passes)
    }
}
