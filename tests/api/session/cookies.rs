//! T27: every `Set-Cookie` of every route, on every kind of site.

use serde_json::{Value, json};

use crate::harness::browser::Answer;
use crate::harness::{Browser, Server, person};

const MORE: &str = "[user.delete_user]\nenabled = true\n[session.additional_fields.theme]\ntype = \"string\"\nrequired = false\n[plugins.jwt]\nenabled = true\n[plugins.bearer]\nenabled = true\n[rate_limit]\nenabled = false\n";

/// A kind of site: its configuration, how its cookies begin, and what follows name, value and Max-Age.
const SITES: [(&str, &str, &str); 4] = [
    ("", "better-auth.", "; Path=/; HttpOnly; SameSite=Lax"),
    ("base_url = \"https://auth.example.com\"\n", "__Secure-better-auth.", "; Path=/; HttpOnly; Secure; SameSite=Lax"),
    (
        "base_url = \"https://auth.example.com\"\n[advanced.cross_sub_domain_cookies]\nenabled = true\ndomain = \".example.com\"\n",
        "__Secure-better-auth.",
        "; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax",
    ),
    (
        "[advanced]\nuse_secure_cookies = true\ncookie_prefix = \"acme\"\n",
        "__Secure-acme.",
        "; Path=/; HttpOnly; Secure; SameSite=Lax",
    ),
];

/// Without the cookie cache, and with it in each of its forms.
const CACHES: [&str; 4] = [
    "",
    "[session.cookie_cache]\nenabled = true\n",
    "[session.cookie_cache]\nenabled = true\nstrategy = \"jwt\"\n",
    "[session.cookie_cache]\nenabled = true\nstrategy = \"jwe\"\n",
];

/// Every route of the server that a user can call, with a body that it takes. The last ones end the session.
fn tour(remember: bool) -> Vec<(&'static str, &'static str, Value)> {
    let mut ada = person("Ada");
    ada["rememberMe"] = remember.into();
    let change = |revoke: bool| json!({ "currentPassword": "correct horse Ada", "newPassword": "correct horse Ada", "revokeOtherSessions": revoke });
    vec![
        ("POST", "/sign-up/email", ada.clone()),
        ("POST", "/sign-in/email", ada.clone()),
        ("POST", "/sign-in/email", json!({ "email": "ada@example.com", "password": "wrong password" })),
        ("GET", "/ok", json!(null)),
        ("GET", "/error", json!(null)),
        ("GET", "/jwks", json!(null)),
        ("GET", "/token", json!(null)),
        ("GET", "/get-session", json!(null)),
        ("POST", "/get-session", json!({})),
        ("GET", "/list-sessions", json!(null)),
        ("GET", "/list-accounts", json!(null)),
        ("POST", "/update-user", json!({ "name": "Ada L." })),
        ("POST", "/update-session", json!({ "theme": "dark" })),
        ("POST", "/change-password", change(false)),
        ("POST", "/change-password", change(true)),
        ("POST", "/verify-password", json!({ "password": "correct horse Ada" })),
        ("POST", "/unlink-account", json!({ "accountId": "x" })),
        ("POST", "/revoke-session", json!({ "token": "x" })),
        ("POST", "/revoke-other-sessions", json!({})),
        ("POST", "/request-password-reset", json!({ "email": "ada@example.com" })),
        ("POST", "/send-verification-email", json!({ "email": "ada@example.com" })),
        ("GET", "/verify-email?token=x", json!(null)),
        ("GET", "/reset-password/x?callbackURL=/", json!(null)),
        ("GET", "/delete-user/callback?token=x", json!(null)),
        ("POST", "/sign-out", json!({})),
        ("POST", "/sign-in/email", ada.clone()),
        ("POST", "/revoke-sessions", json!({})),
        ("GET", "/get-session", json!(null)),
        ("POST", "/sign-in/email", ada),
        ("POST", "/delete-user", json!({ "password": "correct horse Ada" })),
    ]
}

async fn call(browser: &mut Browser<'_>, method: &str, path: &str, body: &Value) -> Answer {
    if method == "GET" { browser.get(path).await } else { browser.post(path, body).await }
}

#[actix_web::test]
async fn t27_every_cookie_of_every_route_has_the_attributes_of_its_site() {
    for ((site, prefix, attributes), cache) in SITES.into_iter().flat_map(|site| CACHES.map(|cache| (site, cache))) {
        for remember in [true, false] {
            let server = Server::with(&format!("{site}{MORE}{cache}")).await;
            let mut browser = server.browser();
            let mut seen = Vec::new();
            for (method, path, body) in tour(remember) {
                // A session that is due shows the cookies of its extension too.
                if path == "/list-accounts" && remember {
                    server.wait(2 * 86_400);
                }
                let answer = call(&mut browser, method, path, &body).await;
                assert!(answer.status < 500, "{path}: {answer:?}");
                for line in answer.cookies() {
                    check(line, prefix, attributes, remember)
                        .unwrap_or_else(|fault| panic!("{path}: {fault} in {line}"));
                    seen.push(line.split_once('=').unwrap().0.trim_start_matches(prefix).to_owned());
                }
            }
            let count = |name: &str| seen.iter().filter(|given| *given == name).count();
            assert!(count("session_token") >= 8 && count("session_data") >= 3, "{site}: {seen:?}");
            assert_eq!(count("dont_remember") > 4, !remember, "{seen:?}");
        }
    }
}

/// What is wrong with a cookie, if anything is.
fn check(line: &str, prefix: &str, attributes: &str, remember: bool) -> Result<(), String> {
    let (name, rest) = line.split_once('=').ok_or("no name")?;
    let key = name.strip_prefix(prefix).ok_or("another prefix")?;
    if !["session_token", "session_data", "dont_remember"].contains(&key) {
        return Err(format!("{key} is not known"));
    }
    let rest = rest.strip_suffix(attributes).ok_or("other attributes")?;
    let (value, age) = rest.split_once("; Max-Age=").map_or((rest, None), |(value, age)| (value, Some(age)));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()%".contains(&byte);
    if !value.bytes().all(plain) || line.len() > 4096 {
        return Err("a value that must be encoded".into());
    }
    let lives = match (value.is_empty(), key, remember) {
        (true, ..) => Some("0"),
        (false, "session_token", true) => Some("604800"),
        (false, "session_data", true) => Some("300"),
        _ => None,
    };
    if age == lives { Ok(()) } else { Err(format!("Max-Age {age:?} in place of {lives:?}")) }
}

#[actix_web::test]
async fn t27_a_name_and_attributes_of_ones_own_count_for_their_cookie_alone() {
    let server = Server::with(
        "[session]\nexpires_in = 3600\n[advanced]\ncookie_prefix = \"acme\"\n[advanced.cookies.session_token]\nname = \"sid\"\n[advanced.cookies.session_token.attributes]\nsame_site = \"strict\"\n",
    )
    .await;
    let mut ada = server.browser();
    let cookies = ada.post("/sign-up/email", &person("Ada")).await;
    let line = cookies.cookies()[0].to_owned();
    assert!(line.starts_with("sid=") && line.ends_with("; Max-Age=3600; Path=/; HttpOnly; SameSite=Strict"), "{line}");
    assert_eq!(
        ada.post("/sign-out", &json!({})).await.cookies(),
        [
            "sid=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict",
            "acme.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            "acme.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
        ]
    );
}
