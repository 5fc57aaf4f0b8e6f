//! Verifies our own tokens, strictly (RFC 8725): the key decides the algorithm, and every claim is checked here.

use std::fmt;
use std::sync::Arc;

use super::compact::Compact;
use super::key::VerifyingEngine;
use super::{Algorithm, Claims, Expected, PublicJwk, Rejected};
use crate::base::{Result, Timestamp};

/// A public key that is ready to verify. To make one costs more than to use it: it is kept.
pub struct Verifier {
    algorithm: Algorithm,
    engine: VerifyingEngine,
}

impl Verifier {
    /// A verifier with a public key.
    pub fn new(key: &PublicJwk) -> Result<Self> {
        Ok(Self { algorithm: key.algorithm(), engine: key.key.engine()? })
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether a signature in JWS form is that of a message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.engine.verifies(message, signature)
    }
}

/// Verifies a token with the key that its `kid` names, and checks its claims. `keys` is asked once, and only for a token
/// of the right form; it must find nothing for a `kid` that is not exactly one of ours.
pub fn verify(
    token: &str,
    keys: &dyn Fn(&str) -> Option<Arc<Verifier>>,
    expected: &Expected,
    now: Timestamp,
) -> Result<Claims, Rejected> {
    let token = Compact::read(token)?;
    token.expect_type(expected.typ.as_deref())?;
    let verifier = keys(token.kid()?).ok_or(Rejected::UnknownKey)?;
    if token.algorithm()? != verifier.algorithm.as_str() {
        return Err(Rejected::Algorithm);
    }
    if !verifier.verifies(token.message.as_bytes(), &token.signature) {
        return Err(Rejected::Signature);
    }
    Claims::check(token.payload()?, expected, now)
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Verifier").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
