//! Cookies that nobody handed out, or that came another way than they should.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::SecretString;
use signet::crypto::{CookieSigner, Secrets};

use super::who;
use crate::harness::{SECRET, Server, person};

const NAME: &str = "better-auth.session_token";

fn signer(secret: &str) -> CookieSigner {
    CookieSigner::new(&Secrets::new(Vec::new(), Some(SecretString::from(secret))).unwrap())
}

/// Who the server takes a Cookie header's sender for.
async fn who_sends(server: &Server, header: &str) -> Option<String> {
    who(&mut server.browser().header("cookie", header)).await
}

#[actix_web::test]
async fn t24_a_cookie_counts_only_as_it_was_signed() {
    let server = Server::start().await;
    let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
    let signed = percent_decode_str(&ada.jar[NAME]).decode_utf8().unwrap().into_owned();
    let (token, signature) = signed.rsplit_once('.').unwrap();
    let others = percent_decode_str(&bob.jar[NAME]).decode_utf8().unwrap().into_owned();
    let others = others.rsplit_once('.').unwrap().1.to_owned();
    assert!(signature.len() == 44 && signature.ends_with('='));
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    for good in [
        ada.jar[NAME].clone(),
        ada.jar[NAME].replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"),
        signed.clone(),
        format!("\"{signed}\""),
        encoded(&signed),
    ] {
        assert_eq!(who_sends(&server, &format!("{NAME}={good}")).await.as_deref(), Some("Ada"), "{good}");
    }
    let flipped = |text: &str, place: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    // The last digit before the padding has two bits that no byte needs.
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let last = digits.iter().position(|digit| *digit == signature.as_bytes()[42]).unwrap();
    let twin = format!("{}{}=", &signature[..42], digits[last ^ 1] as char);
    for bad in [
        token.to_owned(),
        format!("{token}."),
        format!(".{signature}"),
        format!("{token}.{}", &signature[..43]),
        format!("{token}.{signature}="),
        format!("{token}.{twin}"),
        format!("{token}.{}", signature.replace('+', "-").replace('/', "_").trim_end_matches('=')),
        format!("{token}.{}", flipped(signature, 0)),
        format!("{token}.{}", flipped(signature, 20)),
        format!("{}.{signature}", flipped(token, 0)),
        format!("{}.{signature}", token.to_ascii_lowercase() + "x"),
        format!("{token}.{others}"),
        format!("{token}.x.{signature}"),
        format!("{token}.{signature}.{signature}"),
        format!("{token}%00.{}", encoded(signature)),
        format!("{token}%2"),
        format!("%ff%fe.{}", encoded(signature)),
        encoded(&encoded(&signed)),
        signer("better-auth-secret-12345678901234567890").sign(token),
        signer("another-secret-for-tests-of-32-characters!").sign(token),
        String::new(),
        ".".to_owned(),
        "=".repeat(44),
    ] {
        let answer = server.browser().header("cookie", &format!("{NAME}={bad}")).get("/get-session").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "null"), "{bad}");
        assert!(answer.cookies().is_empty(), "{bad}: nothing that was signed is cleared");
    }
}

#[actix_web::test]
async fn t24_d24_cookies_of_every_listed_secret_count_and_new_ones_are_made_with_the_current() {
    let (old, new) = (SECRET, "a-newer-secret-for-tests-of-32-characters");
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    for rotated in [
        format!("secrets = \"2:{new},1:{old}\""),
        // The plain secret of before stays as the legacy one, which the harness passes in the environment.
        format!("secrets = \"2:{new}\""),
    ] {
        let replica = server.replica(&rotated).await;
        assert_eq!(who(&mut ada.at(&replica)).await.as_deref(), Some("Ada"), "{rotated}");
        let mut again = replica.browser();
        again.post("/sign-in/email", &person("Ada")).await;
        let cookie = percent_decode_str(&again.jar[NAME]).decode_utf8().unwrap().into_owned();
        let token = cookie.rsplit_once('.').unwrap().0;
        assert_eq!(cookie, signer(new).sign(token));
        assert_eq!(who(&mut again.at(&server)).await, None, "the old server does not know the new secret");
    }
    let forgotten = server.replica(&format!("secret = \"{new}\"")).await;
    assert_eq!(who(&mut ada.at(&forgotten)).await, None);
}

#[actix_web::test]
async fn t24_a_signature_for_one_cookie_is_no_session_in_another() {
    let server = Server::start().await;
    let mut ada = server.browser();
    let mut body = person("Ada");
    body["rememberMe"] = false.into();
    ada.post("/sign-up/email", &body).await;
    let remembered = ada.jar["better-auth.dont_remember"].clone();
    let answer = server.browser().header("cookie", &format!("{NAME}={remembered}")).get("/get-session").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "null"), "`true` is the token of no session");
}

#[actix_web::test]
async fn t26_of_two_cookies_of_a_name_the_first_counts_alone() {
    let server = Server::start().await;
    let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
    let (ada, bob) = (&ada.jar[NAME], &bob.jar[NAME]);
    for (header, expected) in [
        (format!("{NAME}={ada}; {NAME}={bob}"), Some("Ada")),
        (format!("{NAME}={bob}; {NAME}={ada}"), Some("Bob")),
        (format!("{NAME}=forged; {NAME}={ada}"), None),
        (format!("{NAME}=; {NAME}={ada}"), None),
        (format!("other=1; {NAME}={ada}"), Some("Ada")),
        (format!("{NAME}; {NAME}={ada}"), Some("Ada")),
        (format!("x{NAME}={ada}"), None),
        (format!("{NAME}x={ada}"), None),
        (format!("{NAME}.0={ada}"), None),
        (format!("Better-Auth.Session_Token={ada}"), None),
        (format!("other=\"{NAME}={ada}\""), None),
    ] {
        assert_eq!(who_sends(&server, &header).await.as_deref(), expected, "{header}");
    }
    let two = server.browser().header("cookie", &format!("{NAME}={bob}")).header("cookie", &format!("{NAME}={ada}"));
    assert_eq!(who(&mut two.clone()).await.as_deref(), Some("Bob"));
}

#[actix_web::test]
async fn t26_the_secure_name_and_the_plain_one_never_stand_in_for_each_other() {
    let secure = Server::with("base_url = \"https://auth.example.com\"").await;
    let plain = secure.replica("").await;
    let mut ada = secure.member("Ada").await;
    let name = format!("__Secure-{NAME}");
    let cookie = ada.jar[&name].clone();
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
    assert_eq!(who_sends(&secure, &format!("{NAME}={cookie}")).await, None);
    assert_eq!(who_sends(&secure, &format!("{NAME}=tossed; {name}={cookie}")).await.as_deref(), Some("Ada"));
    assert_eq!(who_sends(&secure, &format!("__secure-{NAME}={cookie}")).await, None);
    assert_eq!(who_sends(&secure, &format!("__Host-{NAME}={cookie}")).await, None);
    assert_eq!(who_sends(&plain, &format!("{name}={cookie}")).await, None);
    assert_eq!(who_sends(&plain, &format!("{NAME}={cookie}")).await.as_deref(), Some("Ada"));
}

#[actix_web::test]
async fn t26_a_cookie_header_that_is_far_too_long_is_refused_and_harms_nobody() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let answer = server.browser().header("cookie", &"a=b; ".repeat(12_000)).get("/get-session").await;
    assert!(answer.text() == "null" || (400..500).contains(&answer.status), "{}", answer.status);
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
}
