//! Keys on the curves P-256 and P-521 as JWKs (RFC 7518 §6.2). OpenSSL makes and checks the keys, josekit signs and verifies.

use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm;
use josekit::jws::{JwsSigner, JwsVerifier};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private, Public};
use zeroize::Zeroizing;

use super::jwk::{JwkError, Members};
use super::{base64url, key};
use crate::base::{Error, Random, Result};

/// A curve (FIPS 186-4, D.1.2), and with it the hash that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    P256,
    P521,
}

/// A private key and the public one that belongs to it.
pub struct PrivateKey {
    scalar: Zeroizing<Vec<u8>>,
    public: PublicKey,
}

/// A point of the curve.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    x: Vec<u8>,
    y: Vec<u8>,
}

impl Curve {
    /// The `crv` of a JWK.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P521 => "P-521",
        }
    }

    /// The bits of a coordinate and of the order.
    fn bits(self) -> usize {
        match self {
            Self::P256 => 256,
            Self::P521 => 521,
        }
    }

    /// The bytes of a coordinate or a scalar: full length, also where it begins with zeros (RFC 7518 §6.2.1.2).
    fn length(self) -> usize {
        self.bits().div_ceil(8)
    }

    fn group(self) -> Result<EcGroup, ErrorStack> {
        EcGroup::from_curve_name(match self {
            Self::P256 => Nid::X9_62_PRIME256V1,
            Self::P521 => Nid::SECP521R1,
        })
    }

    fn algorithm(self) -> EcdsaJwsAlgorithm {
        match self {
            Self::P256 => EcdsaJwsAlgorithm::Es256,
            Self::P521 => EcdsaJwsAlgorithm::Es512,
        }
    }

    /// A coordinate or a scalar from a member of a JWK.
    fn bytes(self, name: &'static str, member: Option<&str>) -> Result<Zeroizing<Vec<u8>>, JwkError> {
        key::bytes(name, member).and_then(|bytes| match bytes.len() == self.length() {
            true => Ok(bytes),
            false => Err(JwkError::Member(name)),
        })
    }

    /// The key pair of a scalar; `None` for one that is zero or not below the order.
    fn pair(self, scalar: &[u8]) -> Result<Option<EcKey<Private>>, ErrorStack> {
        let (group, mut context) = (self.group()?, BigNumContext::new_secure()?);
        // A secure number is overwritten when it is freed.
        let (mut number, mut order) = (BigNum::new_secure()?, BigNum::new()?);
        number.copy_from_slice(scalar)?;
        group.order(&mut order, &mut context)?;
        if number.num_bits() == 0 || number >= order {
            return Ok(None);
        }
        let mut point = EcPoint::new(&group)?;
        point.mul_generator2(&group, &number, &mut context)?;
        EcKey::from_private_components(&group, &number, &point).map(Some)
    }
}

impl PrivateKey {
    /// A fresh key.
    pub fn generate(curve: Curve, random: &Random) -> Result<Self> {
        let mut scalar = Zeroizing::new(vec![0; curve.length()]);
        // Of 2^32 numbers of as many bits about one is not below the order of P-256; then another is drawn.
        loop {
            random.fill(&mut scalar);
            scalar[0] &= 0xff >> (8 * curve.length() - curve.bits());
            if let Some(key) = curve.pair(&scalar).map_err(Error::broken)? {
                return Ok(Self { public: PublicKey::of(curve, &key).map_err(Error::broken)?, scalar });
            }
        }
    }

    /// OpenSSL's key, if it is on one of the curves.
    pub fn of(key: &EcKey<Private>) -> Result<Option<Self>, ErrorStack> {
        let curve = match key.group().curve_name() {
            Some(Nid::X9_62_PRIME256V1) => Curve::P256,
            Some(Nid::SECP521R1) => Curve::P521,
            _ => return Ok(None),
        };
        let scalar = Zeroizing::new(key.private_key().to_vec_padded(curve.length() as i32)?);
        Ok(Some(Self { public: PublicKey::of(curve, key)?, scalar }))
    }

    /// The private key of a JWK. Its public half must be the one that belongs to it.
    pub fn read(curve: Curve, members: &Members<'_>) -> Result<Self, JwkError> {
        let scalar = curve.bytes("d", members.d)?;
        let public = PublicKey::read(curve, members)?;
        let pair = curve.pair(&scalar).ok().flatten().ok_or(JwkError::Member("d"))?;
        if PublicKey::of(curve, &pair).is_ok_and(|own| own == public) {
            Ok(Self { scalar, public })
        } else {
            Err(JwkError::Unrelated)
        }
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The private JWK, its members in Better Auth's order.
    pub fn json(&self) -> Zeroizing<String> {
        let (public, d) = (self.public.json(), Zeroizing::new(base64url(&*self.scalar)));
        let public = public.strip_suffix('}').expect("an object");
        Zeroizing::new([public, r#","d":""#, &d, r#""}"#].concat())
    }

    /// A signer, which costs more to make than a signature: keep it.
    pub fn signer(&self) -> Result<Box<dyn JwsSigner>> {
        let curve = self.public.curve;
        let der = || {
            let pair = curve.pair(&self.scalar)?.expect("checked when the key was made");
            PKey::from_ec_key(pair)?.private_key_to_pkcs8().map(Zeroizing::new)
        };
        let der = der().map_err(|error: ErrorStack| Error::broken(error))?;
        let signer = curve.algorithm().signer_from_der(&*der).map_err(Error::broken)?;
        Ok(Box::new(signer))
    }
}

impl PublicKey {
    /// The public key of a JWK.
    pub fn read(curve: Curve, members: &Members<'_>) -> Result<Self, JwkError> {
        let [x, y] = [("x", members.x), ("y", members.y)].map(|(name, member)| curve.bytes(name, member));
        let key = Self { curve, x: x?.to_vec(), y: y?.to_vec() };
        key.on_curve().map_err(|_| JwkError::NoPoint)?;
        Ok(key)
    }

    /// The public JWK, its members in Better Auth's order.
    pub fn json(&self) -> String {
        let (x, y, crv) = (base64url(&self.x), base64url(&self.y), self.curve.name());
        format!(r#"{{"kty":"EC","x":"{x}","y":"{y}","crv":"{crv}"}}"#)
    }

    /// A verifier, to be kept likewise.
    pub fn verifier(&self) -> Result<Box<dyn JwsVerifier>> {
        let der = self.on_curve().and_then(|key| key.public_key_to_der()).map_err(Error::broken)?;
        let verifier = self.curve.algorithm().verifier_from_der(der).map_err(Error::broken)?;
        Ok(Box::new(verifier))
    }

    /// OpenSSL's key; an error if this is no point of the curve.
    fn on_curve(&self) -> Result<EcKey<Public>, ErrorStack> {
        let (x, y) = (BigNum::from_slice(&self.x)?, BigNum::from_slice(&self.y)?);
        let key = EcKey::from_public_key_affine_coordinates(&*self.curve.group()?, &x, &y)?;
        key.check_key()?;
        Ok(key)
    }

    fn of(curve: Curve, pair: &EcKey<Private>) -> Result<Self, ErrorStack> {
        let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
        pair.public_key().affine_coordinates(pair.group(), &mut x, &mut y, &mut *BigNumContext::new()?)?;
        let bytes = |number: &BigNum| number.to_vec_padded(curve.length() as i32);
        Ok(Self { curve, x: bytes(&x)?, y: bytes(&y)? })
    }
}
