//! RSA keys as JWKs (RFC 7518 §6.3), through OpenSSL alone: josekit leaves copies of a PS256 key in memory.

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer, Verifier};
use zeroize::Zeroizing;

use super::jwk::{JwkError, Members};
use super::{base64url, key};
use crate::base::{Error, Result};

/// Of a modulus (RFC 7518 §3.3).
const LEAST_BITS: i32 = 2048;

/// How the hash is padded, SHA-256 in both cases (RFC 8017 §8). A key is used with one scheme only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Pkcs1,
    Pss,
}

/// A private key. OpenSSL overwrites its numbers when it frees them.
pub struct PrivateKey {
    pair: Rsa<Private>,
    public: PublicKey,
}

/// A public key.
#[derive(Clone)]
pub struct PublicKey {
    scheme: Scheme,
    key: Rsa<Public>,
}

/// A key that is ready to sign or to verify.
pub struct Engine<T> {
    scheme: Scheme,
    key: PKey<T>,
}

impl PrivateKey {
    /// A fresh key with the exponent 65537. OpenSSL draws its primes itself.
    pub fn generate(scheme: Scheme, bits: u32) -> Result<Self> {
        Rsa::generate(bits).and_then(|pair| Self::of(scheme, pair)).map_err(Error::broken)
    }

    /// OpenSSL's key.
    pub fn of(scheme: Scheme, pair: Rsa<Private>) -> Result<Self, ErrorStack> {
        Ok(Self { public: PublicKey::of(scheme, &pair)?, pair })
    }

    /// The private key of a JWK with all its numbers. They must be those of one key, the public half among them.
    pub fn read(scheme: Scheme, members: &Members<'_>) -> Result<Self, JwkError> {
        let public = PublicKey::read(scheme, members)?;
        let (d, p, q) = (number("d", members.d)?, number("p", members.p)?, number("q", members.q)?);
        let (dp, dq, qi) = (number("dp", members.dp)?, number("dq", members.dq)?, number("qi", members.qi)?);
        let copied = |own: &BigNumRef| own.to_owned();
        let pair = copied(public.key.n()).and_then(|n| {
            let e = copied(public.key.e())?;
            Rsa::from_private_components(n, e, d, p, q, dp, dq, qi)
        });
        match pair.and_then(|pair| Ok((is_one_key(&pair)?, pair))) {
            Ok((true, pair)) => Ok(Self { pair, public }),
            _ => Err(JwkError::Unrelated),
        }
    }

    /// Whether p and q are prime. Takes OpenSSL seconds for long keys.
    pub fn has_primes(&self) -> bool {
        self.pair.check_key().unwrap_or(false)
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The private JWK, its members in Better Auth's order.
    pub fn json(&self) -> Zeroizing<String> {
        let pair = &self.pair;
        let factors = [("p", pair.p()), ("q", pair.q()), ("dp", pair.dmp1()), ("dq", pair.dmq1()), ("qi", pair.iqmp())];
        let mut parts = vec![Zeroizing::new(self.public.json())];
        parts[0].pop();
        for (name, number) in [("d", Some(pair.d()))].into_iter().chain(factors) {
            let bytes = Zeroizing::new(number.expect("a key has all its numbers").to_vec());
            parts.extend([format!(r#","{name}":""#), base64url(&*bytes), "\"".to_owned()].map(Zeroizing::new));
        }
        parts.push(Zeroizing::new("}".to_owned()));
        // Joined at once, so that no half is left behind by a text that grows.
        Zeroizing::new(parts.iter().map(|part| part.as_str()).collect::<Vec<_>>().concat())
    }

    pub fn engine(&self) -> Result<Engine<Private>> {
        let key = PKey::from_rsa(self.pair.clone()).map_err(Error::broken)?;
        Ok(Engine { scheme: self.public.scheme, key })
    }
}

impl PublicKey {
    /// The public key of a JWK.
    pub fn read(scheme: Scheme, members: &Members<'_>) -> Result<Self, JwkError> {
        let (n, e) = (number("n", members.n)?, number("e", members.e)?);
        if n.num_bits() < LEAST_BITS || !n.is_odd() || e.num_bits() < 2 || !e.is_odd() {
            return Err(JwkError::Weak);
        }
        let key = Rsa::from_public_components(n, e).map_err(|_| JwkError::Weak)?;
        Ok(Self { scheme, key })
    }

    /// The public JWK, its members in Better Auth's order.
    pub fn json(&self) -> String {
        let (n, e) = (base64url(self.key.n().to_vec()), base64url(self.key.e().to_vec()));
        format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#)
    }

    pub fn engine(&self) -> Result<Engine<Public>> {
        let key = PKey::from_rsa(self.key.clone()).map_err(Error::broken)?;
        Ok(Engine { scheme: self.scheme, key })
    }

    fn of(scheme: Scheme, pair: &Rsa<Private>) -> Result<Self, ErrorStack> {
        let key = Rsa::from_public_components(pair.n().to_owned()?, pair.e().to_owned()?)?;
        Ok(Self { scheme, key })
    }
}

impl Engine<Private> {
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key)?;
        if self.scheme == Scheme::Pss {
            signer.set_rsa_padding(Padding::PKCS1_PSS)?;
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        signer.sign_oneshot_to_vec(message)
    }
}

impl Engine<Public> {
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verify = || {
            let mut verifier = Verifier::new(MessageDigest::sha256(), &self.key)?;
            if self.scheme == Scheme::Pss {
                verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
                verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
            }
            verifier.verify_oneshot(signature, message)
        };
        verify().is_ok_and(|verified: bool| verified)
    }
}

/// A number from a member of a JWK: in as few bytes as it takes (RFC 7518 §2), and not 0.
fn number(name: &'static str, member: Option<&str>) -> Result<BigNum, JwkError> {
    let bytes = key::bytes(name, member)?;
    if bytes.first().is_none_or(|first| *first == 0) {
        return Err(JwkError::Member(name));
    }
    // A secure number is overwritten when it is freed.
    let read = BigNum::new_secure().and_then(|mut number| number.copy_from_slice(&bytes).map(|()| number));
    read.map_err(|_| JwkError::Member(name))
}

/// Whether all the numbers are those of one key (RFC 8017 §3.2). Whether p and q are prime is asked at an import
/// alone: the answer takes seconds, and stored keys are read while requests wait.
fn is_one_key(pair: &Rsa<Private>) -> Result<bool, ErrorStack> {
    let (Some(p), Some(q), Some(dp), Some(dq), Some(qi)) = (pair.p(), pair.q(), pair.dmp1(), pair.dmq1(), pair.iqmp())
    else {
        return Ok(false);
    };
    let (mut context, one) = (BigNumContext::new_secure()?, BigNum::from_u32(1)?);
    let (mut result, mut order) = (BigNum::new_secure()?, BigNum::new_secure()?);
    result.checked_mul(p, q, &mut context)?;
    let mut fit = *result == *pair.n();
    for (prime, exponent) in [(p, dp), (q, dq)] {
        order.checked_sub(prime, &one)?;
        result.nnmod(pair.d(), &order, &mut context)?;
        fit &= *result == *exponent;
        result.mod_mul(pair.e(), exponent, &order, &mut context)?;
        fit &= result == one;
    }
    result.mod_mul(q, qi, p, &mut context)?;
    Ok(fit && result == one)
}
