//! A JWS in compact form (RFC 7515 §7.1), taken apart before anything in it is believed.

use serde_json::{Map, Value};

use super::from_base64url;
use crate::base::json;

/// What a token may measure, before any of it is decoded.
const MOST_BYTES: usize = 8 * 1024;

/// Headers that bring a key along, or change what a signature means. Our tokens have none, and nobody may add them.
const REFUSED_HEADERS: [&str; 7] = ["crit", "b64", "zip", "jwk", "jku", "x5u", "x5c"];

/// Why a token is not accepted. Holds nothing of the token, so it can be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    #[error("the token is longer than 8 KiB")]
    TooLong,
    #[error("it is not three parts of canonical base64url")]
    Malformed,
    #[error("its header is not a JSON object with an alg and without duplicates")]
    Header,
    #[error("its header has {0}, which is not accepted")]
    Extension(&'static str),
    #[error("its typ is not the expected one")]
    Type,
    #[error("its header names no key")]
    NoKey,
    #[error("its key is unknown")]
    UnknownKey,
    #[error("its alg is not the algorithm of its key")]
    Algorithm,
    #[error("its signature does not verify")]
    Signature,
    #[error("its payload is not a JSON object without duplicates")]
    Payload,
    #[error("its claim {0} is absent or of the wrong type")]
    Claim(&'static str),
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for another audience")]
    Audience,
    #[error("it has expired")]
    Expired,
    #[error("it is from the future")]
    NotYet,
}

/// A token whose form is right and whose signature is still to be verified.
pub struct Compact<'a> {
    header: Map<String, Value>,
    /// What is signed: header and payload as they came.
    pub message: &'a str,
    payload: &'a str,
    pub signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Takes a token apart. Each of its three parts has one spelling only.
    pub fn read(token: &'a str) -> Result<Self, Rejected> {
        if token.len() > MOST_BYTES { Err(Rejected::TooLong) } else { Self::read_any_length(token) }
    }

    /// As [`Compact::read`], for a token whose length was judged already.
    pub fn read_any_length(token: &'a str) -> Result<Self, Rejected> {
        let (message, signature) = token.rsplit_once('.').ok_or(Rejected::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(Rejected::Malformed)?;
        let part = |text: &str| from_base64url(text).filter(|bytes| !bytes.is_empty()).ok_or(Rejected::Malformed);
        let (header, _, signature) = (part(header)?, part(payload)?, part(signature)?);
        let header = json::object(&header).ok_or(Rejected::Header)?;
        if let Some(name) = REFUSED_HEADERS.into_iter().find(|name| header.contains_key(*name)) {
            return Err(Rejected::Extension(name));
        }
        Ok(Self { header, message, payload, signature })
    }

    pub fn algorithm(&self) -> Result<&str, Rejected> {
        self.header.get("alg").and_then(Value::as_str).ok_or(Rejected::Header)
    }

    /// Whether the header names a key, however badly.
    pub fn names_a_key(&self) -> bool {
        self.header.contains_key("kid")
    }

    pub fn kid(&self) -> Result<&str, Rejected> {
        self.header.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty()).ok_or(Rejected::NoKey)
    }

    /// Checks `typ`. Where none is expected there is none, or it is `JWT`: a token that is typed for one purpose is not
    /// taken for another (RFC 8725 §3.11).
    pub fn expect_type(&self, expected: Option<&str>) -> Result<(), Rejected> {
        let typ = self.header.get("typ");
        let is = |name: &str| typ.and_then(Value::as_str).is_some_and(|typ| typ.eq_ignore_ascii_case(name));
        let fits = expected.map_or_else(|| typ.is_none() || is("JWT"), is);
        if fits { Ok(()) } else { Err(Rejected::Type) }
    }

    /// The payload. Only to be read once the signature is verified.
    pub fn payload(&self) -> Result<Map<String, Value>, Rejected> {
        from_base64url(self.payload).and_then(|text| json::object(&text)).ok_or(Rejected::Payload)
    }
}
