//! Signs tokens.

use std::fmt;

use serde_json::{Map, Value, json};

use super::key::SigningEngine;
use super::{Algorithm, PrivateJwk, base64url};
use crate::base::{Error, Result};

/// A private key that is ready to sign, together with its `kid`, so that a header never names another key. To make one
/// costs more than a signature: it is kept.
pub struct Signer {
    algorithm: Algorithm,
    kid: String,
    engine: SigningEngine,
    /// The encoded header of most tokens, `{"alg":…,"kid":…}`.
    header: String,
}

impl Signer {
    /// A signer with a key that verifiers know by `kid`.
    pub fn new(key: &PrivateJwk, kid: impl Into<String>) -> Result<Self> {
        let (algorithm, kid) = (key.algorithm(), kid.into());
        let header = base64url(json!({ "alg": algorithm.as_str(), "kid": kid }).to_string());
        Ok(Self { algorithm, kid, engine: key.key.engine()?, header })
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A token in compact form. The members of the payload keep their order; its text is plain UTF-8. The header is
    /// `{"alg","kid"}`, with `typ`, if it is given, in front.
    pub fn sign(&self, payload: &Map<String, Value>, typ: Option<&str>) -> Result<String> {
        let payload = base64url(serde_json::to_vec(payload).map_err(Error::broken)?);
        let message = match typ {
            None => format!("{}.{payload}", self.header),
            Some(typ) => {
                let header = json!({ "typ": typ, "alg": self.algorithm.as_str(), "kid": self.kid });
                format!("{}.{payload}", base64url(header.to_string()))
            }
        };
        let signature = self.engine.sign(message.as_bytes())?;
        Ok(format!("{message}.{}", base64url(signature)))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Signer")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
