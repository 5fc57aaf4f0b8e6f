//! Who may ask for what: every route of the router, asked by everybody.

use actix_web::http::Method;
use serde_json::json;
use signet::http::endpoint::Endpoint;
use signet::store::Value;

use super::routes::{EVERYTHING, fitting, is_strict, query, sent};
use crate::harness::{Browser, Server};

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Anybody may.
    Nothing,
    /// A session, whoever's it is.
    Session,
    /// An admin: by a token, or by a session that is the admin's own.
    Admin,
    /// A session of an admin's own: a token of `[admin] tokens` is for the keys alone.
    Staff,
}

/// A new route needs its line here.
pub fn asks(route: &Endpoint) -> Asks {
    match &*route.path {
        "/ok" | "/error" | "/jwks" | "/.well-known/jwks.json" => Asks::Nothing,
        "/open-api/generate-schema" | "/reference" => Asks::Nothing,
        "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => Asks::Nothing,
        // The feed of digests is everybody's. Resource servers show themselves by secrets of their own.
        "/revocations" | "/oauth2/introspect" | "/oauth2/revoke" => Asks::Nothing,
        "/sign-up/email" | "/sign-in/email" | "/sign-out" | "/get-session" => Asks::Nothing,
        "/sign-in/username" | "/is-username-available" => Asks::Nothing,
        // Whoever signs in at a provider is nobody yet, and comes back with a state of their own.
        "/sign-in/social" | "/callback/:id" => Asks::Nothing,
        // What they ask for is a token of their own.
        "/verify-email" | "/send-verification-email" | "/request-password-reset" => Asks::Nothing,
        "/reset-password" | "/reset-password/:token" => Asks::Nothing,
        // Without the token that only a mail brings it is not there for anybody.
        "/delete-user/callback" => Asks::Nothing,
        "/token" | "/list-sessions" | "/revoke-session" | "/revoke-sessions" | "/revoke-other-sessions" => {
            Asks::Session
        }
        "/update-session" | "/update-user" | "/change-password" | "/verify-password" | "/delete-user" => Asks::Session,
        "/change-email" => Asks::Session,
        "/list-accounts" | "/unlink-account" | "/link-social" => Asks::Session,
        "/forward-auth" => Asks::Session,
        "/get-access-token" | "/refresh-token" | "/account-info" => Asks::Session,
        "/admin/jwks" | "/admin/jwks/rotate" | "/admin/jwks/revoke" => Asks::Admin,
        "/admin/configuration" | "/admin/health" => Asks::Admin,
        // Without the token that an empty server prints it makes nobody an admin.
        "/admin/setup" => Asks::Nothing,
        "/admin/audit" | "/admin/audit/export" | "/admin/audit/counts" => Asks::Admin,
        "/list-activity" => Asks::Session,
        "/admin/stop-impersonating" | "/admin/has-permission" => Asks::Session,
        path if path.starts_with("/admin/") => Asks::Staff,
        path => panic!("{path} is new: say here who may ask for it"),
    }
}

/// Whether a route that asks for a session may go by the cookie cache. A new one needs its line here: what hands out rights,
/// takes sessions away or changes how somebody signs in reads the database.
fn goes_by_the_cache(route: &Endpoint) -> bool {
    match &*route.path {
        "/token" | "/list-sessions" | "/list-accounts" | "/unlink-account" => true,
        // Where no role is asked for.
        "/forward-auth" => true,
        // What they write is the user's own, or a row that is gone.
        "/update-user" | "/update-session" => true,
        "/revoke-session" | "/revoke-sessions" | "/revoke-other-sessions" => false,
        "/link-social" | "/get-access-token" | "/refresh-token" | "/account-info" => false,
        "/change-email" | "/change-password" | "/verify-password" | "/delete-user" => false,
        // Addresses and devices.
        "/list-activity" => false,
        "/admin/jwks" | "/admin/jwks/rotate" | "/admin/jwks/revoke" => false,
        path if path.starts_with("/admin/") => false,
        path => panic!("{path} is new: say here whether it goes by the cookie cache"),
    }
}

#[actix_web::test]
async fn t28_an_ended_session_in_the_cookie_cache_is_good_where_it_says_here_and_nowhere_else() {
    for strategy in ["compact", "jwt", "jwe"] {
        let cache = format!("[session.cookie_cache]\nenabled = true\nstrategy = \"{strategy}\"\n");
        let server = Server::with(&format!("{EVERYTHING}\n{cache}")).await;
        for route in server.endpoints().iter().filter(|route| asks(route) != Asks::Nothing) {
            let mut browser = server.browser();
            browser.post("/sign-up/email", &crate::harness::person("Ada")).await;
            browser.post("/sign-in/email", &crate::harness::person("Ada")).await;
            server.sql("DELETE FROM {session}", &[]).await;
            let body = (route.method != Method::GET).then(|| fitting(route).to_string());
            let headers = [("content-type", "application/json")];
            let given = body.as_deref().map(str::as_bytes);
            let answer = browser
                .send(route.method.as_str(), &format!("{}?{}", sent(route), query(route)), &headers, given)
                .await;
            // Its row is what it changes, and that is gone.
            let refused = !goes_by_the_cache(route) || &*route.path == "/update-session";
            assert_eq!(answer.status == 401, refused, "{strategy}: {} {}", route.method, route.path);
            assert_eq!(browser.jar.is_empty(), refused, "{strategy}: {}", route.path);
        }
    }
}

#[actix_web::test]
async fn t28_no_route_goes_by_the_cookie_cache_where_all_are_to_read() {
    let cache = "[session.cookie_cache]\nenabled = true\nalways_read = [\"*\"]\n";
    let server = Server::with(&format!("{EVERYTHING}\n{cache}")).await;
    let member = server.member("Ada").await;
    server.sql("DELETE FROM {session}", &[]).await;
    for route in server.endpoints().iter().filter(|route| asks(route) != Asks::Nothing) {
        let body = (route.method != Method::GET).then(|| fitting(route).to_string());
        let headers = [("content-type", "application/json")];
        let given = body.as_deref().map(str::as_bytes);
        let answer = member
            .clone()
            .send(route.method.as_str(), &format!("{}?{}", sent(route), query(route)), &headers, given)
            .await;
        assert_eq!(answer.status, 401, "{} {}", route.method, route.path);
    }
}

/// Everybody there is, and whether each has a session and is an admin.
const EVERYBODY: [(&str, bool, bool); 8] = [
    ("nobody", false, false),
    ("somebody with a cookie that is not signed", false, false),
    ("a user", true, false),
    ("an admin", true, true),
    ("an admin who is one no longer", true, false),
    ("an admin who is banned", true, false),
    ("an impersonation of an admin", true, false),
    ("a program with an admin token", false, true),
];

const TOKEN: &str = "an-admin-token-of-more-than-32-characters";

/// One of everybody, under a name of their own.
async fn browser<'s>(server: &'s Server, who: &str, name: &str) -> Browser<'s> {
    let set = async |table: &str, column: &str, value: Value| {
        let owner = if table == "user" { "id" } else { "userId" };
        let template = format!(
            "UPDATE {{{table}}} SET {{{table}:{column}}} = $1 WHERE {{{table}.{owner}}} IN \
             (SELECT {{user.id}} FROM {{user}} WHERE {{user.name}} = $2)"
        );
        assert_eq!(server.sql(&template, &[value, name.into()]).await, 1);
    };
    let mut member = server.member(name).await;
    match who {
        "nobody" => server.browser(),
        "a program with an admin token" => server.browser().header("authorization", &format!("Bearer {TOKEN}")),
        "somebody with a cookie that is not signed" => {
            for value in member.jar.values_mut() {
                *value = value.split('.').next().unwrap_or_default().to_owned();
            }
            member
        }
        _ => {
            match who {
                "an admin" => {}
                "a user" | "an admin who is one no longer" => set("user", "role", "user".into()).await,
                "an admin who is banned" => set("user", "banned", true.into()).await,
                "an impersonation of an admin" => set("session", "impersonatedBy", "another".into()).await,
                who => panic!("{who} is new: say here who that is"),
            }
            member
        }
    }
}

/// The status of somebody's request.
async fn status(server: &Server, who: &str, name: &str, route: &Endpoint) -> u16 {
    let mut browser = browser(server, who, name).await;
    let body = (route.method != Method::GET).then(|| {
        let body = fitting(route).to_string().replace("correct horse Ada", &format!("correct horse {name}"));
        body.replace("ada@", &format!("{}@", name.to_lowercase())).replace("eve@", &format!("eve-{name}@"))
    });
    let headers = [("content-type", "application/json")];
    let path = format!("{}?{}", sent(route), query(route));
    let answer = browser.send(route.method.as_str(), &path, &headers, body.as_deref().map(str::as_bytes)).await;
    answer.status
}

async fn server() -> Server {
    Server::with(&format!("{EVERYTHING}\n[admin]\ntokens = [\"{TOKEN}\"]\n")).await
}

#[actix_web::test]
async fn t80_every_route_lets_in_whom_it_should_and_nobody_else() {
    let server = server().await;
    for (nth, route) in server.endpoints().iter().enumerate() {
        for (number, (who, has_session, is_admin)) in EVERYBODY.into_iter().enumerate() {
            let expected = match asks(route) {
                Asks::Nothing => continue,
                Asks::Session if !has_session => &[401][..],
                Asks::Admin if is_admin => &[200, 404],
                Asks::Admin if has_session => &[403],
                Asks::Admin => &[401],
                Asks::Staff if has_session && is_admin => &[200, 400, 404],
                Asks::Staff if has_session => &[403],
                Asks::Staff => &[401],
                // Its body asks for a new session, which a ban forbids.
                Asks::Session if &*route.path == "/change-password" && who.ends_with("banned") => &[403],
                Asks::Session => &[200, 302, 400, 404],
            };
            let status = status(&server, who, &format!("Ada{nth}x{number}"), route).await;
            assert!(expected.contains(&status), "{} {} for {who}: {status}", route.method, route.path);
        }
    }
}

#[actix_web::test]
async fn t80_what_anybody_may_ask_for_is_the_same_for_everybody() {
    let server = server().await;
    for (nth, route) in server.endpoints().iter().enumerate().filter(|(_, route)| asks(route) == Asks::Nothing) {
        let mut statuses = Vec::new();
        for (number, (who, _, _)) in EVERYBODY.into_iter().enumerate() {
            // Whoever is banned opens no session, and that is what a ban is for.
            if who != "an admin who is banned" || &*route.path != "/sign-in/email" {
                statuses.push(status(&server, who, &format!("Ada{nth}x{number}"), route).await);
            }
        }
        assert!(statuses.iter().all(|status| *status == statuses[0]), "{} {}: {statuses:?}", route.method, route.path);
    }
}

/// CVE-2025-61928: a body that names a user is no session.
#[actix_web::test]
async fn t80_a_user_id_in_a_body_or_a_query_stands_in_for_no_session() {
    let server = Server::with(EVERYTHING).await;
    server.member("Ada").await;
    let id = server.rows("SELECT {user.*} FROM {user}", &[]).await[0].text("user.id").expect("an id");
    for route in server.endpoints().iter().filter(|route| asks(route) != Asks::Nothing) {
        let mut body = if route.method == Method::GET { json!({}) } else { fitting(route) };
        let names = ["userId", "user_id", "id", "user", "session"];
        for name in &names[..if is_strict(route) { 1 } else { names.len() }] {
            body[*name] = id.as_str().into();
        }
        let more = if is_strict(route) { "" } else { &format!("&user={id}") };
        let path = format!("{}?{}&userId={id}{more}", sent(route), query(route));
        let headers = [("content-type", "application/json")];
        let text = body.to_string();
        let given = (route.method != Method::GET).then_some(text.as_bytes());
        let answer = server.browser().send(route.method.as_str(), &path, &headers, given).await;
        // A proxy's options are its own, and any other denies.
        let refusal = if &*route.path == "/forward-auth" { 400 } else { 401 };
        assert_eq!(answer.status, refusal, "{} {path}", route.method);
    }
}
