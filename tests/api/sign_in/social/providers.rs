//! The built-in providers, each as it answers by its own documentation, on a server of the test's.

use serde_json::{Value, json};

use crate::harness::provider::{Consent, Provider, begin, but, configured, in_seconds, parameters};
use crate::harness::{Browser, Server};

/// A provider's section, with its endpoints on the test's server.
fn section(provider: &Provider, name: &str, more: &str) -> String {
    let o = &provider.origin;
    let own = match name {
        "google" | "twitch" => format!("jwks_uri = \"{o}/jwks\"\nissuer = \"{o}\"\n"),
        "apple" => format!("jwks_uri = \"{o}/jwks\"\nissuer = \"{o}\"\n"),
        "microsoft" => format!("jwks_uri = \"{o}/jwks\"\nauthority = \"{o}\"\n"),
        "facebook" => format!("jwks_uri = \"{o}/jwks\"\nissuer = \"{o}\"\nuser_info_endpoint = \"{o}/userinfo\"\n"),
        _ => format!("user_info_endpoint = \"{o}/userinfo\"\n"),
    };
    format!(
        "[social_providers.{name}]\nclient_id = \"acme-client\"\nclient_secret = \"a-client-secret\"\n\
         authorization_endpoint = \"{o}/authorize\"\ntoken_endpoint = \"{o}/token\"\n{own}{more}\n"
    )
}

/// A sign-in; where it ends, and the user.
async fn sign_in(provider: &Provider, browser: &mut Browser<'_>, name: &str, consent: Consent) -> (String, Value) {
    let url = begin(browser, &json!({"provider": name, "callbackURL": "/home", "errorCallbackURL": "/failed"})).await;
    let answer = browser.get(&provider.consent(&url, consent)).await;
    let user = browser.get("/get-session").await.json()["user"].clone();
    (answer.header("location").unwrap_or_default().to_owned(), user)
}

/// What a profile becomes: name, address, whether it is verified, image, and the account's name.
async fn becomes(name: &str, more: &str, consent: Consent, prepare: impl Fn(&Provider)) -> Option<[Value; 5]> {
    let provider = Provider::start().await;
    prepare(&provider);
    let server = Server::with(&section(&provider, name, more)).await;
    let mut browser = server.browser();
    let (page, user) = sign_in(&provider, &mut browser, name, consent).await;
    if user.is_null() {
        assert_eq!(page, "/failed?error=unable_to_get_user_info", "{name}");
        return None;
    }
    let account = browser.get("/list-accounts").await.json()[0]["accountId"].clone();
    Some([user["name"].clone(), user["email"].clone(), user["emailVerified"].clone(), user["image"].clone(), account])
}

fn expected(name: &str, email: &str, verified: bool, image: Option<&str>, account: &str) -> Option<[Value; 5]> {
    Some([json!(name), json!(email), json!(verified), json!(image), json!(account)])
}

fn plain(person: Value) -> Consent {
    Consent::of(person)
}

fn by_token(claims: Value) -> Consent {
    Consent::with_token(Value::Null, claims)
}

#[actix_web::test]
async fn google_is_believed_by_its_id_token_and_for_the_hosted_domain_alone() {
    let claims = json!({"sub": "g1", "name": "Ada", "email": "ada@corp.com", "email_verified": true, "picture": "https://g.com/a", "hd": "corp.com"});
    let good = expected("Ada", "ada@corp.com", true, Some("https://g.com/a"), "g1");
    for (more, changes, expected) in [
        ("", json!({}), good.clone()),
        ("hd = \"corp.com\"", json!({}), good.clone()),
        ("hd = \"*\"", json!({}), good.clone()),
        ("hd = \"other.com\"", json!({}), None),
        ("hd = \"corp.com\"", json!({"hd": null}), None),
        ("", json!({"iat": in_seconds(signet::base::Clock::System.now(), -4000)}), None),
    ] {
        let consent = by_token(but(claims.clone(), changes));
        assert_eq!(becomes("google", more, consent, |_| {}).await, expected, "{more}");
    }
    assert_eq!(becomes("google", "", plain(claims), |_| {}).await, None, "without an ID token");
}

#[actix_web::test]
async fn apple_tells_a_name_once_beside_the_code_and_flags_in_texts() {
    let provider = Provider::start().await;
    let server = Server::with(&section(&provider, "apple", "")).await;
    let mut browser = server.browser();
    let url = begin(&mut browser, &json!({"provider": "apple"})).await;
    assert_eq!(
        (parameters(&url)["response_mode"].as_str(), parameters(&url)["response_type"].as_str()),
        ("form_post", "code id_token")
    );
    let back = provider.consent(&url, by_token(json!({"sub": "a1", "email": "ada@x.com", "email_verified": "true"})));
    let name = "%7B%22name%22%3A%7B%22firstName%22%3A%22Ada%22%2C%22lastName%22%3A%22L.%22%7D%7D";
    let form = back.split_once('?').unwrap().1.to_owned() + "&user=" + name;
    let form_type = [("content-type", "application/x-www-form-urlencoded")];
    // Lax cookies do not come along with a form from elsewhere.
    let mut from_apple = server.browser().without_origin();
    let forwarded = from_apple.send("POST", "/callback/apple", &form_type, Some(form.as_bytes())).await;
    let to = forwarded.header("location").unwrap().replace("http://localhost:3000/api/auth", "");
    assert_eq!(browser.get(&to).await.status, 302);
    let user = browser.get("/get-session").await.json()["user"].clone();
    assert_eq!((&user["name"], &user["emailVerified"]), (&json!("Ada L."), &json!(true)));
}

#[actix_web::test]
async fn github_is_asked_which_addresses_are_verified() {
    let person = json!({"id": 7, "login": "ada", "name": null, "email": null, "avatar_url": "https://a.com/7"});
    for (emails, verified) in [
        (
            json!([{"email": "old@x.com", "primary": false, "verified": true}, {"email": "ada@x.com", "primary": true, "verified": true}]),
            true,
        ),
        (json!([{"email": "ada@x.com", "primary": true, "verified": false}]), false),
    ] {
        let became =
            becomes("github", "", plain(person.clone()), |provider| provider.say("/userinfo/emails", &emails)).await;
        assert_eq!(became, expected("ada", "ada@x.com", verified, Some("https://a.com/7"), "7"));
    }
    let public = but(person, json!({"email": "victim@x.com", "email_verified": true}));
    let became = becomes("github", "", plain(public), |provider| provider.say("/userinfo/emails", &json!([]))).await;
    assert_eq!(
        became,
        expected("ada", "victim@x.com", false, Some("https://a.com/7"), "7"),
        "a public address proves nothing"
    );
}

#[actix_web::test]
async fn gitlab_lets_in_nobody_who_is_locked() {
    let person =
        json!({"id": 900, "username": "ada", "name": "Ada", "email": "ada@x.com", "state": "active", "locked": false});
    let good = expected("Ada", "ada@x.com", false, None, "900");
    for (changes, expected) in [
        (json!({}), good),
        (json!({"state": "blocked"}), None),
        (json!({"locked": true}), None),
        (json!({"state": null}), None),
    ] {
        assert_eq!(becomes("gitlab", "", plain(but(person.clone(), changes)), |_| {}).await, expected);
    }
}

#[actix_web::test]
async fn microsofts_tokens_are_those_of_a_tenant_that_is_let_in() {
    const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    for (tenant, tid, issuer, good) in [
        ("common", "t-1", "t-1", true),
        ("common", "t-1", "t-2", false),
        ("t-1", "t-1", "t-1", true),
        ("t-1", "t-2", "t-2", false),
        ("organizations", CONSUMERS, CONSUMERS, false),
        ("organizations", "t-1", "t-1", true),
        ("consumers", CONSUMERS, CONSUMERS, true),
        ("consumers", "t-1", "t-1", false),
    ] {
        let provider = Provider::start().await;
        let server = Server::with(&section(&provider, "microsoft", &format!("tenant_id = \"{tenant}\""))).await;
        let iss = format!("{}/{issuer}/v2.0", provider.origin);
        let claims = json!({"iss": iss, "tid": tid, "sub": "s", "oid": "o1", "name": "Ada", "email": "ada@x.com",
            "verified_primary_email": ["ada@x.com"]});
        let (page, user) = sign_in(&provider, &mut server.browser(), "microsoft", by_token(claims)).await;
        assert_eq!(page == "/home", good, "{tenant} {tid} {issuer}");
        assert_eq!(user["emailVerified"] == json!(true), good);
    }
}

#[actix_web::test]
async fn facebooks_access_token_must_be_this_sites() {
    let person =
        json!({"id": "f1", "name": "Ada", "email": "ada@x.com", "picture": {"data": {"url": "https://f.com/a"}}});
    let good = expected("Ada", "ada@x.com", false, Some("https://f.com/a"), "f1");
    for (token, expected) in [
        (json!({"is_valid": true, "app_id": "acme-client", "user_id": "f1"}), good),
        (json!({"is_valid": true, "app_id": "another-app", "user_id": "f1"}), None),
        (json!({"is_valid": false, "app_id": "acme-client", "user_id": "f1"}), None),
        (json!({"is_valid": true, "app_id": "acme-client", "user_id": "f2"}), None),
    ] {
        let said = json!({ "data": token });
        let became =
            becomes("facebook", "", plain(person.clone()), |provider| provider.say("/debug_token", &said)).await;
        assert_eq!(became, expected, "{said}");
    }
}

#[actix_web::test]
async fn the_others_are_read_by_their_own_names() {
    let rows: [(&str, Consent, Option<[Value; 5]>); 8] = [
        (
            "discord",
            plain(
                json!({"id": "80351110224678912", "username": "ada", "global_name": "Ada", "email": "a@x.com", "verified": true, "avatar": "a_8342"}),
            ),
            expected(
                "Ada",
                "a@x.com",
                true,
                Some("https://cdn.discordapp.com/avatars/80351110224678912/a_8342.gif"),
                "80351110224678912",
            ),
        ),
        (
            "dropbox",
            plain(
                json!({"account_id": "dbid:1", "name": {"display_name": "Ada"}, "email": "a@x.com", "email_verified": true}),
            ),
            expected("Ada", "a@x.com", true, None, "dbid:1"),
        ),
        (
            "linkedin",
            plain(
                json!({"sub": "l1", "name": "Ada", "email": "a@x.com", "email_verified": true, "picture": "https://l.com/a"}),
            ),
            expected("Ada", "a@x.com", true, Some("https://l.com/a"), "l1"),
        ),
        (
            "reddit",
            plain(json!({"id": "r1", "name": "ada", "icon_img": "https://r.com/a.png?w=1"})),
            expected("ada", "r1@reddit.placeholder.invalid", false, Some("https://r.com/a.png"), "r1"),
        ),
        (
            "slack",
            plain(
                json!({"https://slack.com/user_id": "U1", "sub": "x", "name": "Ada", "email": "a@x.com", "email_verified": true}),
            ),
            expected("Ada", "a@x.com", true, None, "U1"),
        ),
        (
            "spotify",
            plain(
                json!({"id": "s1", "display_name": "Ada", "email": "a@x.com", "images": [{"url": "https://s.com/a"}]}),
            ),
            expected("Ada", "a@x.com", false, Some("https://s.com/a"), "s1"),
        ),
        (
            "twitch",
            by_token(json!({"sub": "t1", "preferred_username": "ada", "email": "a@x.com", "email_verified": true})),
            expected("ada", "a@x.com", true, None, "t1"),
        ),
        (
            "zoom",
            plain(
                json!({"id": "z1", "display_name": "Ada", "email": "a@x.com", "verified": 1, "pic_url": "https://z.com/a"}),
            ),
            expected("Ada", "a@x.com", true, Some("https://z.com/a"), "z1"),
        ),
    ];
    for (name, consent, expected) in rows {
        assert_eq!(becomes(name, "", consent, |_| {}).await, expected, "{name}");
    }
}

#[actix_web::test]
async fn x_is_asked_for_a_confirmed_address() {
    let person = json!({"data": {"id": "x1", "name": "Ada", "profile_image_url": "https://x.com/a"}});
    let confirmed = json!({"data": {"id": "x1", "confirmed_email": "ada@x.com"}});
    let asked = "/userinfo?user.fields=confirmed_email";
    let became = becomes("twitter", "", plain(person.clone()), |provider| provider.say(asked, &confirmed)).await;
    assert_eq!(became, expected("Ada", "ada@x.com", true, Some("https://x.com/a"), "x1"));
    let without = becomes("twitter", "", plain(person), |_| {}).await;
    assert_eq!(without, expected("Ada", "x1@twitter.placeholder.invalid", false, Some("https://x.com/a"), "x1"));
}

#[actix_web::test]
async fn t46_a_token_of_one_provider_is_none_of_another() {
    let (google, apple) = (Provider::start().await, Provider::start().await);
    let config = section(&google, "google", "") + &section(&apple, "apple", "");
    let server = Server::with(&config).await;
    let token = google.id_token(&json!({"sub": "g1", "email": "ada@x.com", "email_verified": true}));
    for (provider, status) in [("google", 200), ("apple", 401)] {
        let body = json!({"provider": provider, "idToken": {"token": token}});
        assert_eq!(server.browser().post("/sign-in/social", &body).await.status, status, "{provider}");
    }
}

#[actix_web::test]
async fn a_provider_can_be_switched_off_and_scopes_be_chosen() {
    let provider = Provider::start().await;
    let more = "scope = [\"repo\"]\ndisable_default_scope = true\nredirect_uri = \"https://proxy.example/callback\"\n";
    let config =
        section(&provider, "github", more) + &section(&provider, "gitlab", "enabled = false\n") + &configured(&[], "");
    let server = Server::with(&config).await;
    let url = begin(&mut server.browser(), &json!({"provider": "github"})).await;
    assert_eq!(parameters(&url)["scope"], "repo");
    assert_eq!(parameters(&url)["redirect_uri"], "https://proxy.example/callback");
    assert_eq!(server.browser().post("/sign-in/social", &json!({"provider": "gitlab"})).await.status, 404);
}
