//! What each key is and does at a moment: a pure function over all the rows. See [`crate::keyring`] for its rules.
//!
//! Keys of one algorithm form a line, in the order of creation. A key *ripens* when its lead is over. It *ends* at its
//! own expiry or when a newer key of its line ripens; where nothing else can sign, its *term* of signing begins before it
//! is ripe or goes on after its end. Terms of a line never overlap, and each is one stretch of time: so a key's phases
//! only move forward. (One exception: a retired key of an algorithm that is not in use any more is called back, while its
//! grace covers what it signs, if the primary line has no ripe key left.)

use std::cmp::Ordering;

use super::policy::Policy;
use crate::base::Timestamp;

/// What is known of a key when its row has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// The row's id: the `kid` of tokens and of the JWKS.
    pub kid: String,
    /// `EdDSA`, `ES256`, …; where the column is NULL, what the loader has resolved it to.
    pub algorithm: String,
    pub created_at: Timestamp,
    /// `None`: it ends when it has a successor, not before.
    pub expires_at: Option<Timestamp>,
    /// Whether its private half could be decrypted here. It bears on who signs here, never on what is published.
    pub usable: bool,
}

/// Where a key is in its life. Later phases are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// In the JWKS, does not sign.
    Published,
    /// In the JWKS, signs.
    Signing,
    /// In the JWKS for the tokens that it has signed.
    Retired,
    /// Gone from the JWKS.
    Removed,
}

impl Phase {
    /// `published`, `signing`, `retired`, `removed`: as operators see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Retired => "retired",
            Self::Removed => "removed",
        }
    }
}

/// A key at a moment, and the times of its changes as the rows stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    pub kid: String,
    pub algorithm: String,
    pub created_at: Timestamp,
    pub phase: Phase,
    /// When its term of signing begins or has begun; when it is ripe, if it has none.
    pub signs_from: Timestamp,
    /// Its end by rule 2. Where nothing else can sign, it goes on after it while its grace allows.
    pub ends_at: Option<Timestamp>,
    /// When it leaves the JWKS: its end and the grace.
    pub removed_at: Option<Timestamp>,
    pub usable: bool,
}

/// The whole ring at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct States {
    /// Newest first; of two of the same moment the greater id counts as the newer.
    pub keys: Vec<KeyState>,
    /// The algorithms in use, the primary first, and what their lines do.
    lines: Vec<Line>,
    /// The position in `keys` of the key that signs what no algorithm is asked for.
    signer: Option<usize>,
    next_change: Option<Timestamp>,
    /// Positions in `keys`, oldest key first.
    deletable: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    algorithm: String,
    signer: Option<usize>,
    mint_due: bool,
}

impl States {
    /// The `kid` that signs what is not asked for in a certain algorithm: the primary algorithm's key, or another
    /// algorithm's for as long as verifiers cannot know the primary's. `None`: no key can sign here.
    pub fn signer(&self) -> Option<&str> {
        self.signer.map(|at| self.keys[at].kid.as_str())
    }

    /// The `kid` that signs in an algorithm. `None` too when the algorithm is not in use.
    pub fn signer_of(&self, algorithm: &str) -> Option<&str> {
        self.line(algorithm)?.signer.map(|at| self.keys[at].kid.as_str())
    }

    /// The keys in the JWKS, newest first.
    pub fn published(&self) -> impl Iterator<Item = &KeyState> {
        self.keys.iter().filter(|key| key.phase != Phase::Removed)
    }

    /// Whether an algorithm in use needs a new key. A row that cannot be decrypted counts as a key: elsewhere it may
    /// sign, and a wrong secret is mended by an operator, not by more keys.
    pub fn mint_due(&self, algorithm: &str) -> bool {
        self.line(algorithm).is_some_and(|line| line.mint_due)
    }

    /// The next moment at which any answer of these states may be another. `None`: never, with these rows.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.next_change
    }

    /// The ids of keys that have been gone from the JWKS for a second grace, oldest first. They must be deleted in one
    /// transaction: a key without an expiry would live again if its successor's row went before its own.
    pub fn deletable(&self) -> impl Iterator<Item = &str> {
        self.deletable.iter().map(|at| self.keys[*at].kid.as_str())
    }

    fn line(&self, algorithm: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.algorithm == algorithm)
    }
}

/// What every key is and does at a moment.
///
/// `rows` are all that there are, in any order. `algorithms_in_use` begins with the primary one. `now` is the database's
/// time as this replica knows it.
pub fn states(rows: &[KeyFacts], algorithms_in_use: &[&str], policy: &Policy, now: Timestamp) -> States {
    let keys = lives(rows, algorithms_in_use, policy);
    let signers: Vec<Option<usize>> = (0..=algorithms_in_use.len())
        .map(|line| keys.iter().position(|key| key.line == line && key.signs_at(now)))
        .collect();
    let signer = overall_signer(&keys, &signers, now);
    let lines = std::iter::zip(algorithms_in_use, &signers).enumerate().map(|(line, (algorithm, signer))| Line {
        algorithm: (*algorithm).to_owned(),
        signer: *signer,
        mint_due: mint_due(&keys, line, policy, now),
    });
    let signs = |at: usize| signer == Some(at) || signers[..algorithms_in_use.len()].contains(&Some(at));
    States {
        lines: lines.collect(),
        signer,
        next_change: keys.iter().flat_map(|key| key.changes(policy)).filter(|at| *at > now && *at < never()).min(),
        deletable: (0..keys.len()).rev().filter(|at| keys[*at].deleted <= now).collect(),
        keys: keys.iter().enumerate().map(|(at, key)| key.state(signs(at), now)).collect(),
    }
}

/// The end of what has no end: the last moment that a row can name.
fn never() -> Timestamp {
    Timestamp::from_millis(i64::MAX)
}

/// The life of a key as the rows have it, the same at every moment.
struct Life<'a> {
    facts: &'a KeyFacts,
    /// The position of its algorithm among those in use. All others share the line after the last.
    line: usize,
    ripe: Timestamp,
    end: Timestamp,
    /// When its term begins; `None`: it never signs here.
    from: Option<Timestamp>,
    /// When its term is over: after its end where its grace allows, but not after the next key that can sign is ripe.
    until: Timestamp,
    /// When its successor should be able to sign: at its end, or when it is as old as the interval allows.
    due: Timestamp,
    removed: Timestamp,
    deleted: Timestamp,
}

/// All lives, newest key first.
fn lives<'a>(rows: &'a [KeyFacts], algorithms_in_use: &[&str], policy: &Policy) -> Vec<Life<'a>> {
    let mut facts: Vec<&KeyFacts> = rows.iter().collect();
    facts.sort_by(|one, other| newest_first(one, other));
    facts.dedup_by(|one, other| one.kid == other.kid);

    let others = algorithms_in_use.len();
    // When the next newer key of each line ripens: of all keys, and of those that can sign here.
    let mut successor = vec![never(); others + 1];
    let mut usable_successor = successor.clone();
    let mut keys = Vec::with_capacity(facts.len());
    for facts in facts {
        let line = algorithms_in_use.iter().position(|used| *used == facts.algorithm).unwrap_or(others);
        // A key of an algorithm that is not in use any more ends for one of the primary algorithm too.
        let next =
            |ripening: &[Timestamp]| if line == others { ripening[line].min(ripening[0]) } else { ripening[line] };
        let key = Life::new(facts, line, next(&successor), next(&usable_successor), policy);
        if key.ripens() {
            successor[line] = key.ripe;
            if facts.usable {
                usable_successor[line] = key.ripe;
            }
        }
        keys.push(key);
    }
    hand_on(&mut keys, others + 1);
    keys
}

/// Gives each usable key its term, oldest first: it begins where the one before it in the line is over, the first at
/// once. A key that has ended by then has none.
fn hand_on(keys: &mut [Life], lines: usize) {
    let mut over = vec![Timestamp::from_millis(i64::MIN); lines];
    for key in keys.iter_mut().rev() {
        let from = over[key.line];
        if key.facts.usable && from < key.end {
            key.from = Some(from);
            over[key.line] = key.until;
        }
    }
}

fn newest_first(one: &KeyFacts, other: &KeyFacts) -> Ordering {
    (other.created_at, &other.kid).cmp(&(one.created_at, &one.kid))
}

fn later(end: Timestamp, by: i64) -> Timestamp {
    if end == never() { never() } else { end.plus_millis(by) }
}

/// The primary line's signer if it has ripened, else that of the algorithms that are not in use any more, else that of
/// another one in use. If none has ripened, the one that verifiers have known longest.
fn overall_signer(keys: &[Life], signers: &[Option<usize>], now: Timestamp) -> Option<usize> {
    let (others, in_use) = signers.split_last()?;
    let ripened = |at: &usize| keys[*at].ripens() && keys[*at].ripe <= now;
    let mut known = in_use.iter().take(1).chain([others]).chain(in_use.iter().skip(1)).flatten();
    let longest_known = || signers.iter().flatten().min_by_key(|at| keys[**at].facts.created_at);
    known.find(|at| ripened(at)).or_else(longest_known).copied()
}

/// Whether no key of a line will be able to sign when one that is minted now would be a tenth past its lead.
fn mint_due(keys: &[Life], line: usize, policy: &Policy, now: Timestamp) -> bool {
    let then = now.plus_millis(policy.ahead());
    // The clock that dated a row may be ahead of this replica's.
    let ripe = then.plus_millis(policy.skew);
    !keys.iter().any(|key| key.line == line && key.ripe <= ripe && key.due > then)
}

impl<'a> Life<'a> {
    /// A life without its term yet, from when the next key ripens and the next that can sign here does.
    fn new(facts: &'a KeyFacts, line: usize, next: Timestamp, next_usable: Timestamp, policy: &Policy) -> Self {
        let end = facts.expires_at.unwrap_or(never()).min(next);
        Self {
            facts,
            line,
            ripe: facts.created_at.plus_millis(policy.lead),
            end,
            from: None,
            until: later(end, policy.reserve().max(0)).min(next_usable),
            due: policy.expiry_of_new(facts.created_at).map_or(end, |due| due.min(end)),
            removed: later(end, policy.grace),
            deleted: later(end, 2 * policy.grace),
        }
    }

    fn signs_at(&self, now: Timestamp) -> bool {
        self.from.is_some_and(|from| from <= now && now < self.until)
    }

    /// Whether it lives to be ripe.
    fn ripens(&self) -> bool {
        self.ripe < self.end
    }

    /// The moments at which something about it may change. Its term begins when another's is over.
    fn changes(&self, policy: &Policy) -> impl Iterator<Item = Timestamp> {
        let minting = [self.ripe.plus_millis(-policy.skew), self.due].map(|at| later(at, -policy.ahead()));
        [self.ripe, self.end, self.until, self.removed, self.deleted].into_iter().chain(minting)
    }

    fn state(&self, signs: bool, now: Timestamp) -> KeyState {
        let phase = if self.removed <= now {
            Phase::Removed
        } else if signs {
            Phase::Signing
        } else if self.end <= now {
            Phase::Retired
        } else {
            Phase::Published
        };
        let moment = |at: Timestamp| (at < never()).then_some(at);
        KeyState {
            kid: self.facts.kid.clone(),
            algorithm: self.facts.algorithm.clone(),
            created_at: self.facts.created_at,
            phase,
            signs_from: self.from.map_or(self.ripe, |from| from.max(self.facts.created_at)),
            ends_at: moment(self.end),
            removed_at: moment(self.removed),
            usable: self.facts.usable,
        }
    }
}
