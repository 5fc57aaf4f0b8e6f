//! The key ring: which keys there are, which one signs, and which ones the world may verify with.
//!
//! ```text
//! created ──PUBLISHED──▶ created + lead ──SIGNING──▶ its end ──RETIRED──▶ + grace ──REMOVED──▶ + grace, row deleted
//!            in JWKS,                     in JWKS,             in JWKS,             not in JWKS
//!            silent                       signs                verifies
//! ```
//!
//! None of this is stored. Rows say when a key was made and when it expires, as Better Auth's own rows do; all else is
//! [`states`], a pure function of all rows, a [`Policy`] and the present moment. Replicas that read the
//! same rows come to the same answer, so they need not talk, and there is no state that a crash could leave half changed.
//!
//! The one promise: **a token verifies until its `exp`, at any verifier that keeps a JWKS no longer than its `max-age`,
//! whichever replica signed it and whichever one published.** So a key is known to all before it signs, and stays until
//! the last of its tokens has expired. Nine rules keep the promise; `tests/keyring.rs` holds the code to them.
//!
//! 1. **Who signs.** In each algorithm the newest key past its lead and before its end. Where there is none, because the
//!    keeper slept, the one that ended last goes on for as long as its grace still covers what it signs. Where there is
//!    none of these either, the oldest living key signs, as verifiers have known it longest: so does a first key at once.
//!    What is not asked for in a certain algorithm is signed in the primary one; but while only an unripe key stands
//!    there, the key of another algorithm signs that verifiers do know, or know longest. So a change of algorithm has no gap.
//! 2. **When a key ends.** At its `expiresAt` or when a newer key of its line ripens, whichever is earlier. A key without
//!    `expiresAt`, as Better Auth makes them without rotation, thus ends when it has a successor; grace counts from there.
//!    Keys of algorithms that are not in use any more form one line, which a ripe key of the primary line ends too. A
//!    newer key that expires before it is ripe, made by a Better Auth that rotates fast, ends no other.
//! 3. **When one is minted.** When in a lead and a tenth from now no key of the line could sign, or all would be older
//!    than the interval. The new one expires a lead and an interval after its creation. It is made outside the
//!    transaction; the decision is taken again under the lock, so any number of racing replicas mint one. A replica that
//!    falls asleep between the decision and the commit mints none. No request mints.
//! 4. **How long is long enough.** The lead covers the caches' `max-age`, the replicas' delay and their skew; the grace
//!    covers the longest token as well. [`Policy::corrected`] makes every wish sound and says what it changed.
//! 5. **Whose time.** The database's, for all replicas, within the policy's skew. Of two keys of one moment the greater id
//!    counts as the newer. A replica that was suspended loads the rows before it signs again, and until it has, no cache
//!    keeps its JWKS longer than a key that it has not heard of would still wait.
//! 6. **Revocation** deletes the row and leaves a tombstone; a successor is inserted if nothing else can sign, and
//!    [`Policy::safe_at`] says when the last cache has forgotten it. A rotation at once back-dates the new key by
//!    the lead and gives every other key of the line the present moment as its `expiresAt`. A key from elsewhere is a new
//!    key, created at its import.
//! 7. **Beside a running Better Auth**, which signs with the newest row it sees, a young key waits in a table of ours and
//!    enters `jwks` when it is ripe. It signs here once it is there, so that what either signs verifies with the key set
//!    of both; until then the key before it goes on, for as long as its grace allows. Better Auth reads at most 100 rows,
//!    so rows go after a second grace.
//! 8. **Lines.** Each asymmetric algorithm in use has its own line of keys, and no line bears on another. Shared secrets
//!    (HS256) are configuration and no keys of the ring.
//! 9. **The snapshot.** What requests need (signers, the serialised JWKS) is made once per change, at the latest at
//!    [`States::next_change`], and then only read: the JWKS outlives the database.
//!
//! A key whose private half cannot be decrypted here does not sign here, but it is published, ends others and counts as a
//! key: all replicas publish and mint alike, whatever secrets they were given. Where such a key should sign, the one
//! before it goes on for as long as its grace allows, which is the time there is to mend the secret.
//!
//! [`states`]: crate::keyring::states
//! [`Policy`]: crate::keyring::Policy
//! [`Policy::corrected`]: crate::keyring::Policy::corrected
//! [`Policy::safe_at`]: crate::keyring::Policy::safe_at
//! [`States::next_change`]: crate::keyring::States::next_change

/// The keeper: loads, mints, promotes, sweeps.
pub mod keeper;
/// The times of a key's life: what is wished for, and what is sound.
pub mod policy;
/// What requests use.
pub mod ring;
/// The rows.
pub mod rows;
/// What each key is and does at a moment.
pub mod state;

pub use keeper::Keeper;
pub use policy::{Policy, PolicyWanted};
pub use ring::Ring;
pub use rows::{KeyFault, Rows};
pub use state::{KeyFacts, KeyState, Phase, States, states};
