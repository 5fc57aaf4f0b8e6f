//! Who somebody is, only this server says: headers, cookies and tokens in either direction.

use super::Site;

#[actix_web::test]
async fn t68_no_identity_that_a_client_made_up_passes() {
    let site = Site::with("require_session = false", "").await;
    let made_up = [
        ("authorization", "Bearer made-up-by-the-client"),
        ("x-user-id", "1"),
        ("X-User-Email", "root@example.com"),
        ("x_user_id", "1"),
        ("x-auth-request-user", "root"),
        ("x-forwarded-user", "root"),
        ("x-forwarded-email", "root"),
        ("remote-user", "root"),
        ("x-remote-user", "root"),
        ("x-authentik-username", "root"),
        ("x-webauth-user", "root"),
        ("x-ms-client-principal", "root"),
        ("x-goog-authenticated-user-email", "root"),
        ("cf-access-jwt-assertion", "root"),
        ("x-ssl-client-cert", "root"),
        ("x-real-ip", "1.2.3.4"),
        ("x-original-url", "/admin"),
        ("x-rewrite-url", "/admin"),
        ("proxy-authorization", "Basic cm9vdA=="),
    ];
    for with_session in [false, true] {
        let mut browser = if with_session { site.ada().await } else { site.server.browser() };
        assert_eq!(browser.send("GET", "!/api/tasks", &made_up, None).await.status, 200);
        let got = site.last();
        for (name, value) in &got.headers {
            assert!(
                !value.contains("root") && !value.contains("made-up") && !value.contains("1.2.3.4"),
                "{name}: {value}"
            );
        }
        for (name, _) in &made_up[1..] {
            assert!(!got.has(&name.to_lowercase()), "{name}");
        }
        assert_eq!(got.has("authorization"), with_session);
        assert_eq!(got.headers.iter().filter(|(name, _)| name == "authorization").count(), usize::from(with_session));
    }
}

#[actix_web::test]
async fn t68_what_is_about_one_connection_stays_on_it() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let headers = [
        ("connection", "keep-alive, x-mine, cookie, Authorization, x-forwarded-for"),
        ("x-mine", "1"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers"),
        ("trailer", "x-a"),
        ("proxy-connection", "keep-alive"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABkAARAAAAAAAIAAAAA"),
        ("expect", "x"),
        ("x-kept", "1"),
    ];
    let answer = ada.send("GET", "!/api/tasks", &headers, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let got = site.last();
    for name in
        ["x-mine", "keep-alive", "te", "trailer", "proxy-connection", "upgrade", "http2-settings", "expect", "cookie"]
    {
        assert!(!got.has(name), "{name}: {got:?}");
    }
    assert!(got.has("x-kept") && got.has("authorization") && got.has("x-forwarded-for"), "{got:?}");
    site.upstream.answers(
        "HTTP/1.1 200 OK\nconnection: keep-alive, x-theirs\nx-theirs: 1\nkeep-alive: timeout=5\n\
         proxy-authenticate: Basic\nupgrade: h2\nalt-svc: h2=\":1\"\nx-kept: 1\ncontent-length: 0\n\n",
    );
    let answer = ada.get("!/api/tasks").await;
    assert_eq!(answer.header("x-kept"), Some("1"));
    for name in ["x-theirs", "keep-alive", "proxy-authenticate", "upgrade", "alt-svc"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
}

#[actix_web::test]
async fn t68_our_cookies_never_go_to_a_service_and_its_own_do() {
    for (more, name) in [
        ("", "better-auth.session_token"),
        ("advanced.cookie_prefix = \"acme\"\n", "acme.session_token"),
        ("[session.cookie_cache]\nenabled = true\n", "better-auth.session_data"),
        ("[advanced.cookies.session_token]\nname = \"sid\"\n", "sid"),
    ] {
        let site = Site::with("", more).await;
        let mut ada = site.ada().await;
        assert!(ada.jar.contains_key(name), "{:?}", ada.jar.keys());
        ada.jar.insert("theme".into(), "dark".into());
        ada.jar.insert(format!("{name}.0"), "chunk".into());
        ada.jar.insert(format!("__Secure-{name}"), "twin".into());
        assert_eq!(ada.get("!/api/tasks").await.status, 200, "{more}");
        assert_eq!(site.last().header("cookie"), Some("theme=dark"), "{more}");
        ada.jar.remove("theme");
        ada.get("!/api/tasks").await;
        assert!(!site.last().has("cookie"), "{more}");
    }
}

#[actix_web::test]
async fn t68_no_service_sets_or_clears_our_cookies() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let before = ada.jar.clone();
    site.upstream.answers(
        "HTTP/1.1 200 OK\nset-cookie: better-auth.session_token=evil; Path=/\nset-cookie: theme=dark; Path=/\n\
         set-cookie: __Secure-better-auth.session_token=evil; Secure\nset-cookie: better-auth.session_data.0=evil\n\
         set-cookie: better-auth.session_token=; Max-Age=0\nset-cookie: =better-auth.session_token=evil\n\
         clear-site-data: \"cache\", \"cookies\"\ncontent-length: 0\n\n",
    );
    let answer = ada.get("!/api/tasks").await;
    assert_eq!(answer.cookies(), ["theme=dark; Path=/"]);
    assert_eq!(answer.header("clear-site-data"), None);
    for (name, value) in &before {
        assert_eq!(ada.jar.get(name), Some(value));
    }
}

#[actix_web::test]
async fn t68_no_header_of_an_answer_shows_the_token() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    ada.get("!/api/tasks").await;
    let token = site.last().token().expect("a token").to_owned();
    site.upstream.answers(&format!(
        "HTTP/1.1 200 OK\nx-echo: Bearer {token}\nset-cookie: echo={token}\nauthorization: Bearer {token}\n\
         location: /?token={token}\nx-kept: 1\ncontent-length: 0\n\n"
    ));
    let answer = ada.get("!/api/tasks").await;
    assert_eq!(answer.header("x-kept"), Some("1"));
    for (name, value) in &answer.headers {
        assert!(!value.contains(&token), "{name}");
    }
    assert_eq!(answer.header("set-auth-jwt"), None);
}

#[actix_web::test]
async fn t68_the_audience_of_a_token_is_its_service() {
    let tasks = crate::harness::upstream::Upstream::start().await;
    let notes = crate::harness::upstream::Upstream::start().await;
    let template = |name: &str| format!("[plugins.jwt.templates.{name}]\naudience = \"https://{name}.internal\"\n");
    let toml = [
        tasks.route("/tasks", "template = \"tasks\""),
        notes.route("/notes", "template = \"notes\""),
        template("tasks"),
        template("notes"),
    ];
    let server = crate::harness::Server::with(&toml.join("\n")).await;
    let mut ada = server.member("Ada").await;
    for (path, upstream, audience) in
        [("!/tasks", &tasks, "https://tasks.internal"), ("!/notes", &notes, "https://notes.internal")]
    {
        ada.get(path).await;
        assert_eq!(upstream.last().claims()["aud"], audience);
    }
}

#[actix_web::test]
async fn t68_where_a_request_comes_from_is_told_by_us() {
    let site = Site::with("", "advanced.ip_address.trusted_proxies = [\"10.0.0.0/8\"]\n").await;
    let mut ada = site.ada().await;
    let given = [("x-forwarded-for", "198.51.100.7"), ("x-forwarded-host", "evil.example"), ("host", "evil.example")];
    ada.send("GET", "!/api/tasks", &given, None).await;
    let got = site.last();
    // This test's own address is on this machine, so that it is believed as a proxy is.
    assert_eq!(got.header("x-forwarded-for"), Some("198.51.100.7, 127.0.0.1"));
    assert_eq!(got.header("x-forwarded-host"), Some("localhost:3000"));
    assert_eq!(got.header("x-forwarded-proto"), Some("http"));
    assert_eq!(got.header("forwarded"), Some("for=127.0.0.1;host=\"localhost:3000\";proto=http"));
    assert_eq!(got.header("via"), Some("1.1 signet"));
}

#[actix_web::test]
async fn t68_an_operator_drops_further_headers() {
    let site = Site::with("drop_headers = [\"X-Tenant\"]", "").await;
    let mut ada = site.ada().await;
    ada.send("GET", "!/api/tasks", &[("x-tenant", "other"), ("x-kept", "1")], None).await;
    assert!(!site.last().has("x-tenant") && site.last().has("x-kept"));
}

#[actix_web::test]
async fn t68_a_cache_before_us_keeps_no_answer_for_others() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    assert_eq!(ada.get("!/api/tasks").await.header("cache-control"), Some("private"));
    site.upstream.answers("HTTP/1.1 200 OK\ncache-control: public, max-age=60\ncontent-length: 0\n\n");
    assert_eq!(
        ada.get("!/api/tasks").await.header("cache-control"),
        Some("public, max-age=60"),
        "what the service says"
    );
}

#[actix_web::test]
async fn t68_pages_elsewhere_read_no_answer_that_came_with_cookies() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    site.upstream.answers(
        "HTTP/1.1 200 OK\naccess-control-allow-origin: https://evil.example\naccess-control-allow-credentials: true\n\
         content-length: 0\n\n",
    );
    let answer = ada.send("GET", "!/api/tasks", &[("origin", "https://evil.example")], None).await;
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let answer = ada.send("GET", "!/api/tasks", &[("origin", "http://localhost:3000")], None).await;
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
}
