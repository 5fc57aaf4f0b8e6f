//! What is stored as a password: verified whatever its format, refused where it could harm, replaced where it is weak.

use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::sign_in;
use crate::harness::Server;

/// Hashes that Better Auth wrote.
const SCRYPT: &str = include_str!("../../../vectors/password-scrypt.json");
/// Hashes that other libraries wrote.
const OTHERS: &str = include_str!("../../../vectors/passwords.json");

async fn store_hash(server: &Server, name: &str, hash: Option<&str>) {
    let email = format!("{}@example.com", name.to_lowercase());
    let template = "UPDATE {account} SET {account:password} = $1 WHERE {account.userId} IN \
        (SELECT {user.id} FROM {user} WHERE {user.email} = $2)";
    assert_eq!(server.sql(template, &[hash.map(str::to_owned).into(), email.into()]).await, 1);
}

async fn stored_hash(server: &Server, email: &str) -> String {
    let (_, account) = server.store().user_with_password(email).await.unwrap().unwrap();
    account.unwrap().password.unwrap().expose_secret().to_owned()
}

#[actix_web::test]
async fn t18_hashes_that_better_auth_wrote_sign_in_and_become_argon2id() {
    let server = Server::start().await;
    server.member("Ada").await;
    let vectors: Value = serde_json::from_str(SCRYPT).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() > 3);
    for case in cases.iter().chain([&vectors["fixed_salt"]]) {
        let (password, hash) = (case["password"].as_str().unwrap(), case["hash"].as_str().unwrap());
        store_hash(&server, "Ada", Some(hash)).await;
        let wrong = sign_in(&mut server.browser(), "ada@example.com", "not the password").await;
        assert_eq!((wrong.status, stored_hash(&server, "ada@example.com").await.as_str()), (401, hash));
        for _ in 0..2 {
            let right = sign_in(&mut server.browser(), "ada@example.com", password).await;
            assert_eq!(right.status, 200, "{password:?}");
            assert!(stored_hash(&server, "ada@example.com").await.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        }
    }
}

#[actix_web::test]
async fn t18_hashes_that_other_libraries_wrote_sign_in_and_become_argon2id() {
    let vectors: Value = serde_json::from_str(OTHERS).unwrap();
    let project = &vectors["firebase"];
    let firebase = format!(
        "[email_and_password.password.firebase]\nsigner_key = {}\nsalt_separator = {}",
        project["signer_key"], project["salt_separator"]
    );
    let server = Server::with(&firebase).await;
    server.member("Ada").await;
    let cases = vectors["cases"].as_array().unwrap().iter();
    let cases: Vec<_> = cases.filter(|case| case["password"] == "pässwörd ☃").collect();
    assert!(cases.len() > 20);
    for case in cases {
        let (password, hash) = (case["password"].as_str().unwrap(), case["hash"].as_str().unwrap());
        store_hash(&server, "Ada", Some(hash)).await;
        let wrong = sign_in(&mut server.browser(), "ada@example.com", "not the password").await;
        assert_eq!((wrong.status, stored_hash(&server, "ada@example.com").await.as_str()), (401, hash));
        for _ in 0..2 {
            let right = sign_in(&mut server.browser(), "ada@example.com", password).await;
            assert_eq!(right.status, 200, "{case}");
            assert!(stored_hash(&server, "ada@example.com").await.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        }
    }
}

#[actix_web::test]
async fn t18_with_scrypt_configured_argon2id_hashes_become_what_better_auth_reads() {
    let server = Server::start().await;
    server.member("Ada").await;
    let beside = server.replica("[email_and_password.password]\nalgorithm = \"scrypt\"").await;
    assert_eq!(sign_in(&mut beside.browser(), "ada@example.com", "correct horse Ada").await.status, 200);
    let hash = stored_hash(&server, "ada@example.com").await;
    let (salt, key) = hash.split_once(':').expect("salt:key");
    assert_eq!((salt.len(), key.len()), (32, 128));
    assert!(hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b':')), "{hash}");
    assert_eq!(sign_in(&mut beside.browser(), "ada@example.com", "correct horse Ada").await.status, 200);
    assert_eq!(stored_hash(&server, "ada@example.com").await, hash, "as it should be, so left alone");
}

#[actix_web::test]
async fn t18_a_weaker_hash_is_replaced_and_one_as_configured_is_left_alone() {
    let server = Server::start().await;
    server.member("Ada").await;
    let weak = stored_hash(&server, "ada@example.com").await;
    sign_in(&mut server.browser(), "ada@example.com", "correct horse Ada").await;
    assert_eq!(stored_hash(&server, "ada@example.com").await, weak);
    let stronger = server.replica("[email_and_password.password]\nmemory_kib = 128\niterations = 2").await;
    sign_in(&mut stronger.browser(), "ada@example.com", "correct horse Ada").await;
    assert!(stored_hash(&server, "ada@example.com").await.starts_with("$argon2id$v=19$m=128,t=2,p=1$"));
}

#[actix_web::test]
async fn t18_what_is_no_hash_or_would_cost_too_much_is_a_wrong_password_and_never_a_500() {
    let server = Server::start().await;
    server.member("Ada").await;
    let good = stored_hash(&server, "ada@example.com").await;
    let tail = good.rsplit_once("p=1").unwrap().1;
    let scrypt = format!("{}:{}", "0".repeat(32), "0".repeat(128));
    let hashes = [
        String::new(),
        ":".into(),
        "correct horse Ada".into(),
        good[..good.len() - 20].into(),
        good.replace("argon2id", "argon2i"),
        good.replace("v=19", "v=16"),
        format!("$argon2id$v=19$m=4194304,t=1,p=1{tail}"),
        format!("$argon2id$v=19$m=64,t=500000,p=1{tail}"),
        format!("$argon2id$v=19$m=1,t=1,p=1{tail}"),
        format!("$argon2id$v=19$m=64,t=0,p=1{tail}"),
        scrypt[..100].into(),
        format!(":{}", "0".repeat(128)),
        format!("{}:", "0".repeat(32)),
        "$2b$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".into(),
        "$pbkdf2-sha512$2000000000$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        "$scrypt$ln=30,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        "$fbscrypt$v=1,n=14,r=8,p=1$42xEC+ixf3L2lw==$AAAAAAAAAAAAAAAAAAAAAA==".into(),
    ];
    let started = std::time::Instant::now();
    for hash in hashes.iter().map(|hash| Some(hash.as_str())).chain([None]) {
        store_hash(&server, "Ada", hash).await;
        for password in ["correct horse Ada", ""] {
            let answer = sign_in(&mut server.browser(), "ada@example.com", password).await;
            assert_eq!((answer.status, answer.code().as_deref()), (401, Some("INVALID_EMAIL_OR_PASSWORD")), "{hash:?}");
        }
    }
    assert!(started.elapsed().as_secs() < 10, "a hash with parameters beyond the ceiling was computed");
}

#[actix_web::test]
async fn t18_a_rehash_that_fails_does_not_fail_the_sign_in() {
    let server = Server::start().await;
    server.member("Ada").await;
    server.member("Bob").await;
    let vectors: Value = serde_json::from_str(SCRYPT).unwrap();
    let hash = vectors["fixed_salt"]["hash"].as_str().unwrap();
    store_hash(&server, "Ada", Some(hash)).await;
    // Bob has an Argon2id hash; with this index nobody else can get one.
    server.sql("CREATE UNIQUE INDEX one_of_a_kind ON {account} (substr({account:password}, 1, 10))", &[]).await;
    let answer = sign_in(&mut server.browser(), "ada@example.com", "correct horse battery staple").await;
    assert_eq!((answer.status, answer.cookies().len()), (200, 1));
    assert_eq!(stored_hash(&server, "ada@example.com").await, hash);
}

#[actix_web::test]
async fn t18_sign_ins_at_once_replace_a_hash_once_and_all_succeed() {
    let server = Server::start().await;
    server.member("Ada").await;
    let stronger = server.replica("[email_and_password.password]\nmemory_kib = 128").await;
    let answers = join_all(
        (0..8).map(|_| async { sign_in(&mut stronger.browser(), "ada@example.com", "correct horse Ada").await.status }),
    );
    assert_eq!(answers.await, [200; 8]);
    let hash = stored_hash(&server, "ada@example.com").await;
    assert_eq!(sign_in(&mut stronger.browser(), "ada@example.com", "correct horse Ada").await.status, 200);
    assert_eq!(stored_hash(&server, "ada@example.com").await, hash);
}

#[actix_web::test]
async fn t18_a_rehash_never_undoes_a_change_of_password_that_was_faster() {
    let server = Server::start().await;
    server.member("Ada").await;
    server.member("New").await;
    let stronger = server.replica("[email_and_password.password]\nmemory_kib = 128").await;
    let new = stored_hash(&server, "new@example.com").await;
    let template = "UPDATE {account} SET {account:password} = $1 WHERE {account.userId} IN \
        (SELECT {user.id} FROM {user} WHERE {user.email} = $2)";
    let values = [new.as_str().into(), "ada@example.com".into()];
    let mut browser = stronger.browser();
    let sign_in_with_old = sign_in(&mut browser, "ada@example.com", "correct horse Ada");
    let answer = server.sql_slowly(template, &values, sign_in_with_old).await;
    assert_eq!(answer.status, 200, "it was right when it was read");
    assert_eq!(stored_hash(&server, "ada@example.com").await, new);
}
