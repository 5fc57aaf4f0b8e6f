//! Whole deployments in simulated time: replicas with skewed clocks that adopt rows late, keepers that pause, verifiers
//! that keep a JWKS for its full max-age and never ask sooner, rows that Better Auth has made, a secret that a replica
//! has not got yet, a change of algorithm. The promise: every token verifies at every verifier until its `exp`.

use std::collections::{BTreeMap, BTreeSet};

use signet::base::{Random, Timestamp};
use signet::keyring::{KeyFacts, Policy, States, states};

/// The step of simulated time.
pub const TICK: i64 = 250;
const REPLICAS: usize = 3;
const VERIFIERS: usize = 5;

/// What happens to a deployment. Times are milliseconds of true time, which is the database's.
#[derive(Clone, Debug)]
pub struct Course {
    /// Lengths, offsets and who asks whom.
    pub seed: u64,
    pub policy: Policy,
    /// What is there at the start.
    pub found: Vec<KeyFacts>,
    /// When Better Auth makes a key, and how long that lives.
    pub better_auth: Vec<(i64, Option<i64>)>,
    /// When no keeper works, and for how long.
    pub pauses: Vec<(i64, i64)>,
    /// When ES256 takes the place of EdDSA.
    pub change: Option<i64>,
    /// Whether the last replica cannot read what others have minted until just before its reserve is spent.
    pub late_secret: bool,
    pub length: i64,
}

#[derive(Default, Debug)]
pub struct Outcome {
    pub failures: Vec<String>,
    pub checks: usize,
    pub signers: BTreeSet<String>,
    pub rows: BTreeMap<String, Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    facts: KeyFacts,
    /// When the last replica can decrypt it; the others can at once.
    readable: i64,
    /// When it is deleted.
    gone: i64,
}

struct Replica {
    /// Its idea of the present, less the truth.
    offset: i64,
    /// When its configuration changes with the deployment's.
    changed: i64,
    /// What it has loaded, and when it loads again at the latest.
    loaded: Vec<Row>,
    next_load: i64,
    /// The snapshot it has made, and of what.
    snapshot: Option<(Vec<KeyFacts>, States)>,
}

pub struct Deployment<'a> {
    course: &'a Course,
    random: Random,
    replicas: Vec<Replica>,
    /// Each verifier's JWKS and when it was fetched.
    verifiers: Vec<Option<(i64, BTreeSet<String>)>>,
    /// The latest `exp` of each key's tokens.
    tokens: BTreeMap<String, i64>,
    outcome: Outcome,
}

impl<'a> Deployment<'a> {
    pub fn new(course: &'a Course) -> Self {
        let random = Random::seeded(course.seed);
        let skew = course.policy.skew;
        let slowest = -up_to(&random, skew);
        let replica = |_| Replica {
            offset: slowest + up_to(&random, skew),
            changed: course.change.map_or(i64::MAX, |change| change + up_to(&random, course.policy.lead)),
            loaded: vec![],
            next_load: 0,
            snapshot: None,
        };
        let replicas = (0..REPLICAS).map(replica).collect();
        let mut deployment = Self {
            course,
            random,
            replicas,
            verifiers: vec![None; VERIFIERS],
            tokens: BTreeMap::new(),
            outcome: Outcome::default(),
        };
        for facts in &course.found {
            deployment.insert(facts.clone(), i64::MIN);
        }
        deployment
    }

    pub fn run(mut self) -> Outcome {
        for at in (0..self.course.length).step_by(TICK as usize) {
            self.better_auth(at);
            self.adopt(at);
            self.keep(at);
            self.sign(at);
            self.fetch(at);
            self.verify(at);
        }
        self.outcome
    }

    fn insert(&mut self, facts: KeyFacts, readable: i64) {
        self.outcome.rows.insert(facts.kid.clone(), Row { facts, readable, gone: i64::MAX });
    }

    /// The rows that are there.
    fn rows(&self, at: i64) -> impl Iterator<Item = &Row> {
        self.outcome.rows.values().filter(move |row| at < row.gone)
    }

    /// Better Auth makes a key: all that it does here.
    fn better_auth(&mut self, at: i64) {
        for (nth, (when, life)) in self.course.better_auth.iter().enumerate() {
            if *when / TICK == at / TICK {
                let facts = KeyFacts {
                    kid: format!("better-auth-{nth}"),
                    algorithm: "EdDSA".to_owned(),
                    created_at: Timestamp::from_millis(at),
                    expires_at: life.map(|life| Timestamp::from_millis(at + life)),
                    usable: true,
                };
                self.insert(facts, i64::MIN);
            }
        }
    }

    /// Each replica loads the rows now and then, and makes a new snapshot if something has changed or is to change now.
    fn adopt(&mut self, at: i64) {
        let rows: Vec<_> = self.rows(at).cloned().collect();
        for (which, replica) in self.replicas.iter_mut().enumerate() {
            if at >= replica.next_load {
                replica.loaded.clone_from(&rows);
                replica.next_load = at + TICK + up_to(&self.random, self.course.policy.adoption - 2 * TICK);
            }
            let readable = |row: &Row| which < REPLICAS - 1 || row.readable <= at;
            let known = replica.loaded.iter().map(|row| KeyFacts { usable: readable(row), ..row.facts.clone() });
            let known: Vec<_> = known.collect();
            let now = Timestamp::from_millis(at + replica.offset);
            let changing = (0..TICK).contains(&(at - replica.changed));
            let holds = replica.snapshot.as_ref().is_some_and(|(before, states)| {
                *before == known && states.next_change().is_none_or(|next| now < next) && !changing
            });
            if !holds {
                let states = states(&known, in_use(replica, at), &self.course.policy, now);
                replica.snapshot = Some((known, states));
            }
        }
    }

    /// The keepers mint what is due and delete what is over: each decision taken again under the lock.
    fn keep(&mut self, at: i64) {
        if self.course.pauses.iter().any(|(from, length)| (*from..from + length).contains(&at)) {
            return;
        }
        for which in 0..REPLICAS {
            let replica = &self.replicas[which];
            let algorithm = in_use(replica, at)[0];
            let Some((_, snapshot)) = &replica.snapshot else { continue };
            let (mint, delete) = (snapshot.mint_due(algorithm), snapshot.deletable().next().is_some());
            if !mint && !delete {
                continue;
            }
            let rows: Vec<_> = self.rows(at).map(|row| row.facts.clone()).collect();
            let now = Timestamp::from_millis(at + replica.offset);
            let fresh = states(&rows, in_use(replica, at), &self.course.policy, now);
            if fresh.mint_due(algorithm) {
                self.mint(which, algorithm, at);
            }
            for kid in fresh.deletable() {
                self.outcome.rows.get_mut(kid).expect("the row is there").gone = at;
            }
        }
    }

    fn mint(&mut self, which: usize, algorithm: &str, at: i64) {
        let theirs = |row: &Row| row.facts.kid.starts_with("better-auth");
        // A newer key of Better Auth's ends a young one, and may itself end so soon that one more is needed.
        let overtaken = |row: &Row| {
            self.outcome.rows.values().any(|other| theirs(other) && other.facts.created_at > row.facts.created_at)
        };
        let young = |row: &&Row| {
            let facts = &row.facts;
            let unripe = at < facts.created_at.millis() + self.course.policy.lead;
            facts.algorithm == algorithm && unripe && !theirs(row) && !overtaken(row)
        };
        if self.outcome.rows.values().any(|row| young(&row)) {
            self.outcome.failures.push(format!("{at}: a second unripe key of {algorithm}"));
        }
        let created_at = Timestamp::from_millis(at);
        let facts = KeyFacts {
            kid: format!("{algorithm}-{at}-{which}"),
            algorithm: algorithm.to_owned(),
            created_at,
            expires_at: self.course.policy.expiry_of_new(created_at),
            usable: true,
        };
        let policy = &self.course.policy;
        let late = self.course.late_secret && which < REPLICAS - 1 && !self.outcome.rows.is_empty();
        let mended = at + policy.lead + policy.reserve() - policy.skew - TICK;
        self.insert(facts, if late { mended } else { i64::MIN });
        self.replicas[which].next_load = at;
        self.adopt(at);
    }

    fn sign(&mut self, at: i64) {
        for replica in &self.replicas {
            let Some(kid) = replica.snapshot.as_ref().and_then(|(_, states)| states.signer()) else { continue };
            let expires = at + replica.offset + self.course.policy.token_life;
            let latest = self.tokens.entry(kid.to_owned()).or_insert(expires);
            *latest = expires.max(*latest);
            self.outcome.signers.insert(kid.to_owned());
        }
    }

    /// A verifier asks a random replica when its JWKS is over; before any replica has loaded a key there is none.
    fn fetch(&mut self, at: i64) {
        if at < self.course.policy.adoption + TICK {
            return;
        }
        for verifier in &mut self.verifiers {
            let over = |(fetched, _): &(i64, _)| at > fetched + self.course.policy.max_age;
            if verifier.as_ref().is_none_or(over) && (verifier.is_some() || up_to(&self.random, 3) == 0) {
                let asked = up_to(&self.random, REPLICAS as i64 - 1) as usize;
                let (_, states) = self.replicas[asked].snapshot.as_ref().expect("the replica has loaded");
                let jwks: BTreeSet<_> = states.published().map(|key| key.kid.clone()).collect();
                *verifier = Some((at, jwks)).filter(|(_, jwks)| !jwks.is_empty());
                if verifier.is_none() {
                    self.outcome.failures.push(format!("{at}: nothing is published"));
                }
            }
        }
    }

    /// Every token that has not expired verifies at every verifier.
    fn verify(&mut self, at: i64) {
        self.tokens.retain(|_, expires| at < *expires);
        for (_, jwks) in self.verifiers.iter().flatten() {
            for (kid, expires) in &self.tokens {
                self.outcome.checks += 1;
                if !jwks.contains(kid) {
                    self.outcome.failures.push(format!("{at}: {kid} is unknown, its tokens live until {expires}"));
                }
            }
        }
    }
}

fn in_use(replica: &Replica, at: i64) -> &'static [&'static str] {
    if at < replica.changed { &["EdDSA"] } else { &["ES256"] }
}

/// A random number from 0 to `most`.
fn up_to(random: &Random, most: i64) -> i64 {
    (u64::from_be_bytes(random.bytes()) % (most as u64 + 1)) as i64
}
