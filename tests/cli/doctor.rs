//! `signet doctor verifier` against a verifier that is right, and against one that has one fault at a time.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use signet::base::Clock;
use signet::crypto::jose::forge::{Hand, spellings};
use signet::crypto::jose::{Algorithm, Expected, PublicJwk, Verifier, verify};

use crate::place::{Done, Place, Server};

const ORIGIN: &str = "http://localhost:3000";
const BASE: &str = "base_url = \"http://localhost:3000\"\n";
const SHARED: &str = "a-secret-that-a-backend-shares-with-signet";

/// A key of the server's set.
#[derive(Clone)]
struct Key {
    kid: String,
    jwk: Map<String, Value>,
    verifier: Arc<Verifier>,
}

fn keys(server: &Server) -> Vec<Key> {
    let (_, set) = server.ask("GET", "/jwks", None);
    let key = |jwk: &Value| {
        let jwk = jwk.as_object().expect("an object").clone();
        let algorithm: Algorithm = jwk["alg"].as_str().expect("an alg").parse().expect("ours");
        let public = PublicJwk::parse(&Value::Object(jwk.clone()).to_string(), algorithm).expect("a key");
        let kid = jwk["kid"].as_str().expect("a kid").to_owned();
        Key { kid, jwk, verifier: Arc::new(Verifier::new(&public).expect("a verifier")) }
    };
    set["keys"].as_array().expect("keys").iter().map(key).collect()
}

/// An endpoint that answers 200 to tokens that are accepted and 401 to others; its address.
fn endpoint(status: impl Fn(&str) -> u16 + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/protected", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(stream, &status);
        }
    });
    url
}

fn serve(mut stream: TcpStream, status: &impl Fn(&str) -> u16) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let line = head.lines().find(|line| line.to_lowercase().starts_with("authorization: bearer "));
    let token = line.and_then(|line| line.splitn(3, ' ').nth(2)).unwrap_or_default();
    let answer = format!("HTTP/1.1 {} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", status(token));
    let _ = stream.write_all(answer.as_bytes());
}

fn accepting(accepts: impl Fn(&str) -> bool + Send + 'static) -> String {
    endpoint(move |token| if accepts(token) { 200 } else { 401 })
}

/// Signet's own verifier, as a resource server might use it.
fn strict(keys: Vec<Key>, audience: &str) -> impl Fn(&str) -> bool + Send + 'static {
    let expected = Expected::new(ORIGIN, vec![audience.to_owned()]);
    move |token| {
        let found = |kid: &str| keys.iter().find(|key| key.kid == kid).map(|key| Arc::clone(&key.verifier));
        verify(token, &found, &expected, Clock::System.now()).is_ok()
    }
}

/// What a verifier may get wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nothing,
    NoToken,
    NoSignature,
    AlgNone,
    PublicKeyAsSecret,
    EmptySecret,
    EmbeddedKey,
    Fetches,
    AnyKid,
    NoAudience,
    PrefixOfAudience,
    NoIssuer,
    NoExpiry,
    OptionalExpiry,
    NoNotBefore,
    NoCritical,
}

/// A verifier by hand, with one fault.
struct Naive {
    fault: Fault,
    keys: Vec<Key>,
}

fn part(text: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

impl Naive {
    fn accepts(&self, token: &str) -> bool {
        self.judge(token).unwrap_or(self.fault == Fault::NoToken)
    }

    fn judge(&self, token: &str) -> Option<bool> {
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let message = format!("{header}.{payload}");
        let texts = [header, payload].map(|text| String::from_utf8(URL_SAFE_NO_PAD.decode(text).unwrap_or_default()));
        let (header, claims) = (part(header)?, part(payload)?);
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let [Ok(header_text), Ok(payload_text)] = texts else { return None };
        let is_signed = self.is_signed(token, &header, (&header_text, &payload_text), &message, &signature);
        let is_critical = header.get("crit").is_some() && self.fault != Fault::NoCritical;
        Some((is_signed || self.fault == Fault::NoSignature) && !is_critical && self.fits(&claims))
    }

    fn is_signed(&self, token: &str, header: &Value, texts: (&str, &str), message: &str, signature: &[u8]) -> bool {
        let alg = header["alg"].as_str().unwrap_or_default();
        let hmac = |secret: &[u8]| Hand::secret(secret).sign(texts.0, texts.1).expect("it signs") == token;
        if self.fault == Fault::AlgNone && alg.eq_ignore_ascii_case("none") {
            return true;
        }
        if alg == "HS256" && self.fault == Fault::EmptySecret {
            return hmac(b"");
        }
        if alg == "HS256" && self.fault == Fault::PublicKeyAsSecret {
            return hmac(&spellings(&self.keys[0].jwk).expect("spellings")[0].1);
        }
        if self.fault == Fault::EmbeddedKey && header["jwk"].is_object() {
            return true;
        }
        if self.fault == Fault::Fetches && header["jku"].is_string() {
            fetch(header["jku"].as_str().expect("a text"));
            return false;
        }
        let known = |key: &&Key| key.kid == header["kid"] || self.fault == Fault::AnyKid;
        alg == "EdDSA" && self.keys.iter().filter(known).any(|key| key.verifier.verifies(message.as_bytes(), signature))
    }

    fn fits(&self, claims: &Value) -> bool {
        let now = Clock::System.now().seconds();
        let audience = match self.fault {
            Fault::NoAudience => true,
            Fault::PrefixOfAudience => claims["aud"].as_str().is_some_and(|aud| aud.starts_with(ORIGIN)),
            _ => claims["aud"] == ORIGIN,
        };
        let issuer = claims["iss"] == ORIGIN || self.fault == Fault::NoIssuer;
        let expiry = match claims["exp"].as_i64() {
            Some(exp) => exp > now || self.fault == Fault::NoExpiry,
            None => claims.get("exp").is_none() && self.fault == Fault::OptionalExpiry,
        };
        let early = claims.get("nbf").is_some_and(|nbf| nbf.as_i64().is_none_or(|nbf| nbf > now));
        let past = claims["iat"].as_i64().is_some_and(|iat| iat <= now + 60);
        let names = claims["sub"].as_str().is_some_and(|sub| !sub.is_empty());
        audience && issuer && expiry && past && names && (!early || self.fault == Fault::NoNotBefore)
    }
}

fn fetch(url: &str) {
    let rest = url.strip_prefix("http://").expect("http");
    let (address, path) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(address).expect("the doctor listens");
    stream.write_all(format!("GET /{path} HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).expect("it is sent");
    let _ = stream.read_to_end(&mut Vec::new());
}

fn place() -> (Place, Server) {
    let place = Place::new();
    place.write(
        "signet.toml",
        &format!(
            "{BASE}[plugins.jwt.templates.shared]\nalgorithm = \"HS256\"\nsecret = \"{SHARED}\"\naudience = false\n\
             [plugins.jwt.templates.tasks]\naudience = \"tasks\"\ntype = \"at+jwt\"\n"
        ),
    );
    let server = place.serve();
    (place, server)
}

fn examine(place: &Place, url: &str, more: &str) -> (Done, Value) {
    let done = place.run(&format!("doctor verifier {url} --json {more}"));
    let report = serde_json::from_str(&done.said).unwrap_or_default();
    (done, report)
}

fn names(report: &Value, list: &str) -> Vec<String> {
    let list = report[list].as_array().unwrap_or_else(|| panic!("no {list}: {report}"));
    list.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_verifier_that_is_right_passes_with_every_algorithm() {
    for algorithm in ["EdDSA", "ES256", "ES512", "RS256", "PS256"] {
        let place = Place::new();
        place.write("signet.toml", &format!("{BASE}plugins.jwt.jwks.key_pair_config.alg = \"{algorithm}\"\n"));
        let server = place.serve();
        let url = accepting(strict(keys(&server), ORIGIN));
        let (done, report) = examine(&place, &url, "--strict");
        assert_eq!((done.code, done.complained.as_str()), (0, ""), "{algorithm}: {report}");
        assert_eq!(report["control"], json!({ "verdict": "accepted", "status": 200 }));
        let tokens = report["tokens"].as_array().expect("tokens");
        assert!(tokens.len() > 70 && tokens.iter().all(|token| token["verdict"] == "refused"), "{report}");
    }
}

#[test]
fn a_verifier_that_is_right_passes_with_templates_with_a_secret_or_a_type_of_their_own() {
    let (place, server) = place();
    let config = signet::crypto::jose::SharedKeys::new(&SHARED.into(), None);
    let expected = Expected::new(ORIGIN, Vec::new());
    let url = accepting(move |token| config.verify(token, &expected, Clock::System.now()).is_ok());
    let (done, report) = examine(&place, &url, "--template shared");
    assert_eq!((done.code, done.complained.as_str()), (0, ""), "{report}");
    let all = keys(&server);
    let expected = Expected { typ: Some("at+jwt".into()), ..Expected::new(ORIGIN, vec!["tasks".to_owned()]) };
    let url = accepting(move |token| {
        let found = |kid: &str| all.iter().find(|key| key.kid == kid).map(|key| Arc::clone(&key.verifier));
        verify(token, &found, &expected, Clock::System.now()).is_ok()
    });
    let (done, report) = examine(&place, &url, "--template tasks --strict");
    assert_eq!((done.code, done.complained.as_str()), (0, ""), "{report}");
    let sent: Vec<_> = report["tokens"].as_array().expect("tokens").iter().map(|token| &token["name"]).collect();
    assert!(sent.contains(&&json!("template-default")), "a token for others is among them: {sent:?}");
}

#[test]
fn t54_t57_every_fault_of_a_verifier_is_found_by_its_name() {
    let (place, server) = place();
    let keys = keys(&server);
    for (fault, expected) in [
        (Fault::Nothing, &[][..]),
        (Fault::NoToken, &["no-token", "not-a-token", "empty-parts"]),
        (
            Fault::NoSignature,
            &["foreign-key", "payload-altered", "signature-of-another-token", "alg-none", "jwk-header"],
        ),
        (
            Fault::AlgNone,
            &[
                "alg-none",
                "alg-None",
                "alg-nOnE",
                "alg-NONE",
                "alg-none-signed",
                "alg-None-signed",
                "alg-nOnE-signed",
                "alg-NONE-signed",
                "alg-none-without-kid",
            ],
        ),
        (Fault::PublicKeyAsSecret, &["hs256-public-key-pem"]),
        (Fault::EmptySecret, &["hs256-empty-secret", "hs256-kid-is-a-path"]),
        (Fault::EmbeddedKey, &["jwk-header", "jwk-header-own-kid"]),
        (Fault::Fetches, &["jku-header", "jku-header-own-kid"]),
        (
            Fault::NoAudience,
            &["aud-wrong", "aud-wrong-list", "aud-missing", "aud-empty-list", "aud-longer", "template-tasks"],
        ),
        (Fault::PrefixOfAudience, &["aud-longer"]),
        (Fault::NoIssuer, &["iss-wrong", "iss-longer", "iss-missing"]),
        (Fault::NoExpiry, &["exp-past", "exp-negative", "exp-zero"]),
        (Fault::OptionalExpiry, &["exp-missing"]),
        (Fault::NoNotBefore, &["nbf-future"]),
        (Fault::NoCritical, &["crit-unknown", "b64-false"]),
    ] {
        let naive = Naive { fault, keys: keys.clone() };
        let (done, report) = examine(&place, &accepting(move |token| naive.accepts(token)), "");
        let accepted = names(&report, "accepted");
        assert_eq!(done.code, i32::from(!expected.is_empty()), "{fault:?}: {accepted:?} {}", done.complained);
        for name in expected {
            assert!(accepted.iter().any(|given| given == name), "{fault:?} {name}: {accepted:?}");
            assert!(done.complained.contains(name), "{fault:?}: {}", done.complained);
        }
        // But for those without a check of the signature or of a token at all, a fault shows under its own names alone.
        let others = accepted.len() - expected.len();
        assert!(others == 0 || matches!(fault, Fault::NoToken | Fault::NoSignature), "{fault:?}: {accepted:?}");
    }
}

#[test]
fn what_should_be_refused_fails_the_strict_alone() {
    let (place, server) = place();
    let keys = keys(&server);
    let url = || {
        let naive = Naive { fault: Fault::AnyKid, keys: keys.clone() };
        accepting(move |token| naive.accepts(token))
    };
    let (done, report) = examine(&place, &url(), "");
    assert_eq!((done.code, names(&report, "accepted").len()), (0, 0), "{report}");
    assert!(names(&report, "acceptedThatShouldNot").contains(&"unknown-kid".to_owned()), "{report}");
    let (done, _) = examine(&place, &url(), "--strict");
    assert_eq!(done.code, 1);
    assert!(done.complained.contains("unknown-kid"), "{}", done.complained);
}

#[test]
fn t57_a_verifier_that_breaks_on_a_token_is_told_of() {
    let (place, server) = place();
    let right = strict(keys(&server), ORIGIN);
    let url = endpoint(move |token| {
        let payload = token.split('.').nth(1).and_then(part).unwrap_or_default();
        match () {
            () if payload["exp"].as_f64().is_some_and(|exp| exp > 1e200) => 500,
            () if right(token) => 200,
            () => 401,
        }
    });
    let (done, report) = examine(&place, &url, "");
    assert_eq!((done.code, names(&report, "failed")), (0, vec!["exp-1e300".to_owned()]));
    assert_eq!(examine(&place, &url, "--strict").0.code, 1);
}

#[test]
fn where_a_good_token_is_refused_nothing_is_said() {
    let (place, server) = place();
    let (done, report) = examine(&place, &accepting(|_| false), "");
    assert_eq!(done.code, 2);
    assert!(done.complained.contains("it answered 401 to a good token"), "{}", done.complained);
    assert!(names(&report, "accepted").is_empty());
    // It locks everybody out after a while.
    let (right, asked) = (strict(keys(&server), ORIGIN), AtomicUsize::new(0));
    let url = accepting(move |token| right(token) && asked.fetch_add(1, Ordering::Relaxed) == 0);
    assert_eq!(examine(&place, &url, "").0.code, 2);
    assert_eq!(examine(&place, "http://127.0.0.1:1/", "").0.code, 2);
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let place = Place::new();
    assert!(place.run("doctor verifier http://127.0.0.1:1/").failed(2).contains("signet serve"));
    let _server = place.serve();
    assert!(place.run("doctor verifier ftp://x/").failed(2).contains("http(s) URL"));
    assert!(place.run("doctor verifier http://127.0.0.1:1/ --template x").failed(2).contains("no template x"));
    assert!(place.run("doctor verifier http://127.0.0.1:1/ --user x").failed(2).contains("no user"));
    assert!(place.run("doctor verifier http://127.0.0.1:1/ --header x").failed(2).contains("--header"));
}

#[test]
fn the_tokens_name_the_user_who_is_wanted_and_stand_in_the_header_that_is_wanted() {
    let (place, server) = place();
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "password": "correct horse" });
    let (status, body) = server.ask("POST", "/sign-up/email", Some(&ada));
    assert_eq!(status, 200);
    let id = body["user"]["id"].as_str().expect("an id").to_owned();
    let (right, wanted) = (strict(keys(&server), ORIGIN), id.clone());
    let url = accepting(move |token| {
        let claims = token.split('.').nth(1).and_then(part).unwrap_or_default();
        right(token) && claims["sub"] == wanted.as_str() && claims["email"] == "ada@example.com"
    });
    assert_eq!(examine(&place, &url, "").0.code, 2, "somebody who does not exist is refused");
    let (done, report) = examine(&place, &url, &format!("--user {id}"));
    assert_eq!(done.code, 0, "{report} {}", done.complained);
    let (done, _) = examine(&place, &url, &format!("--user {id} --header x-token:{{}}"));
    assert_eq!(done.code, 2, "the header is another one");
}

#[test]
fn the_table_has_a_line_for_every_token_and_shows_none() {
    let (place, server) = place();
    let right = strict(keys(&server), ORIGIN);
    let said = place.run(&format!("doctor verifier {}", accepting(right))).well();
    for line in ["control ", "alg-none ", "hs256-public-key-pem ", "aud-wrong ", "exp-1e300 ", "jku-header "] {
        assert!(said.lines().any(|given| given.starts_with(line)), "{line}: {said}");
    }
    assert!(said.contains("Accepted that must be refused: 0; that should be: 0."), "{said}");
    assert!(!said.contains("eyJ"), "no token is printed: {said}");
}
