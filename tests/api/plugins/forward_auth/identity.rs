//! As whom a request passes.

use serde_json::json;
use signet::store::Value;

use super::{IDENTITY, ON, ask, assert_denies, server};
use crate::harness::{Server, person};

#[actix_web::test]
async fn who_is_signed_in_passes_with_a_token_and_with_who_that_is() {
    let server = server().await;
    let mut ada = server.member("Ada").await;
    let user = ada.get("/get-session").await.json()["user"].clone();
    let answer = ask(&ada, "/forward-auth", &[]).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0), "{answer:?}");
    let told = IDENTITY.map(|name| answer.header(name).expect("it is there"));
    assert_eq!(&told[1..], [user["id"].as_str().unwrap(), "ada@example.com", "false", "user"]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = server.parts().house.tokens.as_ref().expect("the plugin is on");
    let claims = tokens.verify(tokens.default(), told[0].strip_prefix("Bearer ").expect("a bearer token"));
    assert_eq!(claims.expect("a good token").subject, user["id"].as_str().unwrap());
}

#[actix_web::test]
async fn nobody_is_denied_and_so_is_whoever_signed_out() {
    let server = server().await;
    assert_denies(&ask(&server.browser(), "/forward-auth", &[]).await, 401);
    let ada = server.member("Ada").await;
    assert_eq!(ask(&ada, "/forward-auth", &[]).await.status, 200);
    ada.clone().post("/sign-out", &json!({})).await;
    assert_denies(&ask(&ada, "/forward-auth", &[]).await, 401);
}

#[actix_web::test]
async fn a_template_is_the_one_that_is_named_also_one_that_no_browser_gets() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let tokens = server.parts().house.tokens.as_ref().expect("the plugin is on");
    for path in ["/forward-auth?template=tasks", "/forward-auth;template=tasks", "/forward-auth;template=tasks/x?y=z"] {
        let answer = ask(&ada, path, &[]).await;
        let token = answer.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).expect("a token");
        assert!(tokens.verify(tokens.template(Some("tasks")).unwrap(), token).is_ok(), "{path}");
        assert!(tokens.verify(tokens.default(), token).is_err(), "{path}");
    }
    assert_denies(&ask(&ada, "/forward-auth?template=nobodys", &[]).await, 400);
    assert_denies(&ask(&ada, "/forward-auth?template=staff", &[]).await, 403);
}

#[actix_web::test]
async fn a_role_is_asked_of_the_database_whatever_is_cached() {
    let cache = "\n[session.cookie_cache]\nenabled = true\n";
    let server = Server::with(&format!("{ON}{cache}")).await;
    let ada = server.member("Ada").await;
    assert_denies(&ask(&ada, "/forward-auth?role=admin", &[]).await, 403);
    server.sql("UPDATE {user} SET {user:role} = $1", &["user, admin".into()]).await;
    for path in ["/forward-auth?role=admin", "/forward-auth?role=owner,admin", "/forward-auth;role=admin/x"] {
        let answer = ask(&ada, path, &[]).await;
        assert_eq!((answer.status, answer.header("x-auth-roles")), (200, Some("user,admin")), "{path}");
    }
    assert_denies(&ask(&ada, "/forward-auth?role=owner", &[]).await, 403);
    assert_denies(&ask(&ada, "/forward-auth?role=Admin", &[]).await, 403);
    server.sql("UPDATE {user} SET {user:role} = $1", &["user".into()]).await;
    assert_denies(&ask(&ada, "/forward-auth?role=admin", &[]).await, 403);
}

#[actix_web::test]
async fn t28_an_ended_session_passes_only_where_the_cookie_cache_may_vouch_for_it() {
    for (more, status) in [
        ("", 401),
        ("[session.cookie_cache]\nenabled = true\n", 200),
        ("[session.cookie_cache]\nenabled = true\nalways_read = [\"/forward-auth\"]\n", 401),
    ] {
        let server = Server::with(&format!("{ON}\n{more}")).await;
        let ada = server.member("Ada").await;
        server.sql("DELETE FROM {session}", &[]).await;
        assert_eq!(ask(&ada, "/forward-auth", &[]).await.status, status, "{more}");
        assert_denies(&ask(&ada, "/forward-auth?disableCookieCache=true", &[]).await, 401);
    }
}

#[actix_web::test]
async fn a_session_that_is_due_is_extended_and_its_cookie_is_handed_on() {
    let server = server().await;
    let mut ada = server.member("Ada").await;
    server.wait(2 * 86_400);
    let answer = ada.get("/forward-auth").await;
    assert_eq!(answer.status, 200);
    let cookies = answer.cookies();
    assert!(cookies.iter().any(|line| line.starts_with("better-auth.session_token=")), "{cookies:?}");
    assert!(ada.get("/forward-auth").await.cookies().is_empty(), "it is extended once");
}

#[actix_web::test]
async fn t09_what_is_not_plain_is_percent_encoded_and_breaks_no_header() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let (email, role): (Value, Value) = ("zoë%\r\nX-Auth-Roles: admin@example.com".into(), "häus meister,b%".into());
    server.sql("UPDATE {user} SET {user:email} = $1, {user:role} = $2", &[email, role]).await;
    let answer = ask(&ada, "/forward-auth", &[]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-auth-email"), Some("zo%C3%AB%25%0D%0AX-Auth-Roles:%20admin@example.com"));
    assert_eq!(answer.header("x-auth-roles"), Some("h%C3%A4us%20meister,b%25"));
}

#[actix_web::test]
async fn what_a_client_says_of_itself_counts_for_nothing() {
    let server = server().await;
    let headers = [
        ("authorization", "Bearer x"),
        ("x-auth-user-id", "somebody"),
        ("x-auth-roles", "admin"),
        ("x-forward-auth-secret", "x"),
    ];
    assert_denies(&ask(&server.browser(), "/forward-auth", &headers).await, 401);
    let ada = server.member("Ada").await;
    let answer = ask(&ada, "/forward-auth", &headers).await;
    assert_eq!(answer.header("x-auth-roles"), Some("user"));
    assert_denies(&ask(&ada, "/forward-auth?role=admin", &headers).await, 403);
}

/// A proxy that copies what it finds leaves what it does not find as the client sent it.
#[actix_web::test]
async fn where_nobody_needs_to_be_signed_in_nobody_passes_as_nobody_and_every_header_is_there() {
    let server = server().await;
    let answer = ask(&server.browser(), "/forward-auth?optional=true", &[]).await;
    assert_eq!((answer.status, IDENTITY.map(|name| answer.header(name))), (200, [Some(""); 5]));
    let answer = ask(&server.member("Ada").await, "/forward-auth?optional=true", &[]).await;
    assert_eq!(answer.header("x-auth-email"), Some("ada@example.com"));
    assert!(answer.header("authorization").is_some_and(|token| token.starts_with("Bearer ey")));
}

#[actix_web::test]
async fn a_session_token_of_a_program_does_what_a_cookie_does_where_the_bearer_plugin_is_on() {
    let server = Server::with(&format!("{ON}\n[plugins.bearer]\nenabled = true")).await;
    server.member("Ada").await;
    let signed_in = server.browser().post("/sign-in/email", &person("Ada")).await;
    let token = signed_in.json()["token"].as_str().expect("a token").to_owned();
    let answer = ask(&server.browser(), "/forward-auth", &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(answer.header("x-auth-email"), Some("ada@example.com"));
    assert_ne!(answer.header("authorization"), Some(&*format!("Bearer {token}")), "the upstream gets no session");
}

#[actix_web::test]
async fn without_the_jwt_plugin_there_are_names_and_no_token() {
    let server = Server::with(&format!("{ON}\n[plugins.jwt]\nenabled = false")).await;
    let ada = server.member("Ada").await;
    let answer = ask(&ada, "/forward-auth", &[]).await;
    assert_eq!((answer.status, answer.header("authorization")), (200, Some("")));
    assert_eq!(answer.header("x-auth-email"), Some("ada@example.com"));
    assert_denies(&ask(&ada, "/forward-auth?template=tasks", &[]).await, 400);
}

/// The keys alone are gone: a request must not pass without the token that its upstream verifies.
#[actix_web::test]
async fn a_fault_denies() {
    let server = server().await;
    let ada = server.member("Ada").await;
    server.sql("DROP TABLE {session}", &[]).await;
    assert_denies(&ask(&ada, "/forward-auth", &[]).await, 500);
    assert_denies(&ask(&ada, "/forward-auth?optional=true", &[]).await, 500);
}
