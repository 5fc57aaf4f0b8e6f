//! Claims that are absent, mistyped, extreme, or not for us: all of them well signed.

use super::*;

/// The verdict on good claims after a change, the same under every algorithm.
fn after(change: impl Fn(&mut Map<String, Value>)) -> Result<Claims, Rejected> {
    let mut claims = good();
    change(&mut claims);
    let [one, others @ ..] =
        Algorithm::ALL.map(|algorithm| verdict(algorithm, &signer(algorithm).sign(&claims, None).unwrap()));
    assert!(others.iter().all(|other| *other == one));
    one
}

fn with(name: &'static str, value: Value) -> Result<Claims, Rejected> {
    after(|claims| {
        claims.insert(name.to_owned(), value.clone());
    })
}

/// The verdict on a payload as it is spelt.
fn spelt(payload: &str) -> Result<Claims, Rejected> {
    let header = serde_json::to_vec(&header(Algorithm::EdDSA)).unwrap();
    verdict(Algorithm::EdDSA, &signed_raw(Algorithm::EdDSA, &header, payload.as_bytes()))
}

#[test]
fn t56_a_token_without_any_one_of_the_claims_is_refused() {
    for name in ["iss", "sub", "aud", "exp", "iat"] {
        assert_eq!(after(|claims| drop(claims.shift_remove(name))), Err(Rejected::Claim(name)));
        assert_eq!(with(name, Value::Null), Err(Rejected::Claim(name)));
    }
    assert_eq!(with("sub", json!("")), Err(Rejected::Claim("sub")));
}

#[test]
fn t56_a_token_of_another_issuer_or_for_another_audience_is_refused() {
    for issuer in ["http://localhost:3000/", "http://LOCALHOST:3000", "https://localhost:3000", "http://localhost"] {
        assert_eq!(with("iss", json!(issuer)), Err(Rejected::Issuer), "{issuer}");
    }
    for audience in [json!("other"), json!(["other", "http://localhost:3000/"])] {
        assert_eq!(with("aud", audience.clone()), Err(Rejected::Audience), "{audience}");
    }
    assert!(with("aud", json!(["other", "http://localhost:3000"])).is_ok());
    let nowhere = Expected { audience: vec![], ..expected() };
    let token = signer(Algorithm::EdDSA).sign(&good(), None).unwrap();
    assert_eq!(verify_with(key(Algorithm::EdDSA).public(), &token, &nowhere), Err(Rejected::Audience));
}

#[test]
fn t57_a_time_that_is_no_whole_number_of_seconds_is_refused() {
    let exp = NOW + 900;
    for name in ["exp", "iat", "nbf"] {
        for value in [
            format!("\"{exp}\""),
            "\"1\"".to_owned(),
            "-1".to_owned(),
            "1.5".to_owned(),
            format!("{exp}.0"),
            format!("{exp}.5"),
            "1e300".to_owned(),
            "-1e300".to_owned(),
            "18446744073709551615".to_owned(),
            "18446744073709551616".to_owned(),
            "9223372036854775807".to_owned(),
            "-9223372036854775808".to_owned(),
            "253402300800".to_owned(),
            "null".to_owned(),
            "true".to_owned(),
            "[]".to_owned(),
            format!("[{exp}]"),
            "{}".to_owned(),
        ] {
            let mut claims = good();
            claims.insert(name.to_owned(), json!("HERE"));
            let payload = Value::Object(claims).to_string().replace("\"HERE\"", &value);
            assert_eq!(spelt(&payload), Err(Rejected::Claim(name)), "{name}: {value}");
        }
    }
    assert_eq!(spelt(&Value::Object(good()).to_string().replace(&exp.to_string(), "1e999")), Err(Rejected::Payload));
}

#[test]
fn t57_a_text_claim_of_another_type_is_refused() {
    for value in [json!(5), json!([]), json!({}), json!(true), json!([["http://localhost:3000"]])] {
        for name in ["iss", "sub", "aud"] {
            assert_eq!(with(name, value.clone()), Err(Rejected::Claim(name)), "{name}: {value}");
        }
    }
    for value in [json!(["http://localhost:3000", 5]), json!(["http://localhost:3000", null])] {
        assert_eq!(with("aud", value.clone()), Err(Rejected::Claim("aud")), "{value}");
    }
    for name in ["iss", "sub"] {
        assert_eq!(with(name, json!(["http://localhost:3000"])), Err(Rejected::Claim(name)));
    }
}

#[test]
fn t57_a_claim_that_comes_twice_is_refused() {
    let payload = Value::Object(good()).to_string();
    for twice in ["\"iss\":\"http://localhost:3000\"", "\"exp\":1", "\"role\":\"user\",\"role\":\"admin\""] {
        assert_eq!(spelt(&payload.replacen('{', &format!("{{{twice},"), 1)), Err(Rejected::Payload), "{twice}");
    }
}

#[test]
fn t57_a_payload_that_is_no_object_is_refused() {
    for payload in ["null", "[]", "\"text\"", "5", "{", "{}x", "\u{feff}{}", "{\"iss\":}"] {
        assert_eq!(spelt(payload), Err(Rejected::Payload), "{payload}");
    }
}

#[test]
fn t58_a_clock_that_is_up_to_a_minute_ahead_is_tolerated() {
    for name in ["iat", "nbf"] {
        for (ahead, tolerated) in
            [(-300, true), (0, true), (1, true), (30, true), (60, true), (61, false), (300, false)]
        {
            let outcome = with(name, json!(NOW + ahead));
            if tolerated {
                assert!(outcome.is_ok(), "{name} {ahead}: {outcome:?}");
            } else {
                assert_eq!(outcome, Err(Rejected::NotYet), "{name} {ahead}");
            }
        }
    }
    let ahead = after(|claims| claims.extend(object(json!({ "iat": NOW + 300, "nbf": NOW }))));
    assert_eq!(ahead, Err(Rejected::NotYet), "an nbf does not stand in for the iat");
    let strict = Expected { leeway: 0, ..expected() };
    let mut claims = good();
    claims.insert("iat".to_owned(), json!(NOW + 1));
    let token = signer(Algorithm::EdDSA).sign(&claims, None).unwrap();
    assert_eq!(verify_with(key(Algorithm::EdDSA).public(), &token, &strict), Err(Rejected::NotYet));
}

#[test]
fn t58_exp_has_no_leeway() {
    assert_eq!(with("exp", json!(NOW - 1)), Err(Rejected::Expired));
    assert_eq!(with("exp", json!(NOW)), Err(Rejected::Expired));
    assert!(with("exp", json!(NOW + 1)).is_ok());
}
