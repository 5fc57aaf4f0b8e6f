//! Tokens under another algorithm than their key's.

use hmac::{Hmac, KeyInit, Mac};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, PointConversionForm};
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Rsa;
use sha2::Sha256;

use super::*;

/// Headers that the attacker writes, keys that the attacker has: signed with HMAC under any bytes.
fn hmac_signed(header: &Map<String, Value>, secret: &[u8]) -> String {
    let header = base64url(serde_json::to_vec(header).unwrap());
    let message = format!("{header}.{}", base64url(serde_json::to_vec(&good()).unwrap()));
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).unwrap().chain_update(&message);
    format!("{message}.{}", base64url(mac.finalize().into_bytes()))
}

/// The JWK and its entry in a JWKS, its numbers, and what OpenSSL makes of them in DER and PEM.
fn public_key_in_every_form(algorithm: Algorithm) -> Vec<Vec<u8>> {
    let public = key(algorithm).public().clone();
    let entry = Value::Object(public.entry(KID)).to_string();
    let members = object(serde_json::from_str(public.json()).unwrap());
    let numbers = ["x", "y", "n"].into_iter().filter_map(|name| members.get(name)?.as_str());
    let mut forms: Vec<_> = numbers.flat_map(|text| [text.into(), from_base64url(text).unwrap()]).collect();
    let spki = spki(&members);
    forms.extend([public.json().into(), entry.into(), spki.public_key_to_der().unwrap()]);
    forms.push(spki.public_key_to_pem().unwrap());
    if let Ok(rsa) = spki.rsa() {
        forms.extend([rsa.public_key_to_der_pkcs1().unwrap(), rsa.public_key_to_pem_pkcs1().unwrap()]);
    }
    if let Ok(ec) = spki.ec_key() {
        let mut context = BigNumContext::new().unwrap();
        for form in [PointConversionForm::COMPRESSED, PointConversionForm::UNCOMPRESSED] {
            forms.push(ec.public_key().to_bytes(ec.group(), form, &mut context).unwrap());
        }
    }
    let trimmed = forms.iter().filter(|form| form.ends_with(b"\n")).map(|form| form.trim_ascii_end().to_vec());
    let trimmed: Vec<_> = trimmed.collect();
    forms.into_iter().chain(trimmed).collect()
}

/// A public JWK as OpenSSL's key.
fn spki(members: &Map<String, Value>) -> PKey<Public> {
    let bytes = |name: &str| from_base64url(members[name].as_str().unwrap()).unwrap();
    let number = |name: &str| BigNum::from_slice(&bytes(name)).unwrap();
    let ec = |curve| {
        let group = EcGroup::from_curve_name(curve).unwrap();
        let key = EcKey::from_public_key_affine_coordinates(&group, &number("x"), &number("y"));
        PKey::from_ec_key(key.unwrap()).unwrap()
    };
    match members.get("crv").and_then(Value::as_str) {
        None => PKey::from_rsa(Rsa::from_public_components(number("n"), number("e")).unwrap()).unwrap(),
        Some("Ed25519") => PKey::public_key_from_raw_bytes(&bytes("x"), Id::ED25519).unwrap(),
        Some("P-256") => ec(Nid::X9_62_PRIME256V1),
        Some(_) => ec(Nid::SECP521R1),
    }
}

#[test]
fn t54_a_public_key_is_no_hmac_secret_in_any_form_and_under_any_name() {
    for algorithm in Algorithm::ALL {
        for secret in public_key_in_every_form(algorithm) {
            for alg in ["HS256", algorithm.as_str()] {
                let token = hmac_signed(&object(json!({ "alg": alg, "kid": KID })), &secret);
                let refusal = if alg == "HS256" { Rejected::Algorithm } else { Rejected::Signature };
                assert_eq!(verdict(algorithm, &token), Err(refusal));
            }
        }
    }
}

#[test]
fn t54_the_key_decides_the_algorithm_and_the_header_only_confirms_it() {
    for algorithm in Algorithm::ALL {
        let names = ["none", "None", "nOnE", "NONE", "", "HS256", "HS512", "RS384", "ES384", "eddsa", "es256"];
        let others = Algorithm::ALL.into_iter().filter(|other| *other != algorithm).map(Algorithm::as_str);
        for alg in names.into_iter().chain(others) {
            let token = signed_with_header(algorithm, &object(json!({ "alg": alg, "kid": KID })));
            assert_eq!(verdict(algorithm, &token), Err(Rejected::Algorithm), "{alg}");
            let unsigned = &token[..=token.rfind('.').unwrap()];
            assert_eq!(verdict(algorithm, unsigned), Err(Rejected::Malformed), "{alg}");
        }
        for alg in [json!(null), json!(5), json!([algorithm.as_str()]), json!({})] {
            let token = signed_with_header(algorithm, &object(json!({ "alg": alg, "kid": KID })));
            assert_eq!(verdict(algorithm, &token), Err(Rejected::Header), "{alg}");
        }
        let token = signed_with_header(algorithm, &object(json!({ "kid": KID })));
        assert_eq!(verdict(algorithm, &token), Err(Rejected::Header));
    }
}

#[test]
fn t54_a_key_verifies_nothing_that_it_has_signed_in_the_other_way_of_its_family() {
    use Algorithm::{ES256, ES512, PS256, RS256};
    for (own, other) in [(RS256, PS256), (PS256, RS256)] {
        let crossed = PrivateJwk::parse(&key(own).private_json(), other).unwrap();
        for (named, refusal) in [(other, Rejected::Algorithm), (own, Rejected::Signature)] {
            let token = signed_with(&crossed, &header(named));
            assert_eq!(verify_with(crossed.public(), &token, &expected()).is_ok(), named == other);
            assert_eq!(verdict(own, &token), Err(refusal), "{other} under the name {named}");
        }
    }
    for (own, other) in [(ES256, ES512), (ES512, ES256)] {
        for (named, refusal) in [(other, Rejected::Algorithm), (own, Rejected::Signature)] {
            let token = signed_with(&key(other), &header(named));
            assert_eq!(verdict(own, &token), Err(refusal), "{other} under the name {named}");
        }
        let moved = PublicJwk::parse(&key(own).public_json(), other).unwrap_err();
        assert_eq!(moved, JwkError::Other(other));
    }
}

#[test]
fn t55_a_token_of_the_shared_secret_is_refused_by_the_key_ring_and_the_reverse() {
    let secrets = crate::crypto::Secrets::new(vec![], Some("a-secret-of-more-than-thirty-two-bytes".into())).unwrap();
    let hs256 = Hs256::new(&secrets);
    let signed = |header| hmac_signed(&object(header), b"a-secret-of-more-than-thirty-two-bytes");
    assert!(hs256.verify(&signed(json!({ "alg": "HS256" })), now()).is_ok());
    let shared = signed(json!({ "alg": "HS256", "kid": KID }));
    for algorithm in Algorithm::ALL {
        assert_eq!(verdict(algorithm, &shared), Err(Rejected::Algorithm));
        let ring = signer(algorithm).sign(&good(), None).unwrap();
        assert_eq!(hs256.verify(&ring, now()), Err(Rejected::UnknownKey));
    }
}
