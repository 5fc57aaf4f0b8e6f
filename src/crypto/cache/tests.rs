use super::*;
use proptest::prelude::*;
use serde_json::json;

const VECTORS: &str = include_str!("../../../tests/vectors/cookie-cache.json");
const FORMS: [(&str, CacheForm); 3] =
    [("compact", CacheForm::Compact), ("jwt", CacheForm::Jwt), ("jwe", CacheForm::Jwe)];
const MOMENT: i64 = 1_795_174_600_123;

fn now() -> Timestamp {
    Timestamp::from_millis(MOMENT)
}

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn sealer(form: CacheForm) -> CacheSealer {
    let secrets = Secrets::new(vec![], Some(vectors()["secret"].as_str().unwrap().into())).unwrap();
    CacheSealer::new(form, &secrets)
}

fn content() -> Map<String, Value> {
    let content = json!({
        "session": { "token": "t", "expiresAt": "2026-11-27T11:35:47.479Z" },
        "user": { "name": "Zoë \u{1}\u{7f}\u{2028}\"\\/ \u{1f600}", "age": 36.5, "z": 1, "a": [null, true, -7] },
        "updatedAt": 1,
        "version": "1",
    });
    content.as_object().unwrap().clone()
}

fn sealed(form: CacheForm) -> String {
    sealer(form).seal(content(), 300, now(), &Random::seeded(1)).unwrap()
}

#[test]
fn better_auths_cookies_open_as_they_were_meant() {
    let vectors = vectors();
    for (name, form) in FORMS {
        let case = &vectors["strategies"][name];
        let signed_in = Timestamp::from_millis(1_795_174_549_000);
        let opened = sealer(form).open(case["cookie_value"].as_str().unwrap(), signed_in).expect(name);
        assert_eq!(opened.content["user"]["name"], "Zoë Ärger", "{name}");
        assert_eq!(opened.content["version"], "1", "{name}");
        let long_lived = vectors["long_lived"][name]["session_data_cookie"].as_str().unwrap();
        assert!(sealer(form).open(long_lived, now()).is_some(), "{name}");
        assert!(sealer(form).open(long_lived, Timestamp::from_millis(1_829_734_549_000)).is_none(), "{name}");
    }
}

#[test]
fn what_is_written_is_better_auths_byte_for_byte() {
    let vectors = vectors();
    let case = &vectors["strategies"]["compact"];
    let text = case["decoded_text"].as_str().unwrap();
    let whole: Value = serde_json::from_str(text).unwrap();
    let content = whole["session"].as_object().unwrap().clone();
    let written = Timestamp::from_millis(whole["expiresAt"].as_i64().unwrap()).plus_seconds(-300);
    let ours = sealer(CacheForm::Compact).seal(content.clone(), 300, written, &Random::seeded(1));
    assert_eq!(ours.unwrap(), case["cookie_value"]);

    let case = &vectors["strategies"]["jwt"];
    let mut content: Map<String, Value> = serde_json::from_str(case["payload_text"].as_str().unwrap()).unwrap();
    let written = Timestamp::from_seconds(content["iat"].as_i64().unwrap());
    content.retain(|name, _| !["iat", "exp"].contains(&name.as_str()));
    let ours = sealer(CacheForm::Jwt).seal(content, 300, written, &Random::seeded(1));
    assert_eq!(ours.unwrap(), case["cookie_value"]);
}

#[test]
fn a_jwe_has_better_auths_members_in_its_order() {
    let vectors = vectors();
    let expected: Map<String, Value> =
        serde_json::from_str(vectors["strategies"]["jwe"]["payload_text_order"].as_str().unwrap()).unwrap();
    let opened = sealer(CacheForm::Jwe).open(&sealed(CacheForm::Jwe), now()).unwrap();
    assert!(opened.content.keys().eq(expected.keys()), "{:?}", opened.content);
}

#[test]
fn what_is_written_is_read_until_its_end_and_not_a_millisecond_longer() {
    for (name, form) in FORMS {
        let (sealer, text) = (sealer(form), sealed(form));
        let opened = sealer.open(&text, now()).expect(name);
        for member in ["session", "user", "updatedAt", "version"] {
            assert_eq!(opened.content[member], content()[member], "{name}");
        }
        let end = if form == CacheForm::Compact { now() } else { Timestamp::from_seconds(now().seconds()) };
        assert_eq!(opened.expires_at, end.plus_seconds(300), "{name}");
        assert!(sealer.open(&text, opened.expires_at.plus_millis(-1)).is_some(), "{name}");
        assert!(sealer.open(&text, opened.expires_at).is_none(), "{name}");
    }
}

#[test]
fn any_listed_secret_opens_and_the_current_one_writes() {
    let old = |form| CacheSealer::new(form, &Secrets::new(vec![], Some("old".into())).unwrap());
    let rotated = Secrets::new(vec![(2, "new".into())], Some("old".into())).unwrap();
    for (name, form) in FORMS {
        let (old, rotated) = (old(form), CacheSealer::new(form, &rotated));
        let random = Random::seeded(2);
        assert!(rotated.open(&old.seal(content(), 300, now(), &random).unwrap(), now()).is_some(), "{name}");
        assert!(old.open(&rotated.seal(content(), 300, now(), &random).unwrap(), now()).is_none(), "{name}");
    }
}

#[test]
fn t64_one_form_is_not_taken_for_another() {
    for (name, form) in FORMS {
        for (other, text) in FORMS.map(|(name, form)| (name, sealed(form))) {
            assert_eq!(sealer(form).open(&text, now()).is_some(), name == other, "{other} as {name}");
        }
    }
}

#[test]
fn t24_an_end_that_was_moved_or_a_member_that_comes_twice_is_refused() {
    let text = from_base64url(&sealed(CacheForm::Compact)).unwrap();
    let text = String::from_utf8(text).unwrap();
    let end = now().plus_seconds(300).millis();
    let sealer = sealer(CacheForm::Compact);
    assert!(sealer.open(&base64url(&text), now()).is_some());
    for forged in [
        text.replace(&end.to_string(), &(end + 1).to_string()),
        text.replace(&end.to_string(), &format!("{end}.0")),
        text.replace(&end.to_string(), "9e99"),
        text.replacen(r#""session":"#, r#""session":{},"session":"#, 1),
        text.replace(r#""version":"1""#, r#""version":"2""#),
        text.replace(r#""updatedAt":1,"version":"1""#, r#""version":"1","updatedAt":1"#),
    ] {
        assert_ne!(forged, text);
        assert!(sealer.open(&base64url(&forged), now()).is_none(), "{forged}");
    }
}

#[test]
fn t26_what_is_too_long_for_a_request_is_neither_written_nor_looked_at() {
    for (_, form) in FORMS {
        let mut content = content();
        content["user"]["name"] = "x".repeat(30 * 1024).into();
        assert!(sealer(form).seal(content.clone(), 300, now(), &Random::seeded(3)).is_some());
        content["user"]["name"] = "x".repeat(60 * 1024).into();
        assert!(sealer(form).seal(content, 300, now(), &Random::seeded(3)).is_none());
        assert!(sealer(form).open(&"A".repeat(MOST_BYTES + 1), now()).is_none());
    }
}

proptest! {
    #[test]
    fn t24_no_single_changed_letter_passes(place in 0usize..4000, letter in "[A-Za-z0-9_.-]") {
        for (_, form) in FORMS {
            let text = sealed(form);
            let place = place % text.len();
            let mut changed = text.clone();
            changed.replace_range(place..=place, &letter);
            if changed != text {
                prop_assert!(sealer(form).open(&changed, now()).is_none());
            }
        }
    }

    #[test]
    fn t24_no_text_makes_a_reader_panic_or_pass(text in "\\PC{0,80}|[A-Za-z0-9_.-]{0,200}") {
        for (_, form) in FORMS {
            prop_assert!(sealer(form).open(&text, now()).is_none());
        }
    }

    #[test]
    fn what_a_user_is_called_does_not_matter(name in "\\PC*|[\\x00-\\x7f]*") {
        let mut content = content();
        content["user"]["name"] = name.into();
        for (_, form) in FORMS {
            let text = sealer(form).seal(content.clone(), 300, now(), &Random::system()).unwrap();
            prop_assert_eq!(&sealer(form).open(&text, now()).unwrap().content["user"], &content["user"]);
        }
    }
}
