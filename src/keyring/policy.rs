//! The times of a key's life: what is wished for, and what is sound.

use crate::base::Timestamp;

const SECOND: i64 = 1000;
const DAY: i64 = 86_400 * SECOND;
/// No time of a policy is longer than a century, so that sums of them stay far from overflow.
const LONGEST: i64 = 36_525 * DAY;
/// How far the clocks of two replicas may be apart: each keeps to the database's time within half of it.
const SKEW: i64 = SECOND;
/// What a replica needs, beyond its poll, to load a row and to swap its snapshot.
const LOADING: i64 = SECOND;

/// The times by which keys live, sound by [`Policy::corrected`]. All are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// From a key's creation to the moment at which it may sign: long enough for every verifier to have heard of it.
    pub lead: i64,
    /// From a key's end to the moment at which it leaves the JWKS.
    pub grace: i64,
    /// How long a key signs. `None`: keys have no end, and nothing rotates.
    pub interval: Option<i64>,
    /// How long a cache may keep a JWKS: whole seconds, as served. A `stale-if-error` would be part of it.
    pub max_age: i64,
    /// The life of the longest-lived token that any key signs.
    pub token_life: i64,
    /// How long a replica may take to publish a row that another has written.
    pub adoption: i64,
    /// How far two replicas' ideas of the present may be apart.
    pub skew: i64,
}

/// What a deployment wishes. All are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyWanted {
    /// `rotation_interval`; `None`: no rotation.
    pub interval: Option<i64>,
    /// `publish_lead`.
    pub lead: i64,
    /// `grace_period`.
    pub grace: i64,
    /// `cache_max_age`.
    pub max_age: i64,
    /// `poll_interval`: how often a replica looks for new rows.
    pub poll: i64,
    /// The longest `expiration_time`, those of templates included.
    pub token_life: i64,
}

impl Default for PolicyWanted {
    /// 30 days, an hour, 30 days, 5 minutes, 2 seconds, 15 minutes.
    fn default() -> Self {
        Self {
            interval: Some(30 * DAY),
            lead: 3600 * SECOND,
            grace: 30 * DAY,
            max_age: 300 * SECOND,
            poll: 2 * SECOND,
            token_life: 900 * SECOND,
        }
    }
}

impl Policy {
    /// The sound policy nearest to a wish, and a sentence for each option that had to give way: the option, what was
    /// configured, what is in force, and why.
    ///
    /// In force are: lead ≥ max-age + adoption + skew; 2 × lead ≤ interval; 2 × max-age ≤ lead; grace ≥ token life +
    /// max-age + adoption + skew. What is too long is lowered before anything is raised.
    ///
    /// # Errors
    /// A sentence for each option that makes no sense: a time that is negative, nothing at all where that means nothing,
    /// or longer than a century.
    pub fn corrected(wanted: PolicyWanted) -> Result<(Self, Vec<String>), Vec<String>> {
        let nonsense = wanted.nonsense();
        if !nonsense.is_empty() {
            return Err(nonsense);
        }
        let PolicyWanted { token_life, .. } = wanted;
        let (adoption, skew) = (wanted.poll + LOADING, SKEW);
        let spread = adoption + skew;

        let interval = wanted.interval.map(|interval| interval.max(2 * spread));
        let most = interval.map_or(LONGEST, |interval| interval / 2);
        let mut lead = wanted.lead.min(most);
        let mut max_age = wanted.max_age.min(lead / 2);
        lead = lead.max(max_age + spread).min(most);
        max_age = max_age.min(lead - spread);
        max_age -= max_age % SECOND;
        let grace = wanted.grace.max(token_life + max_age + spread);

        let policy = Self { lead, grace, interval, max_age, token_life, adoption, skew };
        Ok((policy, policy.corrections(&wanted)))
    }

    fn corrections(&self, wanted: &PolicyWanted) -> Vec<String> {
        let [lead, max_age, life, spread] =
            [self.lead, self.max_age, self.token_life, self.adoption + self.skew].map(seconds);
        let interval = self.interval.unwrap_or(LONGEST);
        let why_lead = if self.lead < wanted.lead {
            format!("a key is published ahead for at most half the rotation interval of {}", seconds(interval))
        } else {
            format!(
                "no key may sign before caches have let go of the JWKS ({max_age}) and all replicas have the key ({spread})"
            )
        };
        let corrections = [
            correction(
                "plugins.jwt.jwks.rotation_interval",
                wanted.interval.unwrap_or(interval),
                interval,
                &format!(
                    "a key must sign for at least twice the time in which all replicas have its successor ({spread})"
                ),
            ),
            correction("plugins.jwt.jwks.publish_lead", wanted.lead, self.lead, &why_lead),
            correction(
                "plugins.jwt.jwks.cache_max_age",
                wanted.max_age,
                self.max_age,
                &format!(
                    "caches may keep the JWKS for whole seconds, for at most half the publish lead of {lead}, and must \
                     leave the replicas {spread} of it"
                ),
            ),
            correction(
                "plugins.jwt.jwks.grace_period",
                wanted.grace,
                self.grace,
                &format!(
                    "a key must outlive its tokens ({life}), the caches of the JWKS ({max_age}) and what lies between \
                     replicas ({spread})"
                ),
            ),
        ];
        corrections.into_iter().flatten().collect()
    }

    /// When a key that is created now ends: after its lead and one interval.
    pub fn expiry_of_new(&self, created_at: Timestamp) -> Option<Timestamp> {
        Some(created_at.plus_millis(self.lead).plus_millis(self.interval?))
    }

    /// How far ahead a successor is looked for: the lead, and a tenth of it for a keeper that is late.
    pub fn ahead(&self) -> i64 {
        self.lead + self.lead / 10
    }

    /// How long after its end a key may go on signing where there is no other: as long as its last token still expires
    /// before any replica removes the key. Negative in a policy made by hand with too short a grace.
    pub fn reserve(&self) -> i64 {
        self.grace - self.token_life - self.max_age - self.skew
    }

    /// When a key that leaves the JWKS now, or one that signs from now on unannounced, is settled everywhere: every
    /// replica has adopted the change and every cache has let go of the JWKS before it.
    pub fn safe_at(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(self.adoption + self.max_age)
    }
}

impl PolicyWanted {
    fn nonsense(&self) -> Vec<String> {
        let times = [
            ("plugins.jwt.jwks.rotation_interval", self.interval.unwrap_or(LONGEST), 1),
            ("plugins.jwt.jwks.publish_lead", self.lead, 1),
            ("plugins.jwt.jwks.grace_period", self.grace, 0),
            ("plugins.jwt.jwks.cache_max_age", self.max_age, 0),
            ("plugins.jwt.jwks.poll_interval", self.poll, 1),
            ("plugins.jwt.jwt.expiration_time", self.token_life, 1),
        ];
        let faulty = times.into_iter().filter(|(_, time, least)| !(*least..=LONGEST).contains(time));
        faulty
            .map(|(option, time, least)| {
                let kind = if least == 0 { "a time of at least 0 s" } else { "a time above 0 s" };
                format!("{option} is {}: it must be {kind} and at most a century", seconds(time))
            })
            .collect()
    }
}

fn correction(option: &str, wanted: i64, in_force: i64, why: &str) -> Option<String> {
    let [was, is] = [wanted, in_force].map(seconds);
    (wanted != in_force).then(|| format!("{option} is {was}, but {is} is in force: {why}"))
}

/// `90 s`, `1.5 s`.
fn seconds(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let (whole, rest) = (millis.unsigned_abs() / 1000, millis.unsigned_abs() % 1000);
    if rest == 0 {
        return format!("{sign}{whole} s");
    }
    let fraction = format!("{rest:03}");
    format!("{sign}{whole}.{} s", fraction.trim_end_matches('0'))
}
