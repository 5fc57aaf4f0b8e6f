//! `docs/openapi.json` says what the server does: the same routes, and answers as they are described.

mod document;

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use signet::base::Random;

use self::document::{Document, Operation};
use crate::harness::browser::Answer;
use crate::harness::provider::{Consent, Provider, configured, profile};
use crate::harness::{Browser, Mailbox, Server, person};

const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";
const FORM: &str = "application/x-www-form-urlencoded";

/// `/reset-password/:token` as the document writes it.
fn documented(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// What has routes of its own and is off by default.
const SWITCHED_ON: &str = "
    plugins.forward_auth.enabled = true
    plugins.admin.enabled = true
    plugins.username.enabled = true
    plugins.token_api.enabled = true
    plugins.revocations.enabled = true
    resource_servers.api.secret = \"what-the-api-shows-itself-by-to-signet\"
";

#[actix_web::test]
async fn the_document_lists_the_routes_of_the_server_and_no_others() {
    let (server, document) = (Server::with(SWITCHED_ON).await, Document::read());
    let mut served = BTreeSet::new();
    for endpoint in server.endpoints() {
        served.insert((documented(&endpoint.path), endpoint.method.to_string(), endpoint.at_origin));
        if endpoint.head {
            served.insert((documented(&endpoint.path), Method::HEAD.to_string(), endpoint.at_origin));
        }
    }
    let described = document.operations().into_iter().map(|(path, method, _)| {
        let at_origin = document.is_at_origin(&path);
        (path, method, at_origin)
    });
    assert_eq!(described.collect::<BTreeSet<_>>(), served);
}

#[actix_web::test]
async fn bodies_are_described_in_the_media_types_that_are_taken() {
    let (server, document) = (Server::with(SWITCHED_ON).await, Document::read());
    let operations = document.operations();
    for endpoint in server.endpoints() {
        let taken = match (endpoint.reads_body, endpoint.takes_forms, endpoint.takes_multipart) {
            (false, ..) => vec![],
            (true, false, _) => vec![JSON],
            (true, true, false) => vec![JSON, FORM],
            (true, true, true) => vec![JSON, FORM, MULTIPART],
        };
        let (path, method) = (documented(&endpoint.path), endpoint.method.as_str());
        let found = operations.iter().find(|(given, by, _)| *given == path && by == method);
        let (_, _, operation) = found.unwrap_or_else(|| panic!("{method} {path} is not documented"));
        assert_eq!(operation.media_types(), taken, "{method} {path}");
    }
}

#[test]
fn the_document_holds_together() {
    let document = Document::read();
    let mut names = BTreeSet::new();
    for (path, method, operation) in document.operations() {
        assert!(names.insert(operation.id()), "{} is there twice", operation.id());
        let wanted = path.split(['{', '}']).skip(1).step_by(2).collect::<Vec<_>>();
        assert_eq!(operation.parameters("path"), wanted, "{method} {path}");
    }
    follow(&document, document.root());
}

/// The source of a path, `src/routes/sign_in/email.rs`; none where a plugin serves it.
fn source(path: &str) -> Option<String> {
    let file = path.trim_start_matches('/').replace(['{', '}'], "").replace('-', "_");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes");
    ["", "/mod"].iter().find_map(|end| std::fs::read_to_string(format!("{folder}/{file}{end}.rs")).ok())
}

#[test]
fn every_code_that_a_route_names_is_documented() {
    let document = Document::read();
    let mut documented: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (path, _, operation) in document.operations() {
        documented.entry(path).or_default().extend(operation.codes());
    }
    for (path, codes) in documented {
        for named in source(&path).unwrap_or_default().split("code::").skip(1) {
            let code = named.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_').next().unwrap_or("");
            // `code::Code` is the type, `code::{` an import.
            assert!(code.len() < 2 || codes.contains(code), "{path} refuses with {code}, which is not documented");
        }
    }
}

fn follow(document: &Document, value: &Value) {
    document.resolve(value);
    match value {
        Value::Object(members) => members.values().for_each(|member| follow(document, member)),
        Value::Array(items) => items.iter().for_each(|item| follow(document, item)),
        _ => {}
    }
}

/// A browser whose every answer is held against the document.
struct Reader<'s> {
    browser: Browser<'s>,
    document: &'s Document,
    /// The operations that were asked.
    asked: BTreeSet<&'s str>,
}

impl<'s> Reader<'s> {
    fn new(browser: Browser<'s>, document: &'s Document) -> Self {
        Self { browser, document, asked: BTreeSet::new() }
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[("content-type", JSON)], Some(body.to_string().as_bytes())).await
    }

    async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let answer = self.browser.send(method, path, headers, body).await;
        let operation = self.operation(method, path);
        check(self.document, &operation, &answer)
            .unwrap_or_else(|fault| panic!("{method} {path}: {fault}\n{answer:?}"));
        self.asked.insert(operation.id());
        answer
    }

    fn operation(&self, method: &str, path: &str) -> Operation<'s> {
        let path = path.trim_start_matches('!').split('?').next().unwrap_or_default();
        let fits = |pattern: &str| {
            let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
            let alike = |(wanted, given): (&&str, &&str)| wanted == given || wanted.starts_with('{');
            pattern.len() == path.len() && pattern.iter().zip(&path).all(alike)
        };
        let found = self.document.operations().into_iter().find(|(pattern, by, _)| by == method && fits(pattern));
        found.unwrap_or_else(|| panic!("{method} {path} is not documented")).2
    }
}

/// Status, headers, media type and body.
fn check(document: &Document, operation: &Operation<'_>, answer: &Answer) -> Result<(), String> {
    let response = operation.response(answer.status).ok_or("the status is not documented")?;
    let telling =
        ["set-cookie", "location", "cache-control", "pragma", "etag", "retry-after", "access-control-expose-headers"];
    for (name, _) in &answer.headers {
        let described = response["headers"].as_object().is_some_and(|headers| {
            headers
                .iter()
                .any(|(given, header)| given.eq_ignore_ascii_case(name) && !document.resolve(header).is_null())
        });
        if (telling.contains(&name.as_str()) || name.starts_with("set-auth-")) && !described {
            return Err(format!("the header {name} is not documented"));
        }
    }
    let Some(media_type) = answer.header("content-type") else {
        return if response["content"].is_null() { Ok(()) } else { Err("the media type is missing".into()) };
    };
    let content = &response["content"][media_type];
    if content.is_null() {
        return Err(format!("the media type {media_type} is not documented"));
    }
    let body = match answer.text() {
        text if text.is_empty() || media_type != JSON => Value::String(text),
        text => serde_json::from_str(&text).map_err(|error| error.to_string())?,
    };
    let mismatches = document.mismatches(&content["schema"], &body);
    if mismatches.is_empty() { Ok(()) } else { Err(mismatches.join("; ")) }
}

const CONFIGURATION: &str = r#"
    [plugins.jwt.templates.staff]
    roles = ["staff"]
[plugins]
bearer.enabled = true
revocations.enabled = true
forward_auth.enabled = true
forward_auth.sign_in_page = "/sign-in"
admin.enabled = true
username.enabled = true
token_api.enabled = true
[resource_servers.api]
secret = "what-the-api-shows-itself-by-to-signet"
[admin]
tokens = ["an-admin-token-of-more-than-32-characters"]
[user]
delete_user.enabled = true
change_email.enabled = true
[user.additional_fields.nickname]
type = "string"
required = false
[session.additional_fields.theme]
type = "string"
required = false
"#;

/// Every operation is asked at least once, most of them in more than one way.
#[actix_web::test]
async fn answers_are_as_the_document_describes_them() {
    let (provider, mailbox) = (Provider::start().await, Mailbox::open().await);
    let server = Server::with(&configured(&[provider.openid("")], &(mailbox.toml() + CONFIGURATION))).await;
    let document = Document::read();
    let mut reader = Reader::new(server.browser(), &document);
    set_up(&server, &mut reader).await;
    sign_in_and_up(&mut reader).await;
    sign_in_elsewhere(&provider, &mut reader).await;
    read_the_session(&server, &mut reader).await;
    change_the_user(&mut reader).await;
    follow_mailed_links(&server, &mailbox, &mut reader).await;
    verify_tokens(&mut reader).await;
    ask_as_a_proxy(&mut reader).await;
    ask_as_a_resource_server(&mut reader).await;
    read_the_description(&mut reader).await;
    be_refused(&mut reader).await;
    manage_keys(&server, &mut reader).await;
    administer(&server, &mut reader).await;
    end_sessions(&mut reader).await;
    delete_the_user(&mut reader).await;
    use_the_token_api(&server, &mut reader).await;
    let all: BTreeSet<_> = document.operations().iter().map(|(_, _, operation)| operation.id().to_owned()).collect();
    let asked: BTreeSet<_> = reader.asked.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(asked, all);
}

/// Somebody else becomes the first admin.
async fn set_up<'s>(server: &'s Server, reader: &mut Reader<'s>) {
    let first_admin = server.parts().house.first_admin.as_ref().expect("an empty server");
    let token = first_admin.invite(&Random::system()).await.expect("a database").expect("no users");
    let mut root = person("Root");
    root["token"] = token.expose_secret().into();
    let browser = std::mem::replace(&mut reader.browser, server.browser());
    assert_eq!(reader.post("/admin/setup", json!({})).await.status, 400);
    assert_eq!(reader.post("/admin/setup", root.clone()).await.status, 200);
    assert_eq!(reader.post("/admin/setup", root).await.status, 400);
    reader.browser = browser;
}

async fn sign_in_and_up(reader: &mut Reader<'_>) {
    assert_eq!(reader.get("/ok").await.status, 200);
    assert_eq!(reader.get("/error?error=x").await.status, 200);
    assert_eq!(reader.get("/list-sessions").await.status, 401);
    assert_eq!(reader.get("/list-activity").await.status, 401);
    let ada = person("Ada");
    assert_eq!(reader.post("/sign-up/email", ada.clone()).await.status, 200);
    assert_eq!(reader.post("/sign-up/email", ada.clone()).await.status, 422);
    assert_eq!(reader.post("/sign-up/email", json!({})).await.status, 400);
    let form = b"email=ada%40example.com&password=correct+horse+Ada";
    assert_eq!(reader.send("POST", "/sign-in/email", &[("content-type", FORM)], Some(form)).await.status, 200);
    let wrong = json!({"email": ada["email"], "password": "wrong wrong"});
    assert_eq!(reader.post("/sign-in/email", wrong).await.status, 401);
    for (name, free) in [("ada", true), ("ab", false)] {
        let answer = reader.post("/is-username-available", json!({"username": name})).await;
        assert_eq!(answer.status == 200, free);
    }
    assert_eq!(reader.post("/is-username-available", json!({})).await.status, 400);
    assert_eq!(reader.post("/update-user", json!({"username": "Ada"})).await.status, 200);
    for (name, password, status) in [
        ("ada", "correct horse Ada", 200),
        ("ada", "wrong wrong", 401),
        ("ab", "wrong wrong", 422),
        ("ada", &"x".repeat(129), 400),
    ] {
        let body = json!({"username": name, "password": password});
        assert_eq!(reader.post("/sign-in/username", body).await.status, status);
    }
    let mut back = ada.clone();
    back["callbackURL"] = "/home".into();
    assert_eq!(reader.post("/sign-in/email", back).await.header("location"), Some("/home"));
}

/// As somebody else, in a browser that is then put away.
async fn sign_in_elsewhere<'s>(provider: &Provider, reader: &mut Reader<'s>) {
    let ada = reader.browser.clone();
    reader.browser.jar.clear();
    let bob = || Consent::with_token(profile("Bob"), json!({}));
    let begin = json!({"provider": "acme"});
    for (body, status) in [(json!({"provider": "nobody"}), 404), (json!({}), 400)] {
        assert_eq!(reader.post("/sign-in/social", body).await.status, status);
    }
    let begun = reader.post("/sign-in/social", begin.clone()).await.json();
    let back = provider.consent(begun["url"].as_str().unwrap(), bob());
    assert_eq!(reader.get("/callback/acme?state=x&code=x").await.status, 302);
    assert_eq!(reader.get("/callback/acme?state=x&state=x").await.status, 400);
    let form = [("content-type", FORM)];
    assert_eq!(reader.send("POST", "/callback/acme", &form, Some(b"code=x")).await.status, 302);
    assert!(reader.get(&back).await.header("set-auth-token").is_some());
    let account = reader.get("/list-accounts").await.json()[0]["id"].clone();
    let chosen = json!({"accountId": account});
    assert_eq!(reader.post("/get-access-token", chosen.clone()).await.status, 200);
    assert_eq!(reader.post("/refresh-token", chosen).await.status, 200);
    assert_eq!(reader.post("/refresh-token", json!({"accountId": "x"})).await.status, 400);
    assert_eq!(reader.get(&format!("/account-info?accountId={}", account.as_str().unwrap())).await.status, 200);
    assert_eq!(reader.get("/account-info").await.status, 400);
    assert_eq!(reader.post("/link-social", begin.clone()).await.status, 200);
    assert_eq!(reader.post("/link-social", json!({"provider": "nobody"})).await.status, 404);
    let token = json!({"token": provider.id_token(&profile("Bob"))});
    assert_eq!(reader.post("/link-social", json!({"provider": "acme", "idToken": token})).await.status, 200);
    assert_eq!(reader.post("/sign-in/social", json!({"provider": "acme", "idToken": token})).await.status, 200);
    let forged = json!({"provider": "acme", "idToken": {"token": "x.y.z"}});
    assert_eq!(reader.post("/sign-in/social", forged).await.status, 401);
    assert!(reader.post("/sign-out", json!({})).await.header("location").is_some());
    assert_eq!(reader.post("/get-access-token", json!({"accountId": "x"})).await.status, 401);
    assert_eq!(reader.get("/account-info?accountId=x").await.status, 401);
    reader.browser = ada;
}

async fn read_the_session(server: &Server, reader: &mut Reader<'_>) {
    assert_eq!(reader.get("/get-session").await.json()["user"]["name"], "Ada");
    assert_eq!(reader.post("/get-session", json!({})).await.status, 405);
    assert_eq!(reader.get("/list-sessions").await.json().as_array().map(Vec::len), Some(4));
    assert_eq!(reader.get("/list-activity?limit=2").await.json()["entries"].as_array().map(Vec::len), Some(2));
    assert_eq!(reader.get("/list-activity?limit=x").await.status, 400);
    server.wait(90_000);
    assert_eq!(reader.get("/list-sessions").await.status, 403);
    server.wait(90_000);
    assert!(reader.get("/get-session").await.header("set-auth-token").is_some());
    assert_eq!(reader.post("/unlink-account", json!({"accountId": "x"})).await.status, 403);
    assert_eq!(reader.post("/delete-user", json!({})).await.json()["code"], "SESSION_EXPIRED");
    assert_eq!(reader.post("/sign-in/email", person("Ada")).await.status, 200);
}

async fn change_the_user(reader: &mut Reader<'_>) {
    assert_eq!(reader.post("/update-user", json!({"name": "Ada L.", "image": null})).await.status, 200);
    assert_eq!(reader.post("/update-user", json!({})).await.status, 400);
    assert_eq!(reader.post("/update-session", json!({"theme": "dark"})).await.status, 200);
    assert_eq!(reader.post("/verify-password", json!({"password": "correct horse Ada"})).await.status, 200);
    assert_eq!(reader.post("/verify-password", json!({"password": "wrong"})).await.status, 400);
    let mut change = json!({"currentPassword": "correct horse Ada", "newPassword": "battery staple"});
    assert_eq!(reader.post("/change-password", change.clone()).await.status, 200);
    assert_eq!(reader.post("/change-password", change.clone()).await.status, 400);
    change =
        json!({"currentPassword": "battery staple", "newPassword": "correct horse Ada", "revokeOtherSessions": true});
    assert!(reader.post("/change-password", change).await.json()["token"].is_string());
    let accounts = reader.get("/list-accounts").await.json();
    assert_eq!(reader.post("/unlink-account", json!({"accountId": accounts[0]["id"]})).await.status, 400);
}

async fn follow_mailed_links(server: &Server, mailbox: &Mailbox, reader: &mut Reader<'_>) {
    let ada = json!({"email": "ada@example.com"});
    assert_eq!(reader.post("/send-verification-email", ada.clone()).await.status, 200);
    assert_eq!(reader.post("/send-verification-email", json!({"email": "bob@example.com"})).await.status, 400);
    assert_eq!(reader.post("/request-password-reset", ada.clone()).await.status, 200);
    assert_eq!(reader.post("/change-email", json!({"newEmail": "new@example.com"})).await.status, 200);
    assert_eq!(reader.post("/change-email", json!({"newEmail": "ada@example.com"})).await.status, 400);
    let (mut verified, mut reset) = (None, None);
    for mail in mailbox.all(server).await {
        match (mail.text_of("kind"), mail.text_of("to")) {
            ("reset-password", _) => reset = Some(mail.text_of("token").to_owned()),
            ("verification", "ada@example.com") => verified = Some(mail.path()),
            _ => {}
        }
    }
    assert_eq!(reader.get(&verified.expect("a link")).await.status, 302);
    assert_eq!(reader.post("/reset-password", json!({"newPassword": "x", "token": "x"})).await.status, 400);
    let body = json!({"newPassword": "correct horse Ada", "token": reset});
    assert_eq!(reader.post("/reset-password", body).await.status, 200);
    assert_eq!(reader.get("/verify-email?token=x").await.status, 401);
    assert_eq!(reader.get("/verify-email?token=x&callbackURL=/v").await.status, 302);
    assert_eq!(reader.get("/reset-password/x?callbackURL=/r").await.status, 302);
    assert_eq!(reader.get("/reset-password/x").await.status, 400);
    assert_eq!(reader.get("/delete-user/callback?token=x").await.status, 404);
}

async fn verify_tokens(reader: &mut Reader<'_>) {
    assert_eq!(reader.get("/token").await.status, 200);
    assert_eq!(reader.get("/token?template=nobody").await.status, 400);
    assert_eq!(reader.get("/token?template=staff").await.status, 403);
    let documents = ["!/.well-known/openid-configuration", "!/.well-known/oauth-authorization-server"];
    for path in ["/jwks", "!/.well-known/jwks.json", "/revocations"].into_iter().chain(documents) {
        // Sessions have ended a moment ago, and what is told of them may change between two looks.
        let mut answer = reader.get(path).await;
        for _ in 0..10 {
            let Some(tag) = answer.header("etag").map(str::to_owned) else { break };
            answer = reader.send("GET", path, &[("if-none-match", &tag)], None).await;
            if answer.status == 304 {
                break;
            }
        }
        assert_eq!(answer.status, 304, "{answer:?}");
        assert_eq!(reader.send("HEAD", path, &[], None).await.status, 200);
    }
}

async fn ask_as_a_proxy(reader: &mut Reader<'_>) {
    assert_eq!(reader.get("/forward-auth").await.status, 200);
    assert_eq!(reader.get("/forward-auth?optional=true").await.status, 200);
    assert_eq!(reader.get("/forward-auth?role=nobodys").await.status, 403);
    assert_eq!(reader.get("/forward-auth?roles=x").await.status, 400);
    let jar = std::mem::take(&mut reader.browser.jar);
    let page_load = [("accept", "text/html"), ("x-forwarded-uri", "/x")];
    assert_eq!(reader.send("GET", "/forward-auth", &page_load, None).await.status, 302);
    assert_eq!(reader.send("GET", "/forward-auth?redirect=false", &page_load, None).await.status, 401);
    reader.browser.jar = jar;
}

async fn ask_as_a_resource_server(reader: &mut Reader<'_>) {
    assert_eq!(reader.get("/revocations?since=x").await.status, 400);
    let token = reader.get("/token").await.json()["token"].clone();
    for path in ["/oauth2/introspect", "/oauth2/revoke", "/oauth2/introspect"] {
        let mut body = json!({"client_id": "api", "client_secret": "what-the-api-shows-itself-by-to-signet"});
        assert_eq!(reader.post(path, body.clone()).await.status, 400);
        body["token"] = token.clone();
        assert_eq!(reader.post(path, body.clone()).await.status, 200);
        body["client_secret"] = "another".into();
        assert_eq!(reader.post(path, body).await.status, 401);
    }
}

async fn read_the_description(reader: &mut Reader<'_>) {
    assert_eq!(reader.get("/open-api/generate-schema").await.json()["openapi"], "3.1.0");
    assert_eq!(reader.get("/reference").await.status, 200);
}

async fn be_refused(reader: &mut Reader<'_>) {
    let typed = [("content-type", JSON)];
    let elsewhere = [("content-type", JSON), ("origin", "https://evil.example")];
    assert_eq!(reader.send("POST", "/update-user", &elsewhere, Some(b"{}")).await.status, 403);
    assert_eq!(reader.send("POST", "/update-user", &typed, Some(b"{bad")).await.status, 400);
    assert_eq!(reader.send("POST", "/update-user", &[("content-type", "text/plain")], Some(b"{}")).await.status, 415);
    let large = vec![b' '; 64 * 1024];
    assert_eq!(reader.send("POST", "/sign-in/email", &typed, Some(&large)).await.status, 413);
    assert_eq!(reader.post("/sign-out", json!({"callbackURL": "https://evil.example"})).await.status, 403);
    assert_eq!(reader.post("/sign-out", json!({"callbackURL": 1})).await.status, 400);
}

async fn manage_keys<'s>(server: &'s Server, reader: &mut Reader<'s>) {
    assert_eq!(reader.get("/admin/jwks").await.status, 403);
    for path in ["/admin/configuration", "/admin/health"] {
        assert_eq!(reader.get(path).await.status, 403);
    }
    assert_eq!(reader.post("/admin/jwks/rotate", json!({})).await.status, 403);
    assert_eq!(reader.post("/admin/jwks/revoke", json!({"kid": "x"})).await.status, 403);
    let operator = server.browser().header("authorization", "Bearer an-admin-token-of-more-than-32-characters");
    let browser = std::mem::replace(&mut reader.browser, operator);
    for path in ["/admin/configuration", "/admin/health"] {
        assert_eq!(reader.get(path).await.status, 200);
    }
    let first = reader.get("/admin/jwks").await.json()["keys"][0]["kid"].clone();
    assert_eq!(reader.post("/admin/jwks/rotate", json!({})).await.status, 200);
    assert_eq!(reader.post("/admin/jwks/rotate", json!({"immediately": true})).await.status, 200);
    assert_eq!(reader.post("/admin/jwks/rotate", json!({"immediately": 1})).await.status, 400);
    assert_eq!(reader.post("/admin/jwks/revoke", json!({"kid": first})).await.status, 200);
    assert_eq!(reader.post("/admin/jwks/revoke", json!({"kid": "x"})).await.status, 404);
    for path in ["/admin/audit", "/admin/audit/export", "/admin/audit/counts"] {
        assert_eq!(reader.get(path).await.status, 200);
        assert_eq!(reader.get(&format!("{path}?since=yesterday")).await.status, 400);
    }
    reader.browser = server.browser();
    for path in ["/admin/jwks", "/admin/audit", "/admin/audit/export", "/admin/audit/counts"] {
        assert_eq!(reader.get(path).await.status, 401);
    }
    reader.browser = browser;
    for path in ["/admin/audit", "/admin/audit/export", "/admin/audit/counts"] {
        assert_eq!(reader.get(path).await.status, 403);
    }
}

async fn administer<'s>(server: &'s Server, reader: &mut Reader<'s>) {
    let bob = json!({"name": "Bob", "email": "bobby@example.com", "password": "correct horse Bob", "role": "user"});
    assert_eq!(reader.post("/admin/create-user", bob.clone()).await.status, 403);
    assert_eq!(reader.get("/admin/list-users").await.status, 403);
    let admin = "UPDATE {user} SET {user:role} = 'admin' WHERE {user.email} LIKE '%ada%' OR {user.name} LIKE 'Ada%'";
    server.sql(admin, &[]).await;
    let id = reader.post("/admin/create-user", bob.clone()).await.json()["user"]["id"].clone();
    assert_eq!(reader.post("/admin/create-user", bob).await.status, 400);
    let one = json!({"userId": id});
    let with = |name: &str, value: Value| {
        let mut body = one.clone();
        body[name] = value;
        body
    };
    assert_eq!(reader.get(&format!("/admin/get-user?id={}", id.as_str().unwrap())).await.status, 200);
    assert_eq!(reader.get("/admin/get-user?id=x").await.status, 404);
    assert_eq!(reader.get("/admin/get-user").await.status, 400);
    assert_eq!(reader.get("/admin/list-users?limit=1&offset=1&sortBy=email").await.json()["limit"], 1);
    assert_eq!(reader.get("/admin/list-users?searchField=x").await.status, 400);
    assert_eq!(reader.post("/admin/set-role", with("role", json!(["user", "staff"]))).await.status, 200);
    assert_eq!(reader.post("/admin/set-role", json!({"userId": "x", "role": "user"})).await.status, 404);
    let short = json!({"userId": id, "newPassword": "x"});
    assert_eq!(reader.post("/admin/set-user-password", short).await.status, 400);
    assert_eq!(reader.post("/admin/set-user-password", with("newPassword", json!("battery staple"))).await.status, 200);
    assert_eq!(reader.post("/admin/update-user", with("data", json!({"nickname": "bob"}))).await.status, 200);
    assert_eq!(reader.post("/admin/update-user", with("data", json!({}))).await.status, 400);
    assert_eq!(reader.post("/admin/stop-impersonating", json!({})).await.status, 400);
    assert_eq!(reader.post("/admin/impersonate-user", one.clone()).await.status, 200);
    assert_eq!(reader.post("/admin/stop-impersonating", json!({})).await.status, 200);
    assert_eq!(reader.post("/admin/list-user-sessions", one.clone()).await.status, 200);
    assert_eq!(reader.post("/admin/revoke-user-session", json!({"sessionToken": "x"})).await.status, 200);
    assert_eq!(reader.post("/admin/revoke-user-sessions", one.clone()).await.status, 200);
    assert_eq!(reader.post("/admin/ban-user", one.clone()).await.status, 200);
    assert_eq!(reader.post("/admin/impersonate-user", one.clone()).await.status, 403);
    assert_eq!(reader.post("/admin/unban-user", one.clone()).await.status, 200);
    let question = json!({"permissions": {"user": ["ban"]}});
    assert_eq!(reader.post("/admin/has-permission", question.clone()).await.json()["success"], true);
    assert_eq!(reader.post("/admin/has-permission", json!({"permission": {"user": ["ban"]}})).await.status, 400);
    assert_eq!(reader.post("/admin/remove-user", one.clone()).await.status, 200);
    assert_eq!(reader.post("/admin/remove-user", one).await.status, 404);
    let browser = std::mem::replace(&mut reader.browser, server.browser());
    assert_eq!(reader.post("/admin/has-permission", question).await.status, 401);
    assert_eq!(reader.get("/admin/list-users").await.status, 401);
    reader.browser = browser;
}

async fn end_sessions(reader: &mut Reader<'_>) {
    assert_eq!(reader.post("/revoke-session", json!({"token": "x"})).await.status, 200);
    assert_eq!(reader.post("/revoke-other-sessions", json!({})).await.status, 200);
    assert_eq!(reader.send("POST", "/revoke-sessions", &[], None).await.status, 200);
    assert_eq!(reader.get("/list-accounts").await.status, 401);
    assert_eq!(reader.get("/get-session").await.text(), "null");
    assert_eq!(reader.post("/sign-out", json!({})).await.status, 200);
}

/// As a program with its own cookies.
async fn use_the_token_api<'s>(server: &'s Server, reader: &mut Reader<'s>) {
    reader.browser = server.browser().without_origin();
    let mut eve = person("Eve");
    assert_eq!(reader.post("!/api/v1/user", eve.clone()).await.status, 422);
    eve["username"] = "eve".into();
    assert_eq!(reader.post("!/api/v1/user", eve).await.status, 201);
    for (body, status) in
        [("username=eve&password=correct+horse+Eve", 200), ("username=eve&password=x", 401), ("username=eve", 422)]
    {
        let answer = reader.send("POST", "!/api/v1/login", &[("content-type", FORM)], Some(body.as_bytes())).await;
        assert_eq!(answer.status, status);
    }
    let refreshed = reader.send("POST", "!/api/v1/refresh", &[], None).await;
    let bearer = format!("Bearer {}", refreshed.json()["access_token"].as_str().expect("a token"));
    let headers = [("authorization", bearer.as_str()), ("content-type", JSON)];
    for path in ["!/api/v1/user/me", "!/api/v1/auth/me"] {
        assert_eq!(reader.get(path).await.status, 401);
        assert_eq!(reader.send("GET", path, &headers, None).await.status, 200);
    }
    let rename = br#"{"name":"Eve E."}"#;
    for (method, body) in [("GET", None), ("PATCH", Some(&rename[..])), ("DELETE", None)] {
        assert_eq!(reader.send(method, "!/api/v1/user/ada", &headers, body).await.status, 403);
        assert_eq!(reader.send(method, "!/api/v1/user/eve", &[headers[1]], body).await.status, 401);
    }
    assert_eq!(reader.send("GET", "!/api/v1/user/eve", &headers, None).await.status, 200);
    assert_eq!(reader.send("PATCH", "!/api/v1/user/eve", &headers, Some(rename)).await.status, 200);
    assert_eq!(reader.send("PATCH", "!/api/v1/user/eve", &headers, Some(b"{}")).await.status, 422);
    assert_eq!(reader.send("POST", "!/api/v1/logout", &headers, None).await.status, 200);
    assert_eq!(reader.send("POST", "!/api/v1/logout", &headers, None).await.status, 401);
    assert_eq!(reader.send("POST", "!/api/v1/refresh", &[("cookie", "refresh_token=x")], None).await.status, 401);
    let form = b"username=eve%40example.com&password=correct+horse+Eve";
    let again = reader.send("POST", "!/api/v1/login", &[("content-type", FORM)], Some(form)).await;
    let bearer = format!("Bearer {}", again.json()["access_token"].as_str().expect("a token"));
    let deleted = reader.send("DELETE", "!/api/v1/user/eve", &[("authorization", &bearer)], None).await;
    assert_eq!(deleted.status, 200);
}

async fn delete_the_user(reader: &mut Reader<'_>) {
    assert_eq!(reader.post("/sign-in/email", person("Ada")).await.status, 200);
    assert_eq!(reader.post("/delete-user", json!({"token": "x"})).await.status, 404);
    assert_eq!(reader.post("/delete-user", json!({"password": "correct horse Ada"})).await.status, 200);
}
