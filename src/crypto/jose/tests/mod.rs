//! What keys, signatures and tokens promise.

mod claims;
mod confusion;
mod forgeries;
mod import;
mod jwk;
mod rsa;
mod vectors;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::*;
use crate::base::{Random, Timestamp};

const KID: &str = "TuNoxa0oSyRKkPAEWlCityhBONib9A0a";
const NOW: i64 = 1_795_174_545;

fn now() -> Timestamp {
    Timestamp::from_seconds(NOW)
}

/// The same key each time. RSA keys are Better Auth's: to make them takes long, and a seed does not decide them.
fn key(algorithm: Algorithm) -> PrivateJwk {
    match algorithm.is_rsa() {
        true => PrivateJwk::parse(&vectors::private(algorithm), algorithm).unwrap(),
        false => PrivateJwk::generate(algorithm.into(), &Random::seeded(1)).unwrap(),
    }
}

/// Another key for the same algorithm.
fn another_key(algorithm: Algorithm) -> PrivateJwk {
    match algorithm {
        Algorithm::RS256 => PrivateJwk::parse(&vectors::private(Algorithm::PS256), algorithm).unwrap(),
        Algorithm::PS256 => PrivateJwk::parse(&vectors::private(Algorithm::RS256), algorithm).unwrap(),
        _ => PrivateJwk::generate(algorithm.into(), &Random::seeded(2)).unwrap(),
    }
}

/// The members of a JWK that nobody may see, in their encoding.
fn private_members(jwk: &str) -> Vec<String> {
    let members = object(serde_json::from_str(jwk).unwrap());
    let private = ["d", "p", "q", "dp", "dq", "qi"].into_iter().filter_map(|name| members.get(name)?.as_str());
    private.map(str::to_owned).collect()
}

fn signer(algorithm: Algorithm) -> Signer {
    Signer::new(&key(algorithm), KID).unwrap()
}

fn expected() -> Expected {
    Expected::new("http://localhost:3000", vec!["http://localhost:3000".to_owned()])
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

/// Claims that are accepted.
fn good() -> Map<String, Value> {
    object(json!({
        "iat": NOW, "name": "Zoë", "sub": "user-1", "exp": NOW + 900,
        "iss": "http://localhost:3000", "aud": "http://localhost:3000",
    }))
}

/// Verifies with one key under [`KID`] and nothing else.
fn verify_with(key: &PublicJwk, token: &str, expected: &Expected) -> Result<Claims, Rejected> {
    let verifier = Arc::new(Verifier::new(key).unwrap());
    verify(token, &|kid| (kid == KID).then(|| Arc::clone(&verifier)), expected, now())
}

fn verdict(algorithm: Algorithm, token: &str) -> Result<Claims, Rejected> {
    verify_with(key(algorithm).public(), token, &expected())
}

/// A token over any bytes, with a good signature.
fn signed_raw(algorithm: Algorithm, header: &[u8], payload: &[u8]) -> String {
    signed_by(&key(algorithm), header, payload)
}

fn signed_by(key: &PrivateJwk, header: &[u8], payload: &[u8]) -> String {
    let message = format!("{}.{}", base64url(header), base64url(payload));
    let signature = key.key.engine().unwrap().sign(message.as_bytes()).unwrap();
    format!("{message}.{}", base64url(signature))
}

fn header(algorithm: Algorithm) -> Map<String, Value> {
    object(json!({ "alg": algorithm.as_str(), "kid": KID }))
}

/// A token with another header, with a good signature.
fn signed_with_header(algorithm: Algorithm, header: &Map<String, Value>) -> String {
    signed_with(&key(algorithm), header)
}

fn signed_with(key: &PrivateJwk, header: &Map<String, Value>) -> String {
    signed_by(key, &serde_json::to_vec(header).unwrap(), &serde_json::to_vec(&good()).unwrap())
}

#[test]
fn a_token_has_the_header_and_the_claim_order_of_better_auth() {
    for algorithm in Algorithm::ALL {
        let token = signer(algorithm).sign(&good(), None).unwrap();
        let part = |number: usize| from_base64url(token.split('.').nth(number).unwrap()).unwrap();
        assert_eq!(part(0), format!(r#"{{"alg":"{algorithm}","kid":"{KID}"}}"#).as_bytes());
        assert_eq!(part(1), serde_json::to_vec(&good()).unwrap());
        assert!(String::from_utf8(part(1)).unwrap().contains("Zoë"), "text is not escaped");
    }
}

#[test]
fn a_token_that_was_signed_is_verified() {
    for algorithm in Algorithm::ALL {
        let claims = verdict(algorithm, &signer(algorithm).sign(&good(), None).unwrap()).unwrap();
        assert_eq!(claims.subject, "user-1");
        assert_eq!((claims.issued_at, claims.expires_at), (now(), now().plus_seconds(900)));
        assert_eq!(claims.all, good());
    }
}

#[test]
fn a_typed_token_has_its_type_in_front_and_is_taken_for_nothing_else() {
    let typ = "better-auth.session-cache+jwt";
    let (typed, plain) = (Expected { typ: Some(typ.to_owned()), ..expected() }, expected());
    let (key, signer) = (key(Algorithm::EdDSA), signer(Algorithm::EdDSA));
    let token = signer.sign(&good(), Some(typ)).unwrap();
    let header = from_base64url(token.split('.').next().unwrap()).unwrap();
    assert_eq!(header, format!(r#"{{"typ":"{typ}","alg":"EdDSA","kid":"{KID}"}}"#).as_bytes());
    assert!(verify_with(key.public(), &token, &typed).is_ok());
    assert_eq!(verify_with(key.public(), &token, &plain), Err(Rejected::Type));
    let untyped = signer.sign(&good(), None).unwrap();
    assert_eq!(verify_with(key.public(), &untyped, &typed), Err(Rejected::Type));
    let common = signer.sign(&good(), Some("JWT")).unwrap();
    assert!(verify_with(key.public(), &common, &plain).is_ok());
}

#[test]
fn an_algorithm_is_known_by_its_exact_name() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
    }
    for name in ["", "none", "eddsa", "EDDSA", "HS256", "ES256K", "ES256 ", "RS512", "RSA"] {
        assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
    }
}

#[test]
fn numbers_that_begin_with_zeros_keep_their_length() {
    // Half of all P-521 signatures have a number that needs one byte less than its place.
    let (key, signer) = (key(Algorithm::ES512), key(Algorithm::ES512).key.engine().unwrap());
    let verifier = Verifier::new(key.public()).unwrap();
    for message in 0..32u8 {
        let signature = signer.sign(&[message]).unwrap();
        assert_eq!(signature.len(), 132);
        assert!(verifier.verifies(&[message], &signature));
    }
}

#[test]
fn t67_no_private_half_shows_in_debug_or_in_an_error() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let json = key.private_json();
        let error = PrivateJwk::parse(&json.replace("\"kty\"", "\"kty\":5,\"kty\""), algorithm).unwrap_err();
        let signer = Signer::new(&key, KID).unwrap();
        let verifier = Verifier::new(key.public()).unwrap();
        let shown = format!("{key:?} {:?} {signer:?} {verifier:?} {error:?} {error}", key.public());
        let secrets = private_members(&json);
        assert_eq!(secrets.len(), if algorithm.is_rsa() { 6 } else { 1 });
        for secret in secrets {
            let bytes = format!("{:?}", from_base64url(&secret).unwrap());
            assert!(!shown.contains(&secret) && !shown.contains(&bytes[1..bytes.len() - 1]), "{shown}");
        }
        assert_eq!(format!("{signer:?}"), format!("Signer {{ algorithm: {algorithm:?}, kid: {KID:?}, .. }}"));
    }
}

#[test]
fn t71_a_signer_names_the_key_that_it_signs_with() {
    for algorithm in Algorithm::ALL {
        let key = another_key(algorithm);
        let signer = Signer::new(&key, KID).unwrap();
        drop(key.private_json());
        for typ in [None, Some("JWT")] {
            assert!(verify_with(key.public(), &signer.sign(&good(), typ).unwrap(), &expected()).is_ok());
        }
        assert_eq!(signer.kid(), KID);
    }
}
