//! Addresses that look like somebody else's, or like several.

use serde_json::json;

use super::invariants::rows;
use super::{Site, Watch};

const TRICKS: [&str; 38] = [
    "ada@example.com ",
    " ada@example.com",
    "ada@example.com\n",
    "ada@example.com\r\nBcc: eve@evil.example",
    "ada@example.com>\nBcc: eve@evil.example",
    "ada@example.com%0aBcc:eve@evil.example",
    "ada@example.com\0",
    "ada@example.com\0@evil.example",
    "ada@example.com,eve@evil.example",
    "ada@example.com;eve@evil.example",
    "ada@example.com eve@evil.example",
    "ada@example.com@evil.example",
    "<ada@example.com>",
    "Ada <ada@example.com>",
    "ada@example.com(comment)",
    "\"ada\"@example.com",
    "\"ada@example.com\"@evil.example",
    "ada\u{ff20}example.com",
    "ada\u{fe6b}example.com",
    "ada@example\u{3002}com",
    "ada@ex\u{430}mple.com",
    "\u{430}da@example.com",
    "\u{212a}ay@example.com",
    "ad\u{131}@example.com",
    "ada@example.\u{441}om",
    "a\u{200b}da@example.com",
    "a\u{ad}da@example.com",
    "\u{feff}ada@example.com",
    "\u{202e}ada@example.com",
    "ada\u{301}@example.com",
    "ada@b\u{fc}cher.example",
    "ada@[127.0.0.1]",
    "ada@localhost",
    "ada@example.com.",
    "ada@example..com",
    "ada@-example.com",
    "ada!evil.example@example.com",
    "ada@example.com/../x",
];

#[actix_web::test]
async fn t04_no_second_spelling_of_an_address_is_an_address() {
    let site = Site::start().await;
    let _ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for email in TRICKS {
        let body = json!({"name": "Eve", "email": email, "password": "correct horse Ada"});
        for (path, code) in [
            ("/sign-up/email", "VALIDATION_ERROR"),
            ("/request-password-reset", "VALIDATION_ERROR"),
            ("/send-verification-email", "VALIDATION_ERROR"),
        ] {
            let answer = site.server.browser().post(path, &body).await;
            let what = format!("{path} {email:?}");
            watch.refused(&what, &answer).await;
            assert_eq!((answer.status, answer.code().as_deref()), (400, Some(code)), "{what}");
        }
        let answer = site.server.browser().post("/sign-in/email", &body).await;
        watch.refused(email, &answer).await;
        let code = if email.contains('\0') { "VALIDATION_ERROR" } else { "INVALID_EMAIL" };
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some(code)), "{email:?}");
    }
}

#[actix_web::test]
async fn t04_letter_case_is_the_same_address_and_there_is_one_row() {
    let site = Site::start().await;
    let _ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for email in ["ADA@EXAMPLE.COM", "Ada@Example.com", "ada@example.COM"] {
        let body = json!({"name": "Eve", "email": email, "password": "correct horse Eve"});
        let answer = site.server.browser().post("/sign-up/email", &body).await;
        watch.refused(email, &answer).await;
        assert_eq!(answer.code().as_deref(), Some("USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"), "{email}");
    }
    let body = json!({"email": "ADA@EXAMPLE.COM", "password": "correct horse Ada"});
    let answer = site.server.browser().post("/sign-in/email", &body).await;
    assert_eq!((answer.status, &answer.json()["user"]["email"]), (200, &json!("ada@example.com")));
}

#[actix_web::test]
async fn t04_of_many_sign_ups_with_one_address_one_makes_a_user() {
    let site = Site::start().await;
    let sign_ups = (0..8).map(|number| {
        let mut browser = site.server.browser();
        let email = if number % 2 == 0 { "ada@example.com" } else { "ADA@example.com" };
        let body = json!({"name": "Ada", "email": email, "password": format!("correct horse {number}")});
        async move { browser.post("/sign-up/email", &body).await.status }
    });
    let mut statuses = futures_util::future::join_all(sign_ups).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422, 422, 422, 422, 422, 422, 422]);
    let rows = rows(&site.server).await;
    assert_eq!(rows.iter().filter(|row| row.starts_with("user: ")).count(), 1);
    assert_eq!(rows.iter().filter(|row| row.starts_with("account: ")).count(), 1);
}

/// Better Auth knows no limit. Postgres does, for what goes into an index: then the address is refused.
#[actix_web::test]
async fn t04_a_very_long_address_is_kept_whole_or_refused() {
    let site = Site::start().await;
    for length in [65, 320, 1_000, 3_000, 100_000] {
        // Letters that no database can pack away.
        let mut state = 88_172_645_463_325_252_u64;
        let letters = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'a' + u8::try_from(state % 26).expect("a letter"))
        });
        let email = format!("{}@example.com", letters.take(length).collect::<String>());
        let watch = Watch::over(&site.server).await;
        let body = json!({"name": "Ada", "email": email, "password": "correct horse Ada"});
        let answer = site.server.browser().post("/sign-up/email", &body).await;
        if answer.status == 200 {
            assert_eq!(answer.json()["user"]["email"], json!(email));
        } else {
            assert!(length > 1_000, "{length}");
            watch.refused("a long address", &answer).await;
            assert_eq!(answer.status, 400);
        }
    }
}
