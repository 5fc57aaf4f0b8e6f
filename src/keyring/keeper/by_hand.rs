//! What an operator does to the keys: rotate, revoke, import, export, rewrap. Any number of replicas may run meanwhile;
//! they follow as they follow each other.

use super::Keeper;
use crate::base::code::Code;
use crate::base::{Error, Result, Timestamp};
use crate::crypto::jose::{Algorithm, Imported, KeyKind, PrivateJwk};
use crate::keyring::rows::by_hand::{Import, Revocation, Rewrapped};
use crate::keyring::rows::{StoredKey, Wanted};
use crate::keyring::state::KeyState;

/// The answer to a rotation in an algorithm that signs nothing.
pub const ALGORITHM_NOT_IN_USE: Code =
    Code { name: "ALGORITHM_NOT_IN_USE", message: "No token is signed in this algorithm here" };

/// A key that has just been published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    pub key: KeyState,
    /// When every verifier that keeps to the JWKS's `max-age` knows the key.
    pub safe_at: Timestamp,
}

/// A key that is gone for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    pub at: Timestamp,
    /// When every verifier that keeps to the JWKS's `max-age` has forgotten the key.
    pub safe_at: Timestamp,
    /// The key that was made because no other could sign.
    pub successor: Option<String>,
}

impl Keeper {
    /// Publishes a new key now, ahead of its time; it signs when its lead is over.
    ///
    /// # Errors
    /// 400 where nothing is signed in the algorithm. Without one it is the primary one.
    pub async fn rotate(&self, algorithm: Option<Algorithm>) -> Result<Rotated> {
        let kid = self.mint(self.kind_of(algorithm)?, true).await?;
        let kid = kid.ok_or_else(|| Error::broken("a key that was asked for by hand was not made"))?;
        let key = self.found(&kid).await?;
        let safe_at = self.ring.policy().safe_at(key.created_at);
        Ok(Rotated { key, safe_at })
    }

    /// Signs with a new key from now on. The others of its algorithm sign nothing more and stay published for their
    /// tokens. A verifier that keeps an older JWKS and does not look again for a kid that it lacks refuses new tokens
    /// until [`Rotated::safe_at`].
    ///
    /// # Errors
    /// As [`Keeper::rotate`].
    pub async fn rotate_immediately(&self, algorithm: Option<Algorithm>) -> Result<Rotated> {
        let jwk = self.make(self.kind_of(algorithm)?).await?;
        let policy = *self.ring.policy();
        let expiry = |created_at| policy.expiry_of_new(created_at);
        let (kid, now) = self.ring.rows().replace(&jwk, policy.lead, expiry).await?;
        self.ring.tally().minted.add();
        tracing::warn!(%kid, alg = jwk.algorithm().as_str(), "a new signing key signs at once");
        Ok(Rotated { key: self.found(&kid).await?, safe_at: policy.safe_at(now) })
    }

    /// Takes a key out of the JWKS for good: its tokens verify no longer. `None` where there is no such key.
    pub async fn revoke(&self, kid: &str) -> Result<Option<Revoked>> {
        let ring = &self.ring;
        let known = ring.reload().await?;
        let line = known.keys().iter().find(|key| key.facts.kid == kid);
        let line = line.and_then(|key| key.facts.algorithm.parse().ok());
        let line = line.and_then(|algorithm| self.kind_of(Some(algorithm)).ok());
        let alone = |keys: &[StoredKey], now: Timestamp| {
            let (expires_at, states) = (ring.policy().expiry_of_new(now), ring.states_of(keys, now));
            // Nobody else's keys sign what a template wants signed in this algorithm.
            let bereft = line.is_some_and(|kind| states.signer_of(kind.algorithm.as_str()).is_none());
            (bereft || states.signer().is_none()).then_some(Wanted { expires_at, at_once: true })
        };
        let safe_at = |at| ring.policy().safe_at(at);
        let mut made = None;
        let (at, successor) = loop {
            match ring.rows().revoke(kid, made.as_ref(), alone, safe_at).await? {
                Revocation::Unknown => return Ok(None),
                Revocation::WantsSuccessor => made = Some(self.make(line.unwrap_or(ring.kinds()[0])).await?),
                Revocation::Revoked { at, successor } => break (at, successor),
            }
        };
        if let Some(successor) = &successor {
            ring.tally().minted.add();
            tracing::warn!(kid = %successor, "a new signing key signs at once");
        }
        // A key that waited may have to sign now.
        self.tick().await?;
        Ok(Some(Revoked { at, safe_at: safe_at(at), successor }))
    }

    /// Publishes a key from elsewhere as if it had just been made: it signs when its lead is over, or at once where no
    /// other key can. `once` leaves out a key that was imported before and is gone since.
    ///
    /// Its kid is the one that its JWK names, or else its thumbprint (RFC 7638); where ids are uuids, one of the thumbprint.
    pub async fn import(&self, imported: &Imported, once: bool) -> Result<Import> {
        let ring = &self.ring;
        let algorithm = imported.jwk.algorithm();
        if ring.is_strange(algorithm.as_str()) {
            return Ok(Import::SecondAlgorithm(algorithm));
        }
        let wanted = |keys: &[StoredKey], now: Timestamp| Wanted {
            expires_at: ring.policy().expiry_of_new(now),
            at_once: ring.states_of(keys, now).signer().is_none(),
        };
        let import = ring.rows().import(imported, once, wanted).await?;
        if let Import::Added(kid) = &import {
            tracing::info!(%kid, alg = algorithm.as_str(), "published a signing key from elsewhere");
            ring.reload().await?;
        }
        Ok(import)
    }

    /// A key with its private half, or why that cannot be had; `None` where there is no such key.
    pub async fn export(&self, kid: &str) -> Result<Option<std::result::Result<PrivateJwk, String>>> {
        self.ring.rows().export(kid).await
    }

    /// Seals every private key with the current secret.
    pub async fn rewrap(&self) -> Result<Rewrapped> {
        self.ring.rows().rewrap().await
    }

    /// The kind of new keys of an algorithm in use; without one, of the primary one.
    fn kind_of(&self, algorithm: Option<Algorithm>) -> Result<KeyKind> {
        let mut kinds = self.ring.kinds().iter();
        let kind = kinds.find(|kind| algorithm.is_none_or(|algorithm| kind.algorithm == algorithm));
        kind.copied().ok_or_else(|| Error::refused(400, ALGORITHM_NOT_IN_USE))
    }

    /// The state of a key that was just written.
    async fn found(&self, kid: &str) -> Result<KeyState> {
        let snapshot = self.ring.reload().await?;
        let state = snapshot.states().keys.iter().find(|state| state.kid == kid);
        state.cloned().ok_or_else(|| Error::broken("a key that was just written is not there"))
    }
}
