//! The claims of a token (RFC 7519 §4.1), none of which is taken for granted.

use serde_json::{Map, Value};

use super::Rejected;
use crate::base::Timestamp;

/// Times are whole seconds from 1970 to the end of the year 9999.
const SECONDS: std::ops::RangeInclusive<i64> = 0..=253_402_300_799;

/// By how many seconds the clocks of two machines may differ.
const LEEWAY: u32 = 60;

/// What a token must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub issuer: String,
    /// The token must be for at least one of these. Where there is none, it must name nobody.
    pub audience: Vec<String>,
    /// The header's `typ`; with `None` the header has none, or `JWT`.
    pub typ: Option<String>,
    /// By how many seconds `iat` and `nbf` may lie in the future. `exp` has no leeway.
    pub leeway: u32,
}

impl Expected {
    /// Tokens without a type, whose maker's clock may be a minute ahead.
    pub fn new(issuer: impl Into<String>, audience: Vec<String>) -> Self {
        Self { issuer: issuer.into(), audience, typ: None, leeway: LEEWAY }
    }
}

/// The claims of a token that was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    pub subject: String,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    /// The whole payload in its order.
    pub all: Map<String, Value>,
}

impl Claims {
    /// Checks the claims that every token must have.
    pub(super) fn check(all: Map<String, Value>, expected: &Expected, now: Timestamp) -> Result<Self, Rejected> {
        if text(&all, "iss")? != expected.issuer {
            return Err(Rejected::Issuer);
        }
        if !is_for(&all, &expected.audience)? {
            return Err(Rejected::Audience);
        }
        let subject = text(&all, "sub")?.to_owned();
        let (issued_at, expires_at) = (moment(&all, "iat")?, expiry(&all, now)?);
        let latest = now.plus_seconds(expected.leeway.into());
        let not_before = if all.contains_key("nbf") { moment(&all, "nbf")? } else { issued_at };
        if issued_at > latest || not_before > latest {
            return Err(Rejected::NotYet);
        }
        Ok(Self { subject, issued_at, expires_at, all })
    }
}

/// Whether a token is for one of an audience, or for nobody where nobody is expected.
fn is_for(claims: &Map<String, Value>, expected: &[String]) -> Result<bool, Rejected> {
    if expected.is_empty() {
        return Ok(!claims.contains_key("aud"));
    }
    Ok(audience(claims)?.iter().any(|one| expected.iter().any(|ours| ours == one)))
}

/// The claim `exp`, which must lie in the future.
pub fn expiry(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, Rejected> {
    let expires_at = moment(claims, "exp")?;
    if expires_at > now { Ok(expires_at) } else { Err(Rejected::Expired) }
}

/// A claim that must be a text with something in it.
pub(super) fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, Rejected> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or(Rejected::Claim(name))
}

/// A claim that must be a whole number of seconds.
pub(super) fn moment(claims: &Map<String, Value>, name: &'static str) -> Result<Timestamp, Rejected> {
    let seconds = claims.get(name).and_then(Value::as_i64).filter(|seconds| SECONDS.contains(seconds));
    seconds.map(Timestamp::from_seconds).ok_or(Rejected::Claim(name))
}

/// The claim `aud`: a text, or a list of texts.
pub(super) fn audience(claims: &Map<String, Value>) -> Result<Vec<&str>, Rejected> {
    let texts = match claims.get("aud") {
        Some(Value::String(one)) => Some(vec![one.as_str()]),
        Some(Value::Array(several)) => several.iter().map(Value::as_str).collect(),
        _ => None,
    };
    texts.filter(|texts| !texts.is_empty()).ok_or(Rejected::Claim("aud"))
}
