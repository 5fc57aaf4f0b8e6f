//! What a JWK must be, and what is made of it.

use super::*;

#[test]
fn generated_keys_are_read_again_and_differ() {
    let random = Random::system();
    for algorithm in Algorithm::ALL {
        let key = PrivateJwk::generate(algorithm.into(), &random).unwrap();
        let again = PrivateJwk::parse(&key.private_json(), algorithm).unwrap();
        assert_eq!(again.private_json(), key.private_json());
        assert_eq!(PublicJwk::parse(&key.public_json(), algorithm).unwrap().json(), key.public_json());
        assert_ne!(PrivateJwk::generate(algorithm.into(), &random).unwrap().public_json(), key.public_json());
    }
}

#[test]
fn a_key_whose_public_half_belongs_to_another_is_refused() {
    for algorithm in Algorithm::ALL {
        let (one, other) = (key(algorithm), another_key(algorithm));
        let one = object(serde_json::from_str(&one.private_json()).unwrap());
        let mut mixed = object(serde_json::from_str(&other.private_json()).unwrap());
        mixed.insert("d".to_owned(), one["d"].clone());
        let mixed = Value::Object(mixed).to_string();
        assert_eq!(PrivateJwk::parse(&mixed, algorithm).unwrap_err(), JwkError::Unrelated);
    }
}

#[test]
fn a_jwk_that_is_malformed_or_for_something_else_is_refused() {
    for algorithm in Algorithm::ALL {
        let public = key(algorithm).public_json();
        let parse = |text: &str| PublicJwk::parse(text, algorithm).unwrap_err();
        for text in
            ["", "null", "[]", "{}", r#"{"kty":5}"#, &public[1..], &public.replace("\"kty\"", "\"kty\":\"A\",\"kty\"")]
        {
            assert_eq!(parse(text), JwkError::NoJwk, "{text}");
        }
        let alter = |text: &str| public.replace("\"kty\"", &format!("{text},\"kty\""));
        let foreign = Algorithm::ALL.into_iter().filter(|other| *other != algorithm).map(Algorithm::as_str);
        let mut others: Vec<_> = foreign.chain(["HS256"]).map(|alg| alter(&format!("\"alg\":\"{alg}\""))).collect();
        others.extend([alter("\"use\":\"enc\""), public.replace(algorithm.key_type(), "oct")]);
        others.push(algorithm.curve().map_or(alter("\"crv\":\"P-256\""), |curve| public.replace(curve, "P-384")));
        for other in others {
            assert_eq!(parse(&other), JwkError::Other(algorithm), "{other}");
        }
        let name = if algorithm.is_rsa() { "n" } else { "x" };
        let x = object(serde_json::from_str(&public).unwrap())[name].as_str().unwrap().to_owned();
        let mut spelt = vec![String::new(), format!("{x}="), format!("{}+", &x[1..]), format!("AAAA{x}")];
        if !algorithm.is_rsa() {
            spelt.extend([x[1..].to_owned(), format!("{x}AA"), format!("{x}AAAA")]);
        }
        for other in spelt {
            assert_eq!(parse(&public.replace(&x, &other)), JwkError::Member(name), "{other}");
        }
        assert!(
            PublicJwk::parse(&public.replace("\"kty\"", "\"use\":\"sig\",\"kid\":\"1\",\"kty\""), algorithm).is_ok()
        );
    }
    // RFC 7515's example key with its coordinates exchanged.
    let swapped = r#"{"kty":"EC","x":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","crv":"P-256"}"#;
    assert_eq!(PublicJwk::parse(swapped, Algorithm::ES256).unwrap_err(), JwkError::NoPoint);
}

#[test]
fn a_scalar_outside_the_order_of_the_curve_is_refused() {
    for (algorithm, length) in [(Algorithm::ES256, 32), (Algorithm::ES512, 66)] {
        let jwk = key(algorithm).private_json();
        let d = private_members(&jwk).remove(0);
        for scalar in [vec![0; length], vec![0xff; length], vec![1; length - 1], vec![0; length + 1]] {
            let text = jwk.replace(&d, &base64url(scalar));
            assert_eq!(PrivateJwk::parse(&text, algorithm).unwrap_err(), JwkError::Member("d"));
        }
    }
}

#[test]
fn an_older_row_without_alg_is_known_by_its_key_and_the_configured_algorithm() {
    use Algorithm::{EdDSA, PS256, RS256};
    for configured in Algorithm::ALL {
        for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_rsa()) {
            assert_eq!(PublicJwk::algorithm_of(&key(algorithm).public_json(), configured), Some(algorithm));
        }
    }
    let rsa = key(PS256).public_json();
    let of = |configured| PublicJwk::algorithm_of(&rsa, configured).unwrap();
    assert_eq!([EdDSA, RS256, PS256].map(of), [RS256, RS256, PS256]);
    let own = rsa.replace("\"kty\"", "\"alg\":\"PS256\",\"kty\"");
    assert_eq!(PublicJwk::algorithm_of(&own, RS256), Some(PS256), "a JWK that says itself what it is for");
    assert_eq!(PublicJwk::algorithm_of(r#"{"kty":"oct","k":"AQAB"}"#, EdDSA), None);
    assert_eq!(PublicJwk::algorithm_of("no JSON", EdDSA), None);
}

#[test]
fn t65_a_published_entry_has_public_members_alone_also_from_a_private_jwk() {
    for algorithm in Algorithm::ALL {
        let private = key(algorithm).private_json();
        let public = PublicJwk::parse(&private, algorithm).unwrap();
        assert_eq!(public.json(), key(algorithm).public_json());
        let entry = public.entry(KID);
        let names: Vec<_> = entry.keys().map(String::as_str).collect();
        let expected: &[_] = match algorithm.key_type() {
            "OKP" => &["alg", "crv", "x", "kty", "kid"],
            "EC" => &["alg", "crv", "kty", "x", "y", "kid"],
            _ => &["alg", "kty", "n", "e", "kid"],
        };
        assert_eq!(names, expected);
        let entry = Value::Object(entry).to_string();
        assert!(private_members(&private).iter().all(|secret| !entry.contains(secret)), "{entry}");
    }
}
