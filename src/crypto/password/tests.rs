//! What passwords promise, with hashes weak enough to be quick.

use std::time::{Duration, Instant};

use base64::Engine;

use super::argon2::{Make, Memory, Strength};
use super::hasher::Work;
use super::*;

const RIGHT: &str = "correct horse battery staple";
const SCRYPT: &str = "00112233445566778899aabbccddeeff:f5b22309b28fe412c82a4b2cab57498b8f8a42c849af16cb908974048f61c13933421858db3a8f111430bdc493c7cef90f61f904061c77206e3820a2e8b11bc2";
const WEAK: Strength = Strength { memory_kib: 64, iterations: 1, parallelism: 1 };

fn settings() -> PasswordSettings {
    PasswordSettings { memory_kib: 128, iterations: 2, threads: 1, ..PasswordSettings::default() }
}

fn passwords(settings: PasswordSettings) -> Passwords {
    Passwords::new(settings, Random::seeded(1)).unwrap()
}

fn with_scrypt() -> Passwords {
    passwords(PasswordSettings { algorithm: PasswordAlgorithm::Scrypt, ..settings() })
}

fn weak_hash() -> String {
    argon2::hash(RIGHT, &WEAK, &Random::seeded(2), &mut Memory::default()).unwrap()
}

async fn verify(passwords: &Passwords, password: &str, stored: &str) -> Verdict {
    passwords.verify(password.into(), Some(stored.into())).await.unwrap()
}

/// A fresh hash as its text.
async fn hash(passwords: &Passwords, password: &str) -> String {
    passwords.hash(password.into()).await.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn a_hash_of_the_configured_kind_matches_and_stays() {
    for passwords in [passwords(settings()), with_scrypt()] {
        let stored = hash(&passwords, RIGHT).await;
        let verdict = verify(&passwords, RIGHT, &stored).await;
        assert!(verdict.matches && verdict.rehash.is_none());
        let verdict = verify(&passwords, "wrong", &stored).await;
        assert!(!verdict.matches && verdict.rehash.is_none());
    }
}

#[tokio::test]
async fn better_auths_hash_matches_and_becomes_argon2id() {
    let passwords = passwords(settings());
    let fresh = verify(&passwords, RIGHT, SCRYPT).await.rehash.unwrap();
    assert!(fresh.starts_with("$argon2id$v=19$m=128,t=2,p=1$"), "{fresh}");
    assert!(verify(&passwords, RIGHT, &fresh).await.matches);
}

#[tokio::test]
async fn t18_a_hash_of_another_strength_or_kind_is_replaced_only_after_a_match() {
    for (passwords, start) in [(passwords(settings()), "$argon2id$v=19$m=128,"), (with_scrypt(), "")] {
        let verdict = verify(&passwords, RIGHT, &weak_hash()).await;
        assert!(verdict.matches && verdict.rehash.unwrap().starts_with(start));
        let verdict = verify(&passwords, "wrong", &weak_hash()).await;
        assert!(!verdict.matches && verdict.rehash.is_none());
    }
}

#[tokio::test]
async fn t18_a_short_salt_is_replaced_although_its_strength_is_the_configured_one() {
    let passwords = passwords(PasswordSettings { memory_kib: 65_536, ..settings() });
    let short_salt = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert!(verify(&passwords, "password", short_salt).await.rehash.is_some());
}

#[test]
fn t18_a_hash_that_cannot_be_made_anew_still_matches() {
    let impossible = PasswordSettings { memory_kib: 1, ..settings() };
    let hasher = Hasher::new(&impossible, Random::seeded(1));
    let verdict = hasher.verify(RIGHT, Some(&weak_hash()), &mut Memory::default()).unwrap();
    assert!(verdict.matches && verdict.rehash.is_none());
}

#[tokio::test]
async fn t18_what_is_no_hash_that_we_verify_is_a_wrong_password() {
    let passwords = passwords(settings());
    let truncated = weak_hash();
    for stored in [
        "",
        "NULL",
        RIGHT,
        ":",
        "a:b",
        &SCRYPT[..SCRYPT.len() - 1],
        &truncated[..truncated.len() - 30],
        "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJuesI68OTLiBFdcbYEdFCoEOfaS35inz1",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
        "!unusable",
        "$argon2id$m=4194304",
        "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        assert!(!verify(&passwords, RIGHT, stored).await.matches, "{stored}");
        assert_eq!(passwords.kind_of(stored), None, "{stored}");
    }
}

#[tokio::test]
async fn t18_a_hash_above_the_ceiling_is_refused_before_memory_is_taken() {
    let passwords = passwords(settings());
    for parameters in ["m=4194304,t=1,p=1", "m=131073,t=1,p=1", "m=64,t=11,p=1", "m=1024,t=1,p=17"] {
        let stored = weak_hash().replace("m=64,t=1,p=1", parameters);
        assert_eq!(passwords.kind_of(&stored), None, "{stored}");
        assert!(!verify(&passwords, RIGHT, &stored).await.matches);
    }
    assert_eq!(passwords.hasher.kinds_left(None), [passwords.hasher.configured()], "and is not imitated either");
}

#[tokio::test]
async fn what_is_configured_above_the_ceiling_is_verified() {
    let passwords = passwords(PasswordSettings { iterations: 11, ..settings() });
    let stored = hash(&passwords, RIGHT).await;
    assert!(verify(&passwords, RIGHT, &stored).await.matches);
}

#[tokio::test]
async fn t13_better_auths_hash_normalises_and_ours_takes_a_password_as_typed() {
    let composed = "\u{e9}cole";
    let decomposed = "e\u{301}cole";
    for (passwords, same) in [(passwords(settings()), false), (with_scrypt(), true)] {
        let stored = hash(&passwords, composed).await;
        assert!(verify(&passwords, composed, &stored).await.matches);
        assert_eq!(verify(&passwords, decomposed, &stored).await.matches, same);
    }
}

#[test]
fn t13_length_is_counted_in_utf16_units() {
    for (letter, units) in [("a", 1), ("\u{e9}", 1), ("\u{1f511}", 2), ("e\u{301}", 2)] {
        assert_eq!(utf16_length(&letter.repeat(64)), 64 * units, "{letter}");
    }
}

/// The kinds of hash that a refusal works through: the stored one's own, then those that are left.
fn worked_through(hasher: &Hasher, stored: Option<&str>) -> Vec<Kind> {
    let own = stored.and_then(|stored| hasher.kind_of(stored));
    own.into_iter().chain(hasher.kinds_left(own)).collect()
}

#[test]
fn t16_every_refusal_does_the_same_work_however_the_password_is_stored() {
    let hasher = Hasher::new(&settings(), Random::seeded(1));
    let scrypt = hasher.kind_of(SCRYPT).unwrap();
    let weak = hasher.kind_of(&weak_hash()).unwrap();
    hasher.note_present(scrypt);
    hasher.note_present(weak);
    let own = hasher.hash(RIGHT, &mut Memory::default()).unwrap();
    let above = weak_hash().replace("m=64", "m=4194304");
    for stored in [None, Some(""), Some("$2b$12$"), Some(&own), Some(SCRYPT), Some(&weak_hash()), Some(&above)] {
        let worked = worked_through(&hasher, stored);
        assert_eq!(worked.len(), 3, "{stored:?}");
        assert!([hasher.configured(), scrypt, weak].iter().all(|kind| worked.contains(kind)), "{stored:?}");
    }
}

#[test]
fn t16_a_kind_that_is_met_for_the_first_time_is_imitated_from_then_on() {
    let hasher = Hasher::new(&settings(), Random::seeded(1));
    assert_eq!(worked_through(&hasher, None).len(), 1);
    assert_eq!(worked_through(&hasher, Some(SCRYPT)).len(), 2);
    assert_eq!(worked_through(&hasher, None).len(), 2);
}

#[test]
fn t16_of_too_many_kinds_the_dearest_are_imitated() {
    let hasher = Hasher::new(&settings(), Random::seeded(1));
    let kind = |memory_kib| Kind(Work::Argon2(Make::OURS, Strength { memory_kib, ..WEAK }));
    for memory_kib in 64..80 {
        hasher.note_present(kind(memory_kib));
    }
    hasher.note_present(Kind(Work::Scrypt(scrypt::COST)));
    hasher.note_present(kind(32));
    let mut worked = worked_through(&hasher, None);
    worked.sort_by_key(|kind| format!("{kind:?}"));
    assert_eq!(worked, [hasher.configured(), kind(78), kind(79), Kind(Work::Scrypt(scrypt::COST))]);
}

#[tokio::test]
async fn t16_no_refusal_comes_before_the_slowest_kind_is_worked_through() {
    // Scrypt's 32 MiB take tens of milliseconds, the hash that is configured here a fraction of one.
    let least = Duration::from_millis(8);
    let passwords = passwords(settings());
    let own = hash(&passwords, RIGHT).await;
    passwords.note_present(passwords.kind_of(SCRYPT).unwrap());
    for stored in [None, Some(own), Some(weak_hash()), Some(SCRYPT.to_owned()), Some("$2b$12$".to_owned())] {
        let start = Instant::now();
        assert!(!passwords.verify("wrong".into(), stored.clone().map(Into::into)).await.unwrap().matches);
        assert!(start.elapsed() > least, "{stored:?}: {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn t15_a_flood_is_answered_or_refused_with_a_time_to_come_back() {
    let passwords = Arc::new(passwords(PasswordSettings { queue: 3, ..settings() }));
    let clients = (0..500).map(|_| {
        let passwords = Arc::clone(&passwords);
        tokio::spawn(async move { passwords.verify("wrong".into(), None).await })
    });
    let clients: Vec<_> = clients.collect();
    let (mut answered, mut refused) = (0, 0);
    for client in clients {
        match client.await.unwrap() {
            Ok(_) => answered += 1,
            Err(Error::Unavailable { retry_after: 1.., .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(answered >= 3 && refused > 0, "{answered} answered, {refused} refused");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let refusal = |change: fn(&mut PasswordSettings)| {
        let mut settings = settings();
        change(&mut settings);
        Passwords::new(settings, Random::seeded(1)).unwrap_err().to_string()
    };
    assert_eq!(refusal(|settings| settings.threads = 0), "threads must be at least 1");
    assert_eq!(refusal(|settings| settings.queue = 0), "queue must be at least 1");
    assert!(refusal(|settings| settings.memory_kib = 7).starts_with("Argon2 does not work"));
    assert!(refusal(|settings| settings.iterations = 0).starts_with("Argon2 does not work"));
    for change in [
        (|settings| settings.memory_kib = 1024 * 1024 + 1) as fn(&mut PasswordSettings),
        |settings| settings.iterations = 65,
        |settings| settings.parallelism = 17,
    ] {
        assert!(refusal(change).starts_with("memory_kib is at most"));
    }
}

#[tokio::test]
async fn t67_debug_shows_neither_password_nor_hash() {
    let passwords = passwords(settings());
    let verdict = verify(&passwords, RIGHT, SCRYPT).await;
    assert_eq!(format!("{verdict:?}"), "Verdict { matches: true, rehash: true }");
    let shown = format!("{passwords:?}");
    assert!(shown.starts_with("Passwords { configured: ") && !shown.contains('$'), "{shown}");
}

fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../tests/vectors/passwords.json")).unwrap()
}

/// Of the project that the vectors are of.
fn with_firebase() -> Passwords {
    let project = &vectors()["firebase"];
    let text = |name: &str| project[name].as_str().unwrap().to_owned();
    let firebase = FirebaseProject::new(&text("signer_key"), &text("salt_separator"));
    passwords(PasswordSettings { firebase: Some(firebase.unwrap()), ..settings() })
}

#[tokio::test]
async fn hashes_of_other_libraries_match_and_become_argon2id() {
    let passwords = with_firebase();
    let mut kinds = std::collections::BTreeSet::new();
    for case in vectors()["cases"].as_array().unwrap() {
        let text = |name: &str| case[name].as_str().unwrap();
        kinds.insert(text("kind").to_owned());
        let verdict = verify(&passwords, text("password"), text("hash")).await;
        assert!(verdict.matches, "{case}");
        let fresh = verdict.rehash.unwrap_or_else(|| panic!("{case} stays"));
        assert!(fresh.starts_with("$argon2id$v=19$m=128,t=2,p=1$"), "{fresh}");
    }
    assert_eq!(kinds.len(), 23, "{kinds:?}");
}

#[tokio::test]
async fn of_other_libraries_hashes_no_other_password_matches() {
    let passwords = with_firebase();
    // A refusal works through each kind that is present, so the first ones are enough.
    let vectors = vectors();
    let cases = vectors["cases"].as_array().unwrap();
    for case in cases.iter().filter(|case| case["password"] == RIGHT) {
        let stored = case["hash"].as_str().unwrap();
        for wrong in ["", "correct horse battery stapl", "Correct horse battery staple"] {
            assert!(!verify(&passwords, wrong, stored).await.matches, "{case}: {wrong}");
        }
        let (start, end) = stored.split_at(stored.len() - 4);
        let other =
            format!("{start}{}", end.chars().map(|letter| if letter == 'A' { 'B' } else { 'A' }).collect::<String>());
        assert!(!verify(&passwords, RIGHT, &other).await.matches, "{case}: {other}");
    }
}

#[tokio::test]
async fn t13_bcrypt_counts_72_bytes_and_what_is_hashed_before_it_counts_whole() {
    let passwords = passwords(settings());
    let vectors = vectors();
    let long = "z".repeat(73);
    for case in vectors["cases"].as_array().unwrap().iter().filter(|case| case["password"] == long) {
        let stored = case["hash"].as_str().unwrap();
        let is_bare = stored.starts_with("$2");
        assert_eq!(verify(&passwords, &long[..72], stored).await.matches, is_bare, "{case}");
    }
}

#[test]
fn t16_a_refusal_works_through_imported_kinds_too() {
    let hasher = Hasher::new(&settings(), Random::seeded(1));
    let kinds = [
        "$2b$04$6Nkqccvkv63MwspxmO3/fuW34feHm7SPlBNvBIdqim4/HMhOt6c5K",
        "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0$Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZXM",
        "$scrypt$ln=10,r=8,p=2$jNEao3Su1Zrz/h9DyBljTA$NHDAR91UhqoDtr5vss+G47aDy48BW1U58pykta6Z8k8",
    ]
    .map(|stored| hasher.kind_of(stored).unwrap());
    kinds.iter().for_each(|kind| hasher.note_present(*kind));
    for stored in [None, Some(""), Some("$2b$04$6Nkqccvkv63MwspxmO3/fuW34feHm7SPlBNvBIdqim4/HMhOt6c5K")] {
        let worked = worked_through(&hasher, stored);
        assert!(kinds.iter().all(|kind| worked.contains(kind)) && worked.contains(&hasher.configured()), "{stored:?}");
    }
}

#[tokio::test]
async fn better_auths_kind_is_not_taken_for_anothers_of_the_same_cost() {
    let passwords = with_scrypt();
    assert!(verify(&passwords, RIGHT, SCRYPT).await.rehash.is_none());
    let phc = "$scrypt$ln=14,r=16,p=1$AAECAwQFBgcICQoLDA0ODw$";
    let output = scrypt::COST.key::<32>(RIGHT.as_bytes(), &(0..16).collect::<Vec<u8>>());
    let stored = format!("{phc}{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(*output));
    assert!(verify(&passwords, RIGHT, &stored).await.rehash.is_some_and(|fresh| fresh.contains(':')));
}
