//! The feed of what was revoked: `/revocations`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use serde_json::{Value, json};
use signet::crypto::jose::{Algorithm, PublicJwk, Verifier};
use signet::store::revocation::{MARGIN, digest_of};
use signet::store::values;

use crate::harness::browser::Answer;
use crate::harness::{Browser, Server, load, person};

const FEED: &str = r#"
    [plugins.revocations]
    enabled = true
    [plugins.jwt.templates.api]
    audience = "https://api.example.com"
    claims = { sid = "{session.id}", jti = "{jti}" }
"#;
const SECRET: &str = "what-the-api-shows-itself-by-to-signet";

/// The claims of a list that verifies as the documentation says.
async fn opened(server: &Server, answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/jwt")), "{answer:?}");
    let token = answer.text();
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    let (header, payload) = message.split_once('.').expect("a payload");
    let json = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    let (header, claims) = (json(header), json(payload));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("revocations+jwt"), &json!("EdDSA")));
    let keys = server.browser().get("/jwks").await.json();
    let keys = keys["keys"].as_array().expect("keys");
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).expect("the key is published");
    let key = PublicJwk::parse(&key.to_string(), Algorithm::EdDSA).expect("a public key");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    assert!(Verifier::new(&key).expect("a verifier").verifies(message.as_bytes(), &signature));
    let (iat, now) = (claims["iat"].as_i64().expect("iat"), server.now().seconds());
    assert!((now - 5..=now).contains(&iat) && claims["exp"] == iat + 60, "{claims}");
    assert_eq!(claims["iss"], server.origin());
    claims
}

/// A client of the feed, as the documentation describes it.
struct Reader<'s> {
    server: &'s Server,
    cursor: Option<String>,
    known: BTreeMap<&'static str, BTreeMap<String, i64>>,
    /// What it has loaded, headers included.
    bytes: usize,
    pages: usize,
}

impl<'s> Reader<'s> {
    fn new(server: &'s Server) -> Self {
        Self { server, cursor: None, known: BTreeMap::new(), bytes: 0, pages: 0 }
    }

    /// The same client, whose next requests reach another replica.
    fn at(self, server: &'s Server) -> Self {
        Self { server, ..self }
    }

    fn query(&self) -> String {
        self.cursor.as_ref().map_or_else(String::new, |cursor| format!("since={cursor}"))
    }

    async fn read(&mut self, more: &str) {
        let mut refused = 0;
        loop {
            let answer = self.server.browser().get(&format!("/revocations?{}{more}", self.query())).await;
            // A client that is told to come back later does, a few times.
            if answer.status == 503 && refused < 200 {
                refused += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            let claims = opened(self.server, &answer).await;
            let headers: usize = answer.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
            self.bytes += answer.body.len() + headers;
            self.pages += 1;
            for kind in ["sid", "jti"] {
                for (until, digests) in claims["revoked"][kind].as_object().expect("an object") {
                    let until = until.parse().expect("seconds");
                    for digest in digests.as_array().expect("a list") {
                        let digest = digest.as_str().expect("a text").to_owned();
                        let twice = self.known.entry(kind).or_default().insert(digest, until);
                        assert!(twice.is_none(), "an entry came twice: {claims}");
                    }
                }
            }
            self.cursor = Some(claims["next"].as_str().expect("a cursor").to_owned());
            if claims["more"] == false {
                break;
            }
        }
    }

    /// Reads until it knows a digest; how long that took.
    async fn learn(&mut self, kind: &str, name: &str) -> Duration {
        let begun = Instant::now();
        while !self.knows(kind, name) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{kind} {name} never came: {:?}", self.known);
            self.read("").await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        begun.elapsed()
    }

    fn knows(&self, kind: &str, name: &str) -> bool {
        self.known.get(kind).is_some_and(|known| known.contains_key(&digest_of(name)))
    }

    fn count(&self) -> usize {
        self.known.values().map(BTreeMap::len).sum()
    }
}

async fn sid(browser: &mut Browser<'_>) -> String {
    browser.get("/get-session").await.json()["session"]["id"].as_str().expect("an id").to_owned()
}

#[actix_web::test]
async fn a_session_that_ended_is_listed_until_no_token_of_it_lives() {
    let server = Server::with(FEED).await;
    let mut reader = Reader::new(&server);
    reader.read("").await;
    assert_eq!(reader.count(), 0);
    let mut ada = server.member("Ada").await;
    let sid = sid(&mut ada).await;
    assert_eq!(ada.post("/sign-out", &json!({})).await.status, 200);
    reader.learn("sid", &sid).await;
    let until = server.now().plus_seconds(900 + MARGIN).plus_millis(999).seconds();
    assert_eq!(reader.known["sid"][&digest_of(&sid)], until);
    assert!(!reader.known.contains_key("jti"));
    reader.read("").await;
    assert_eq!(reader.count(), 1, "with its cursor a reader gets nothing twice");
    let mut late = Reader::new(&server);
    late.read("").await;
    assert_eq!(late.known, reader.known);
    server.wait(900 + u64::try_from(MARGIN).expect("a span"));
    let mut late = Reader::new(&server);
    late.read("").await;
    assert_eq!(late.count(), 0);
}

#[actix_web::test]
async fn every_session_that_ends_is_listed_and_no_other() {
    let server = Server::with(FEED).await;
    let (mut ended, mut alive) = (Vec::new(), Vec::new());
    let sign_in = async || {
        let mut browser = server.browser();
        assert_eq!(browser.post("/sign-in/email", &person("Ada")).await.status, 200);
        let sid = sid(&mut browser).await;
        (browser, sid)
    };
    let mut first = server.member("Ada").await;
    let (mut second, second_sid) = sign_in().await;
    let (_, third_sid) = sign_in().await;
    let token = first
        .get("/list-sessions")
        .await
        .json()
        .as_array()
        .expect("a list")
        .iter()
        .find(|session| session["id"] == json!(third_sid))
        .expect("it is there")["token"]
        .clone();
    assert_eq!(first.post("/revoke-session", &json!({ "token": token })).await.status, 200);
    ended.push(third_sid);
    ended.push(sid(&mut first).await);
    assert_eq!(second.post("/revoke-other-sessions", &json!({})).await.status, 200);
    ended.push(second_sid);
    let change = json!({ "currentPassword": "correct horse Ada", "newPassword": "correct horse Ada",
        "revokeOtherSessions": true });
    assert_eq!(second.post("/change-password", &change).await.status, 200);
    alive.push(sid(&mut second).await);
    let (_, fifth) = sign_in().await;
    alive.push(fifth);
    let mut reader = Reader::new(&server);
    for sid in &ended {
        reader.learn("sid", sid).await;
    }
    assert_eq!(reader.count(), ended.len());
    assert!(alive.iter().all(|sid| !reader.knows("sid", sid)));
    assert_eq!(second.post("/revoke-sessions", &json!({})).await.status, 200);
    for sid in &alive {
        reader.learn("sid", sid).await;
    }
    assert_eq!(reader.count(), ended.len() + alive.len());
}

#[actix_web::test]
async fn a_session_ended_on_one_of_three_replicas_is_soon_in_the_feed_of_each() {
    let one = Server::with(FEED).await;
    let (two, three) = (one.replica(FEED).await, one.replica(FEED).await);
    let replicas = [&one, &two, &three];
    let mut readers: Vec<_> = replicas.iter().map(|server| Reader::new(server)).collect();
    let mut wanderer = Reader::new(&one);
    for (number, server) in replicas.iter().enumerate() {
        let mut member = server.member(&format!("Ada{number}")).await;
        let sid = sid(&mut member).await;
        assert_eq!(member.post("/sign-out", &json!({})).await.status, 200);
        let begun = Instant::now();
        for took in join_all(readers.iter_mut().map(|reader| reader.learn("sid", &sid))).await {
            // Three at the most, where the machine is not busy.
            assert!(took < Duration::from_secs(12), "{took:?}");
        }
        wanderer = wanderer.at(replicas[number]);
        wanderer.learn("sid", &sid).await;
        assert!(begun.elapsed() < Duration::from_secs(16));
    }
    // A cursor of one replica is good at the others.
    assert_eq!(wanderer.count(), 3);
    for server in replicas {
        wanderer = wanderer.at(server);
        wanderer.read("").await;
    }
    assert_eq!(wanderer.count(), 3);
}

#[actix_web::test]
async fn a_revoked_token_is_listed_by_its_jti() {
    let server = Server::with(&format!("{FEED}\n[resource_servers.api]\nsecret = \"{SECRET}\"")).await;
    let mut ada = server.member("Ada").await;
    let token = ada.get("/token?template=api").await.json()["token"].as_str().expect("a token").to_owned();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("a payload")).expect("base64url");
    let claims: Value = serde_json::from_slice(&payload).expect("JSON");
    let default = ada.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    let mut reader = Reader::new(&server);
    for (token, name) in
        [(&token, claims["jti"].as_str().expect("a jti")), (&default, default.rsplit_once('.').expect("parts").0)]
    {
        let form = format!("token={token}&client_id=api&client_secret={SECRET}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = server.browser().send("POST", "/oauth2/revoke", &headers, Some(form.as_bytes())).await;
        assert_eq!(answer.status, 200);
        reader.learn("jti", name).await;
        let until = claims["exp"].as_i64().expect("exp") + MARGIN;
        assert_eq!(reader.known["jti"][&digest_of(name)], until);
    }
    assert_eq!(reader.count(), 2);
}

#[actix_web::test]
async fn whoever_waits_is_answered_when_there_is_news_or_when_the_time_is_over() {
    let server = Server::with(FEED).await;
    let begun = Instant::now();
    let mut reader = Reader::new(&server);
    reader.read("&wait=1").await;
    assert!((900..20_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    let mut ada = server.member("Ada").await;
    let sid = sid(&mut ada).await;
    let waits = async {
        let begun = Instant::now();
        reader.read("&wait=25").await;
        begun.elapsed()
    };
    let ends = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(ada.post("/sign-out", &json!({})).await.status, 200);
    };
    let (waited, ()) = futures_util::future::join(waits, ends).await;
    assert!((400..20_000).contains(&waited.as_millis()), "{waited:?}");
    assert!(reader.knows("sid", &sid));
    let begun = Instant::now();
    Reader::new(&server).read("&wait=25").await;
    assert!(begun.elapsed() < Duration::from_secs(20), "there is news already");
}

#[actix_web::test]
async fn those_who_wait_cost_no_statement() {
    let server = Server::with(FEED).await;
    let before = (server.statements().await, Instant::now());
    let waiting = join_all((0..100).map(|_| async { Reader::new(&server).read("&wait=3").await }));
    waiting.await;
    let seconds = before.1.elapsed().as_secs() + 1;
    let spent = server.statements().await - before.0;
    // The keeper's two seconds, the feed's one.
    assert!(spent <= seconds * 4, "{spent} statements in {seconds} s");
}

#[actix_web::test]
async fn an_answer_has_a_tag_and_may_be_kept_for_a_second_unless_somebody_waited_for_it() {
    let server = Server::with(FEED).await;
    let mut browser = server.browser();
    let first = browser.get("/revocations").await;
    let tag = first.header("etag").expect("a tag").to_owned();
    assert_eq!(first.header("cache-control"), Some("public, max-age=1"));
    let again = browser.send("GET", "/revocations", &[("if-none-match", &tag)], None).await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())));
    let other = browser.send("GET", "/revocations", &[("if-none-match", "\"other\"")], None).await;
    assert_eq!((other.status, other.body), (200, first.body));
    let head = browser.send("HEAD", "/revocations", &[], None).await;
    assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(tag.as_str())));
    let waited = browser.get("/revocations?wait=0").await;
    assert_eq!(waited.header("cache-control"), Some("no-store"));
    server.wait(6);
    let later = browser.get("/revocations").await;
    assert_ne!(later.header("etag"), Some(tag.as_str()), "it says anew that this is still all");
    opened(&server, &later).await;
}

#[actix_web::test]
async fn what_is_no_cursor_and_no_number_of_seconds_is_refused() {
    let server = Server::with(FEED).await;
    for (query, place) in [
        ("since=", "query.since"),
        ("since=x", "query.since"),
        ("since=-1", "query.since"),
        ("since=%2B1", "query.since"),
        ("since=99999999999999999999", "query.since"),
        ("since=9223372036854775808", "query.since"),
        ("wait=soon", "query.wait"),
        ("wait=1.5", "query.wait"),
    ] {
        let answer = server.browser().get(&format!("/revocations?{query}")).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{query}");
        assert!(answer.text().contains(place), "{answer:?}");
    }
    // A cursor from a server whose clock is ahead is kept.
    let answer = server.browser().get("/revocations?since=9223372036854775807").await;
    assert_eq!(opened(&server, &answer).await["next"], "9223372036854775807");
}

#[actix_web::test]
async fn while_the_database_is_away_nobody_is_told_that_there_is_no_news() {
    let server = Server::with(FEED).await;
    server.store().close().await;
    let begun = Instant::now();
    let answer = loop {
        let answer = server.browser().get("/revocations").await;
        if answer.status != 200 || begun.elapsed() > Duration::from_secs(30) {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!((answer.status, answer.code().as_deref()), (503, Some("SERVICE_UNAVAILABLE")), "{answer:?}");
    assert!(answer.header("retry-after").is_some());
    assert!(begun.elapsed() > Duration::from_secs(3), "a short absence is nobody's concern");
    let begun = Instant::now();
    assert_eq!(server.browser().get("/revocations?wait=25").await.status, 503);
    assert!(begun.elapsed() < Duration::from_secs(20), "nobody waits for what cannot come");
}

#[actix_web::test]
async fn where_it_is_not_public_only_resource_servers_read_it() {
    let more = format!("public = false\n[resource_servers.api]\nsecret = \"{SECRET}\"");
    let server = Server::with(&FEED.replacen("enabled = true", &format!("enabled = true\n{more}"), 1)).await;
    let basic = |secret: &str| format!("Basic {}", STANDARD.encode(format!("api:{secret}")));
    for authorization in [None, Some(basic("another")), Some(format!("Bearer {SECRET}"))] {
        let headers: Vec<_> = authorization.iter().map(|value| ("authorization", value.as_str())).collect();
        let answer = server.browser().send("GET", "/revocations", &headers, None).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")));
        assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Basic ")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = server.browser().send("GET", "/revocations", &[("authorization", &basic(SECRET))], None).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
}

#[actix_web::test]
async fn no_session_is_listed_where_no_token_names_one_or_nobody_reads() {
    for toml in ["[plugins.revocations]\nenabled = true", "[plugins.jwt.templates.api.claims]\nsid = \"{session.id}\""]
    {
        let server = Server::with(toml).await;
        let mut least = u64::MAX;
        for name in ["Ada", "Bob", "Eve"] {
            let mut one = server.member(name).await;
            let before = server.statements().await;
            assert_eq!(one.post("/sign-out", &json!({})).await.status, 200);
            // The background may have asked something meanwhile.
            least = least.min(server.statements().await - before);
        }
        assert!(least <= 4, "it costs what it did: {least}");
        assert_eq!(server.count("signet_revocation").await, 0, "{toml}");
        let status = server.browser().get("/revocations").await.status;
        assert_eq!(status, if toml.contains("revocations") { 200 } else { 404 });
    }
    let server = Server::with(
        "[plugins.revocations]\nenabled = true\n[plugins.jwt.jwt.claims]\nsession = { id = \"{session.id}\" }",
    )
    .await;
    let mut ada = server.member("Ada").await;
    assert_eq!(ada.post("/sign-out", &json!({})).await.status, 200);
    assert_eq!(server.count("signet_revocation").await, 1, "the default token's claims count too");
}

#[test]
fn a_feed_needs_what_it_is_about() {
    let on = "[plugins.revocations]\nenabled = true";
    assert!(load(&format!("[plugins.jwt]\nenabled = false\n{on}"), "sqlite:x.db").unwrap_err().contains("jwt plugin"));
    assert!(load(on, "none").unwrap_err().contains("needs a database"));
    assert!(load(&format!("{on}\npublic = false"), "sqlite:x.db").unwrap_err().contains("resource_servers.NAME"));
    assert!(load(on, "sqlite:x.db").is_ok());
}

/// Lists sessions that nobody ever had.
async fn list(server: &Server, from: i64, count: i64) {
    let template = "INSERT INTO {signet_revocation} ({signet_revocation:id}, {signet_revocation:revokedAt}, \
        {signet_revocation:expiresAt}) \
        WITH RECURSIVE row(number) AS (SELECT CAST($3 AS bigint) UNION ALL SELECT number + 1 FROM row \
            WHERE number + 1 < CAST($4 AS bigint)) \
        SELECT 'sid:' || CAST(1000000000000000 + number AS text), $1, $2 FROM row";
    let template = template.replace("row", "listed");
    let until = server.now().plus_seconds(900 + from % 900);
    let written = server.sql(&template, &values![server.now(), until, from, from + count]).await;
    assert_eq!(i64::try_from(written), Ok(count));
}

#[actix_web::test]
async fn a_long_list_comes_in_pages_and_a_hundred_thousand_entries_are_below_three_megabytes() {
    let server = Server::with(FEED).await;
    for part in 0..20 {
        list(&server, part * 5_000, 5_000).await;
    }
    // In a build without optimisation this takes its time.
    while server.store().revocation_state().await.expect("a state").unnumbered > 0
        || server.browser().get("/revocations").await.status != 200
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut reader = Reader::new(&server);
    while reader.count() < 100_000 {
        reader.read("").await;
    }
    let expected: BTreeSet<_> = (0..100_000_u64).map(|number| (1_000_000_000_000_000 + number).to_string()).collect();
    assert_eq!(reader.known["sid"].keys().cloned().collect::<BTreeSet<_>>(), expected);
    let mut cold = Reader::new(&server);
    cold.read("").await;
    println!("a cold reader loads {} bytes in {} pages", cold.bytes, cold.pages);
    assert_eq!((cold.pages, cold.count()), (10, 100_000));
    assert!(cold.bytes < 3_000_000, "{}", cold.bytes);
}

#[actix_web::test]
async fn of_111_revocations_a_second_a_reader_that_waits_loads_less_than_a_megabyte_a_minute() {
    let server = Server::with(FEED).await;
    let mut reader = Reader::new(&server);
    reader.read("").await;
    reader.bytes = 0;
    let begun = Instant::now();
    let writes = async {
        for second in 0..5_u64 {
            list(&server, i64::try_from(second).expect("small") * 111, 111).await;
            let next = Duration::from_secs(second + 1);
            tokio::time::sleep(next.saturating_sub(begun.elapsed())).await;
        }
    };
    let reads = async {
        while reader.count() < 555 {
            reader.read("&wait=5").await;
        }
    };
    futures_util::future::join(writes, reads).await;
    let a_minute = reader.bytes * 12;
    println!("a reader that waits loads {a_minute} bytes a minute, {} answers in five seconds", reader.pages);
    assert!(a_minute < 1_000_000, "{a_minute}");
}
