//! Tokens that somebody else has made or altered.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

#[test]
fn t59_a_header_that_brings_a_key_or_changes_the_rules_is_refused() {
    for algorithm in Algorithm::ALL {
        let jwk: Value = serde_json::from_str(&key(algorithm).public_json()).unwrap();
        for (name, value) in [
            ("jwk", jwk),
            ("jku", json!("https://evil.example/jwks")),
            ("x5u", json!("https://evil.example/cert")),
            ("x5c", json!(["MIIB"])),
            ("crit", json!(["exp"])),
            ("crit", json!([])),
            ("b64", json!(false)),
            ("b64", json!(true)),
            ("zip", json!("DEF")),
        ] {
            let mut header = header(algorithm);
            header.insert(name.to_owned(), value);
            assert_eq!(verdict(algorithm, &signed_with_header(algorithm, &header)), Err(Rejected::Extension(name)));
        }
    }
}

#[test]
fn t60_a_kid_that_is_not_exactly_ours_is_refused() {
    let algorithm = Algorithm::EdDSA;
    let strange = ["../../x", "' OR 1=1--", "\0", "*", "", " ", &KID.to_lowercase(), &format!("{KID}\0"), &KID[1..]];
    for kid in strange.map(Value::from).into_iter().chain([json!(1), json!(null), json!([KID]), json!({})]) {
        let token = signed_with_header(algorithm, &object(json!({ "alg": "EdDSA", "kid": kid })));
        let refusal =
            if kid.as_str().is_some_and(|kid| !kid.is_empty()) { Rejected::UnknownKey } else { Rejected::NoKey };
        assert_eq!(verdict(algorithm, &token), Err(refusal), "{kid}");
        assert!(!refusal.to_string().contains(KID), "a refusal repeats nothing");
    }
    let huge = signed_with_header(algorithm, &object(json!({ "alg": "EdDSA", "kid": "k".repeat(1 << 20) })));
    assert_eq!(verdict(algorithm, &huge), Err(Rejected::TooLong));
    let without = signed_with_header(algorithm, &object(json!({ "alg": "EdDSA" })));
    assert_eq!(verdict(algorithm, &without), Err(Rejected::NoKey));
}

#[test]
fn t60_a_kid_that_names_another_key_of_ours_is_refused() {
    for algorithm in Algorithm::ALL {
        let other = another_key(algorithm);
        let token = signer(algorithm).sign(&good(), None).unwrap();
        assert_eq!(verify_with(other.public(), &token, &expected()), Err(Rejected::Signature));
    }
}

#[test]
fn t60_a_key_is_looked_up_once_and_only_for_a_token_of_the_right_form() {
    let looked_up = Cell::new(0);
    let keys = |_: &str| {
        looked_up.set(looked_up.get() + 1);
        None
    };
    let token = signer(Algorithm::EdDSA).sign(&good(), None).unwrap();
    for (token, times) in [(token.as_str(), 1), (&token[1..], 0), ("", 0), (&token.replacen('.', "..", 1), 0)] {
        looked_up.set(0);
        assert!(verify(token, &keys, &expected(), now()).is_err());
        assert_eq!(looked_up.get(), times, "{token}");
    }
}

/// The next letter of the alphabet: the same bytes with one more of the bits that no byte uses.
fn with_trailing_bits(part: &str) -> String {
    let last = part.as_bytes()[part.len() - 1];
    format!("{}{}", &part[..part.len() - 1], char::from(last + 1))
}

#[test]
fn t62_a_token_has_one_spelling() {
    for algorithm in Algorithm::ALL {
        let token = signer(algorithm).sign(&good(), None).unwrap();
        let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        assert!(verdict(algorithm, &token).is_ok());
        let json = json!({ "protected": header, "payload": payload, "signature": signature }).to_string();
        let standard = signature.replace('-', "+").replace('_', "/");
        let mut altered = vec![
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            format!("{header}.{payload}"),
            format!("{header}.{payload}."),
            format!("{header}..{signature}"),
            format!(".{payload}.{signature}"),
            format!("{token}."),
            format!(".{token}"),
            format!("{token}.{signature}"),
            format!("{header}.{payload}.{signature}.{signature}.{signature}"),
            format!("{header}.{payload}.{signature}=="),
            format!("{header}==.{payload}.{signature}"),
            format!("{header}.{payload}=.{signature}"),
            format!(" {token}"),
            format!("{token} "),
            format!("{token}\n"),
            format!("{header}.{payload}\n.{signature}"),
            format!("{header}. {payload}.{signature}"),
            format!("{header}.{payload}.{}\r\n{}", &signature[..10], &signature[10..]),
            format!("{header}.{payload}.{standard}%"),
            format!("{header}.{payload}.{signature}\0"),
            format!("Bearer {token}"),
            json,
        ];
        // The 132 bytes of ES512 leave no bits over.
        let leaves_bits = !signature.len().is_multiple_of(4);
        altered.extend(leaves_bits.then(|| format!("{header}.{payload}.{}", with_trailing_bits(signature))));
        for altered in altered {
            assert_eq!(verdict(algorithm, &altered), Err(Rejected::Malformed), "{altered}");
        }
    }
}

#[test]
fn t62_trailing_bits_are_refused_in_every_part_even_where_they_are_signed() {
    // A header and a payload whose lengths leave bits over.
    let algorithm = Algorithm::EdDSA;
    let mut claims = good();
    claims.insert("pad".to_owned(), json!(""));
    while serde_json::to_vec(&claims).unwrap().len().is_multiple_of(3) {
        claims.insert("pad".to_owned(), json!("x"));
    }
    let header = base64url(serde_json::to_vec(&header(algorithm)).unwrap());
    let payload = base64url(serde_json::to_vec(&claims).unwrap());
    let sign = |header: &str, payload: &str| {
        let message = format!("{header}.{payload}");
        let signature = key(algorithm).key.engine().unwrap().sign(message.as_bytes()).unwrap();
        format!("{message}.{}", base64url(signature))
    };
    assert!(verdict(algorithm, &sign(&header, &payload)).is_ok());
    assert_eq!(verdict(algorithm, &sign(&header, &with_trailing_bits(&payload))), Err(Rejected::Malformed));
    assert_eq!(verdict(algorithm, &sign(&format!("{header}="), &payload)), Err(Rejected::Malformed));
}

#[test]
fn t62_a_token_above_8_kib_is_refused_before_it_is_decoded() {
    let mut claims = good();
    claims.insert("large".to_owned(), json!("x".repeat(5500)));
    let below = signer(Algorithm::EdDSA).sign(&claims, None).unwrap();
    assert!(below.len() < 8192 && verdict(Algorithm::EdDSA, &below).is_ok());
    claims.insert("large".to_owned(), json!("x".repeat(6500)));
    let above = signer(Algorithm::EdDSA).sign(&claims, None).unwrap();
    assert_eq!(verdict(Algorithm::EdDSA, &above), Err(Rejected::TooLong));
    assert_eq!(verdict(Algorithm::EdDSA, &"é".repeat(1 << 20)), Err(Rejected::TooLong));
}

#[test]
fn t62_a_header_that_is_no_object_or_names_a_member_twice_is_refused() {
    let payload = serde_json::to_vec(&good()).unwrap();
    let twice = format!(r#"{{"alg":"none","alg":"EdDSA","kid":"{KID}"}}"#);
    for header in ["null", "[]", "\"EdDSA\"", "{", "{}{}", &twice] {
        let token = signed_raw(Algorithm::EdDSA, header.as_bytes(), &payload);
        assert_eq!(verdict(Algorithm::EdDSA, &token), Err(Rejected::Header), "{header}");
    }
    let token = signed_raw(Algorithm::EdDSA, b"{\"alg\":\"\xff\"}", &payload);
    assert_eq!(verdict(Algorithm::EdDSA, &token), Err(Rejected::Header));
}

proptest! {
    #[test]
    fn t62_no_text_makes_the_verifier_panic_or_pass(text in "\\PC*") {
        prop_assert!(verdict(Algorithm::EdDSA, &text).is_err());
    }

    #[test]
    fn t62_no_header_or_payload_makes_the_verifier_panic(header in ".{0,64}", payload in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert!(verdict(Algorithm::EdDSA, &signed_raw(Algorithm::EdDSA, header.as_bytes(), &payload)).is_err());
    }

    #[test]
    fn t62_no_single_changed_character_passes(place in any::<prop::sample::Index>(), letter in "[ -~]") {
        for algorithm in Algorithm::ALL {
            let token = signer(algorithm).sign(&good(), None).unwrap();
            let place = place.index(token.len());
            let mut changed = token.clone();
            changed.replace_range(place..=place, &letter);
            prop_assert!(changed == token || verdict(algorithm, &changed).is_err());
        }
    }
}
