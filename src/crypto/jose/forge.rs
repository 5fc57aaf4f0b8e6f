//! Tokens that are wrong on purpose, with which `signet doctor` tries other people's verifiers. Nothing here judges what it
//! signs, so nothing that answers requests uses it.

use hmac::{Hmac, KeyInit, Mac};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, PointConversionForm};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Rsa;
use serde_json::{Map, Value};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::key::SigningEngine;
use super::{PrivateJwk, base64url, from_base64url};
use crate::base::{Error, Result};

/// What signs a forged token.
pub enum Hand {
    /// A private key, by its own algorithm whatever the header says.
    Private(Box<Private>),
    /// HMAC-SHA256.
    Secret(Zeroizing<Vec<u8>>),
    /// These bytes stand where a signature should.
    Bytes(Vec<u8>),
}

/// A private key that is ready to sign.
pub struct Private(SigningEngine);

impl Hand {
    pub fn private(key: &PrivateJwk) -> Result<Self> {
        Ok(Self::Private(Box::new(Private(key.key.engine()?))))
    }

    pub fn secret(secret: &[u8]) -> Self {
        Self::Secret(Zeroizing::new(secret.to_vec()))
    }

    /// Nobody signs.
    pub fn none() -> Self {
        Self::Bytes(Vec::new())
    }

    /// A token in compact form of any two texts.
    pub fn sign(&self, header: &str, payload: &str) -> Result<String> {
        let message = format!("{}.{}", base64url(header), base64url(payload));
        let signature = match self {
            Self::Private(key) => key.0.sign(message.as_bytes())?,
            Self::Secret(secret) => tag(secret, &message)?,
            Self::Bytes(bytes) => bytes.clone(),
        };
        Ok(format!("{message}.{}", base64url(signature)))
    }
}

fn tag(secret: &[u8], message: &str) -> Result<Vec<u8>> {
    let key = Hmac::<Sha256>::new_from_slice(secret).map_err(Error::broken)?;
    Ok(key.chain_update(message).finalize().into_bytes().to_vec())
}

/// The spellings of a public key that a careless verifier might hold, and take for an HMAC secret: each with its name.
///
/// # Errors
/// [`Error::Broken`] for a JWK that is none of ours.
pub fn spellings(jwk: &Map<String, Value>) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let key = public(jwk)?;
    let pem = key.public_key_to_pem().map_err(Error::broken)?;
    let trimmed = pem.trim_ascii_end().to_vec();
    let der = key.public_key_to_der().map_err(Error::broken)?;
    let text = Value::Object(jwk.clone()).to_string();
    let spaced = text.replace("\":", "\": ").replace(",\"", ", \"");
    let (name, member) = if jwk.contains_key("n") { ("jwk-n", "n") } else { ("jwk-x", "x") };
    let member = jwk.get(member).and_then(Value::as_str).unwrap_or_default().as_bytes().to_vec();
    let mut spellings = vec![
        ("pem", pem),
        ("pem-trimmed", trimmed),
        ("der", der),
        ("raw", raw(&key).map_err(Error::broken)?),
        ("jwk", text.into_bytes()),
        ("jwk-spaced", spaced.into_bytes()),
        (name, member),
    ];
    if let Ok(rsa) = key.rsa() {
        spellings.push(("pem-pkcs1", rsa.public_key_to_pem_pkcs1().map_err(Error::broken)?));
    }
    Ok(spellings)
}

/// The bytes of a key without any wrapping: a point, or a modulus.
fn raw(key: &PKey<Public>) -> Result<Vec<u8>, ErrorStack> {
    match key.id() {
        Id::RSA => Ok(key.rsa()?.n().to_vec()),
        Id::EC => {
            let key = key.ec_key()?;
            key.public_key().to_bytes(key.group(), PointConversionForm::UNCOMPRESSED, &mut *BigNumContext::new()?)
        }
        _ => key.raw_public_key(),
    }
}

fn public(jwk: &Map<String, Value>) -> Result<PKey<Public>> {
    let member = |name: &str| {
        let bytes = jwk.get(name).and_then(Value::as_str).and_then(from_base64url);
        bytes.ok_or_else(|| Error::broken(format!("the JWK has no usable {name}")))
    };
    let number = |name: &str| BigNum::from_slice(&member(name)?).map_err(Error::broken);
    let on_curve = |nid: Nid| -> Result<_> {
        let group = EcGroup::from_curve_name(nid).map_err(Error::broken)?;
        let key = EcKey::from_public_key_affine_coordinates(&group, &*number("x")?, &*number("y")?);
        key.and_then(PKey::from_ec_key).map_err(Error::broken)
    };
    match jwk.get("crv").and_then(Value::as_str) {
        Some("Ed25519") => PKey::public_key_from_raw_bytes(&member("x")?, Id::ED25519).map_err(Error::broken),
        Some("P-256") => on_curve(Nid::X9_62_PRIME256V1),
        Some("P-521") => on_curve(Nid::SECP521R1),
        _ => Rsa::from_public_components(number("n")?, number("e")?).and_then(PKey::from_rsa).map_err(Error::broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Random, Timestamp};
    use crate::crypto::jose::{Algorithm, Expected, Verifier, verify};
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn what_our_own_key_signs_is_good_where_nothing_is_wrong_with_it() {
        for algorithm in Algorithm::ALL {
            let key = PrivateJwk::generate(algorithm.into(), &Random::seeded(1)).unwrap();
            let header = json!({ "alg": algorithm.as_str(), "kid": "k" }).to_string();
            let payload = json!({ "iss": "i", "aud": "a", "sub": "s", "iat": 1000, "exp": 2000 }).to_string();
            let token = Hand::private(&key).unwrap().sign(&header, &payload).unwrap();
            let verifier = Arc::new(Verifier::new(key.public()).unwrap());
            let keys = |kid: &str| (kid == "k").then(|| Arc::clone(&verifier));
            let expected = Expected::new("i", vec!["a".to_owned()]);
            assert!(verify(&token, &keys, &expected, Timestamp::from_seconds(1500)).is_ok(), "{algorithm}");
        }
    }

    #[test]
    fn every_spelling_of_a_public_key_is_another_secret() {
        for algorithm in Algorithm::ALL {
            let key = PrivateJwk::generate(algorithm.into(), &Random::seeded(1)).unwrap();
            let spellings = spellings(&key.public().entry("k")).unwrap();
            assert!(spellings.len() >= 7, "{algorithm}");
            assert!(spellings[0].1.starts_with(b"-----BEGIN PUBLIC KEY-----\n"), "{algorithm}");
            assert!(spellings.iter().all(|(_, bytes)| !bytes.is_empty()), "{algorithm}");
            let mut texts: Vec<_> = spellings.iter().map(|(_, bytes)| bytes).collect();
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len(), spellings.len(), "{algorithm}");
        }
    }

    #[test]
    fn t54_a_secret_is_used_as_it_is() {
        // The example of RFC 7515, appendix A.1.
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let header = "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
        let payload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
        let token = Hand::secret(&from_base64url(key).unwrap()).sign(header, payload).unwrap();
        assert!(token.ends_with(".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "{token}");
        assert!(Hand::none().sign(header, payload).unwrap().ends_with('.'));
    }
}
