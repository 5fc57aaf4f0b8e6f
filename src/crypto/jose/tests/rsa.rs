//! What an RSA key must be.

use openssl::bn::{BigNum, BigNumContext};

use super::*;

fn member(jwk: &str, name: &str) -> String {
    object(serde_json::from_str(jwk).unwrap())[name].as_str().unwrap().to_owned()
}

fn with(jwk: &str, name: &str, value: &[u8]) -> String {
    jwk.replace(&format!("\"{name}\":\"{}\"", member(jwk, name)), &format!("\"{name}\":\"{}\"", base64url(value)))
}

#[test]
fn a_public_key_is_long_and_odd_with_an_odd_exponent_above_1() {
    let public = key(Algorithm::RS256).public_json();
    let parse = |text: &str| PublicJwk::parse(text, Algorithm::RS256).map(drop);
    let n = from_base64url(&member(&public, "n")).unwrap();
    let mut even = n.clone();
    *even.last_mut().unwrap() ^= 1;
    let mut bit_less = n.clone();
    bit_less[0] >>= 1;
    for n in [&n[..128], &n[1..], &bit_less, &even] {
        assert_eq!(parse(&with(&public, "n", n)), Err(JwkError::Weak));
    }
    for e in [&[1][..], &[2], &[1, 0, 0]] {
        assert_eq!(parse(&with(&public, "e", e)), Err(JwkError::Weak), "{e:?}");
    }
    for e in [&[][..], &[0], &[0, 1, 0, 1]] {
        assert_eq!(parse(&with(&public, "e", e)), Err(JwkError::Member("e")), "{e:?}");
    }
    assert_eq!(parse(&with(&public, "e", &[3])), Ok(()));
}

#[test]
fn a_private_key_has_all_its_numbers_and_each_belongs_to_the_others() {
    let (jwk, other) = (key(Algorithm::PS256).private_json(), another_key(Algorithm::PS256).private_json());
    let parse = |text: &str| PrivateJwk::parse(text, Algorithm::PS256).map(drop);
    assert_eq!(parse(&jwk), Ok(()));
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        let bytes = from_base64url(&member(&jwk, name)).unwrap();
        for strange in [from_base64url(&member(&other, name)).unwrap(), vec![1], vec![2], [&[1][..], &bytes].concat()] {
            assert_eq!(parse(&with(&jwk, name, &strange)), Err(JwkError::Unrelated), "{name}");
        }
        assert_eq!(parse(&with(&jwk, name, &[&[0][..], &bytes].concat())), Err(JwkError::Member(name)));
        let absent = jwk.replace(&format!("\"{name}\""), &format!("\"no-{name}\""));
        assert_eq!(parse(&absent), Err(JwkError::Member(name)));
    }
    assert_eq!(parse(&with(&jwk, "e", &[3])), Err(JwkError::Unrelated));
    let n = from_base64url(&member(&other, "n")).unwrap();
    assert_eq!(parse(&with(&jwk, "n", &n)), Err(JwkError::Unrelated));
}

#[test]
fn a_key_is_as_long_as_was_asked_for() {
    let kind = KeyKind { algorithm: Algorithm::RS256, modulus_length: 2056 };
    let public = PrivateJwk::generate(kind, &Random::system()).unwrap().public_json();
    assert_eq!(from_base64url(&member(&public, "n")).unwrap().len(), 257);
    assert_eq!(member(&public, "e"), "AQAB");
}

#[test]
fn t62_a_signature_has_one_form() {
    for algorithm in [Algorithm::RS256, Algorithm::PS256] {
        let key = key(algorithm);
        let verifier = Verifier::new(key.public()).unwrap();
        let signature = key.key.engine().unwrap().sign(b"message").unwrap();
        assert!(verifier.verifies(b"message", &signature));
        let n = BigNum::from_slice(&from_base64url(&member(key.public().json(), "n")).unwrap()).unwrap();
        let number = BigNum::from_slice(&signature).unwrap();
        let (mut sum, mut rest) = (BigNum::new().unwrap(), BigNum::new().unwrap());
        sum.checked_add(&number, &n).unwrap();
        rest.mod_sub(&n, &number, &n, &mut BigNumContext::new().unwrap()).unwrap();
        for altered in [
            [&[0][..], &signature].concat(),
            [&signature[..], &[0]].concat(),
            signature[..255].to_vec(),
            Vec::new(),
            sum.to_vec(),
            rest.to_vec_padded(256).unwrap(),
        ] {
            assert!(!verifier.verifies(b"message", &altered), "{algorithm}");
        }
    }
}
