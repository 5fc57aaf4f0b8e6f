//! Keys that come from elsewhere.

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;

use super::*;

fn read(text: &str) -> Result<Imported, ImportError> {
    Imported::read(text, Algorithm::EdDSA)
}

fn pem(key: &PKey<Private>) -> String {
    String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap()
}

fn on_curve(curve: Nid) -> EcKey<Private> {
    EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()
}

/// Signs with what was read and verifies with what OpenSSL holds of the same key.
fn is_the_same_key(imported: &Imported, key: &PKey<Private>) -> bool {
    let signature = imported.jwk.key.engine().unwrap().sign(b"message").unwrap();
    let again = read(&pem(key)).unwrap();
    Verifier::new(again.jwk.public()).unwrap().verifies(b"message", &signature)
}

#[test]
fn a_pem_of_every_kind_is_read_in_each_of_its_forms() {
    let p256 = on_curve(Nid::X9_62_PRIME256V1);
    let sec1 = String::from_utf8(p256.private_key_to_pem().unwrap()).unwrap();
    let rsa = Rsa::generate(2048).unwrap();
    let pkcs1 = String::from_utf8(rsa.private_key_to_pem().unwrap()).unwrap();
    for (key, older, algorithm) in [
        (PKey::generate_ed25519().unwrap(), None, Algorithm::EdDSA),
        (PKey::from_ec_key(p256).unwrap(), Some(sec1), Algorithm::ES256),
        (PKey::from_ec_key(on_curve(Nid::SECP521R1)).unwrap(), None, Algorithm::ES512),
        (PKey::from_rsa(rsa).unwrap(), Some(pkcs1), Algorithm::RS256),
    ] {
        for text in [Some(pem(&key)), older].into_iter().flatten() {
            let imported = read(&text).unwrap();
            assert_eq!((imported.jwk.algorithm(), &imported.kid), (algorithm, &None));
            assert!(is_the_same_key(&imported, &key), "{algorithm}");
        }
    }
}

#[test]
fn an_rsa_key_is_for_the_configured_algorithm() {
    let text = pem(&PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap());
    for (configured, taken) in [(Algorithm::PS256, Algorithm::PS256), (Algorithm::ES256, Algorithm::RS256)] {
        assert_eq!(Imported::read(&text, configured).unwrap().jwk.algorithm(), taken);
    }
}

#[test]
fn a_jwk_is_read_with_its_name() {
    for algorithm in Algorithm::ALL {
        let jwk = key(algorithm).private_json();
        let named = jwk.replacen('{', &format!(r#"{{"kid":"k1","alg":"{algorithm}","use":"sig","#), 1);
        let imported = read(&named).unwrap();
        assert_eq!((imported.kid.as_deref(), imported.jwk.algorithm()), (Some("k1"), algorithm));
        assert_eq!(imported.jwk.private_json(), jwk);
        assert_eq!(read(&jwk).unwrap().kid, None);
    }
}

#[test]
fn what_is_no_key_to_sign_with_is_refused_with_the_reason() {
    let ed25519 = PKey::generate_ed25519().unwrap();
    let public = String::from_utf8(ed25519.public_key_to_pem().unwrap()).unwrap();
    let locked = ed25519.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"secret").unwrap();
    let p384 = PKey::from_ec_key(on_curve(Nid::SECP384R1)).unwrap();
    let short = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    let public_jwk = key(Algorithm::EdDSA).public_json();
    for (text, reason) in [
        ("", ImportError::NoKey),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ImportError::NoKey),
        (&public, ImportError::NoKey),
        (&String::from_utf8(locked).unwrap(), ImportError::Encrypted),
        (&pem(&p384), ImportError::OtherKind),
        (&pem(&PKey::generate_x25519().unwrap()), ImportError::OtherKind),
        (&pem(&short), ImportError::Jwk(JwkError::Weak)),
        ("{", ImportError::Jwk(JwkError::NoJwk)),
        (r#"{"kty":"oct","k":"AAAA"}"#, ImportError::OtherKind),
        (r#"{"kty":"EC","crv":"P-256","alg":"ES256K"}"#, ImportError::OtherKind),
        (r#"{"kid":1,"kty":"OKP","crv":"Ed25519"}"#, ImportError::Jwk(JwkError::NoJwk)),
        (&public_jwk, ImportError::Jwk(JwkError::Member("d"))),
    ] {
        assert_eq!(read(text).map(drop), Err(reason), "{text}");
    }
}

#[test]
fn an_rsa_key_of_numbers_that_are_not_prime_is_refused() {
    let mut context = BigNumContext::new().unwrap();
    let (e, one) = (BigNum::from_u32(65_537).unwrap(), BigNum::from_u32(1).unwrap());
    let less = |number: &BigNumRef| number - &one;
    // A key that fits together, since e has an inverse, although p is a product.
    let rsa = loop {
        let [a, b, q] = [512, 512, 1024].map(|bits| {
            let mut prime = BigNum::new().unwrap();
            prime.generate_prime(bits, false, None, None).unwrap();
            prime
        });
        let p = &a * &b;
        let (mut d, mut qi) = (BigNum::new().unwrap(), BigNum::new().unwrap());
        let order = &less(&p) * &less(&q);
        let inverse = d.mod_inverse(&e, &order, &mut context).and_then(|()| qi.mod_inverse(&q, &p, &mut context));
        let n = &p * &q;
        if inverse.is_ok() && n.num_bits() == 2048 {
            let (dp, dq) = (&d % &less(&p), &d % &less(&q));
            break Rsa::from_private_components(n, e, d, p, q, dp, dq, qi).unwrap();
        }
    };
    assert_eq!(read(&pem(&PKey::from_rsa(rsa).unwrap())).map(drop), Err(ImportError::NotPrime));
}
