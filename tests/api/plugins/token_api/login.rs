//! POST /login.

use serde_json::json;

use super::{ENABLED, FORM, PASSWORD, access_token, detail, log_in, me, payload, refresh, register, server};
use crate::harness::Server;
use crate::harness::browser::Answer;

async fn post(server: &Server, content_type: &str, body: &str) -> Answer {
    let mut program = server.browser().without_origin();
    program.send("POST", "!/api/v1/login", &[("content-type", content_type)], Some(body.as_bytes())).await
}

async fn form(server: &Server, username: &str, password: &str) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("username", username), ("password", password)])
        .finish();
    post(server, FORM.1, &body).await
}

#[actix_web::test]
async fn a_name_or_an_address_and_a_password_get_an_access_token_and_a_cookie() {
    let server = server("").await;
    for username in ["ada", "ADA", "ada@example.com", "Ada@Example.com"] {
        let answer = form(&server, username, PASSWORD).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["token_type"]), (200, &json!("bearer")), "{username} {answer:?}");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(2));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let [cookie] = answer.cookies()[..] else { panic!("one cookie: {answer:?}") };
        let (value, attributes) = cookie.split_once("; ").expect("attributes");
        assert_eq!(attributes, "Max-Age=604800; Path=/api/v1; HttpOnly; SameSite=Strict");
        assert_eq!(value.strip_prefix("refresh_token=").map(str::len), Some(43), "256 bits");
    }
}

#[actix_web::test]
async fn over_tls_the_cookie_is_secure() {
    let server = Server::with(&format!("base_url = \"https://auth.example.com\"\n{ENABLED}")).await;
    register(&server, "Ada").await;
    let answer = form(&server, "ada", PASSWORD).await;
    assert!(answer.cookies()[0].ends_with("; HttpOnly; Secure; SameSite=Strict"), "{answer:?}");
}

#[actix_web::test]
async fn a_form_may_be_multipart_as_a_script_sends_form_data() {
    let server = server("").await;
    let part =
        |name: &str, text: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let body = format!("{}{}--x--\r\n", part("username", "ada"), part("password", PASSWORD));
    assert_eq!(post(&server, "multipart/form-data; boundary=x", &body).await.status, 200);
    let twice = format!("{}{}", part("username", "ada"), body);
    for (content_type, body, status) in [
        ("multipart/form-data; boundary=x", twice.as_str(), 422),
        ("multipart/form-data; boundary=y", &body, 422),
        ("multipart/form-data", &body, 415),
        ("text/plain", "username=ada", 415),
    ] {
        let answer = post(&server, content_type, body).await;
        assert_eq!(answer.status, status, "{content_type} {answer:?}");
        assert!(!detail(&answer).is_null(), "{answer:?}");
    }
}

#[actix_web::test]
async fn the_access_token_lives_half_an_hour_and_names_itself_and_its_session() {
    let server = server("").await;
    let (mut browser, token) = log_in(&server, "ada").await;
    let said = payload(&token);
    let members: Vec<_> = said.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["iat", "jti", "sid", "sub", "exp", "iss", "aud"]);
    assert_eq!(said["exp"].as_i64().zip(said["iat"].as_i64()).map(|(exp, iat)| exp - iat), Some(1800));
    assert_eq!((&said["aud"], &said["iss"]), (&json!(server.origin()), &json!(server.origin())));
    let session = server.rows("SELECT {session.*} FROM {session}", &[]).await[0].text("session.id").expect("an id");
    assert_eq!(said["sid"], session);
    let next = payload(&access_token(&refresh(&mut browser).await));
    assert_eq!(next["sid"], session);
    assert_ne!(next["jti"], said["jti"]);
    server.wait(1800);
    assert_eq!(me(&server, &token).await.status, 401, "it has expired");
}

#[actix_web::test]
async fn a_template_of_the_deployment_says_what_access_tokens_are() {
    let template = "[plugins.jwt.templates.py]\nalgorithm = \"HS256\"\nsecret = \"a-secret-of-the-backends-of-32-bytes!!\"\n\
        expiration_time = \"5m\"\nroles = [\"user\"]\nclaims = { jti = \"{jti}\", sid = \"{session.id}\", mail = \"{user.email}\" }\n";
    let server = server(&format!("token_api.template = \"py\"\n{template}")).await;
    let (_, token) = log_in(&server, "ada").await;
    assert_eq!(payload(&token)["mail"], "ada@example.com");
    assert_eq!(me(&server, &token).await.status, 200);
    server.sql("UPDATE {user} SET {user:role} = $1", &["guest".into()]).await;
    let answer = form(&server, "ada", PASSWORD).await;
    assert_eq!((answer.status, answer.cookies().len()), (403, 0), "the template is for users alone");
}

#[actix_web::test]
async fn t16_whoever_it_is_not_is_told_one_thing_and_costs_one_hash() {
    let server = server("").await;
    for username in ["ada", "nobody", "ada@example.com", "nobody@example.com"] {
        let hashes = server.hashes();
        let answer = form(&server, username, "wrong horse").await;
        assert_eq!((answer.status, detail(&answer)), (401, json!("Incorrect username or password")), "{username}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!((server.hashes() - hashes, answer.cookies().len()), (1, 0));
    }
    let answer = form(&server, "not a name", PASSWORD).await;
    assert_eq!((answer.status, detail(&answer)), (401, json!("Incorrect username or password")));
}

#[actix_web::test]
async fn what_does_not_fit_is_422_as_fastapi_lists_it() {
    let server = server("").await;
    let answer = post(&server, FORM.1, "grant_type=implicit&password=x").await;
    assert_eq!(answer.status, 422);
    let place = |field: &str| json!(["body", field]);
    let places: Vec<_> = detail(&answer).as_array().expect("a list").iter().map(|fault| fault["loc"].clone()).collect();
    assert_eq!(places, [place("grant_type"), place("username")]);
    assert_eq!(post(&server, FORM.1, "").await.status, 422);
    assert_eq!(post(&server, FORM.1, "username=ada&username=bob&password=x").await.status, 422);
    assert_eq!(post(&server, "application/json", "{bad").await.status, 422);
    assert_eq!(form(&server, "ada", &"x".repeat(129)).await.status, 422);
    assert_eq!(form(&server, "ada", &"x".repeat(20_000)).await.status, 413);
}

#[actix_web::test]
async fn who_is_banned_or_has_not_verified_is_told_so_after_the_password_alone() {
    let server = server("").await;
    server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
    assert_eq!(form(&server, "ada", PASSWORD).await.status, 403);
    assert_eq!(form(&server, "ada", "wrong horse").await.status, 401);
    let toml = format!("{ENABLED}[mail]\ntransport = \"log\"\n[email_and_password]\nrequire_email_verification = true");
    let strict = server.replica(&toml).await;
    let answer = form(&strict, "ada", PASSWORD).await;
    assert_eq!((answer.status, detail(&answer)), (403, json!("Email not verified")));
    assert_eq!(server.count("session").await, 0);
}

#[actix_web::test]
async fn t19_logins_are_limited_by_client_and_by_name_in_fastapis_shape() {
    let server = server("[rate_limit]\nenabled = true\n").await;
    for status in [401, 401, 401, 429] {
        let answer = form(&server, "ada", "wrong horse").await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("retry-after").is_some(), status == 429);
        assert!(detail(&answer).is_string());
    }
}
