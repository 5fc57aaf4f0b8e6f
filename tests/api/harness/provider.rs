//! An OpenID provider on a free port, which says what a test tells it to say, and misbehaves where a test wants that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use signet::base::{Random, Timestamp};
use signet::crypto::digest;
use signet::crypto::jose::{Algorithm, PrivateJwk, Signer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;
use url::form_urlencoded;

use super::browser::{Answer, Browser};
use super::wire;

pub const CLIENT: &str = "acme-client";
pub const SECRET: &str = "acme-client-secret-of-some-length";

/// A provider.
pub struct Provider {
    pub origin: String,
    inner: Arc<Mutex<Inner>>,
    task: JoinHandle<()>,
}

struct Inner {
    origin: String,
    keys: Vec<(String, PrivateJwk)>,
    /// Published beside the keys.
    more_keys: Vec<Value>,
    codes: HashMap<String, Consent>,
    people: HashMap<String, Consent>,
    asked: Vec<Asked>,
    /// By path.
    faults: HashMap<String, Fault>,
    number: u32,
}

/// A question that was put to it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub authorization: Option<String>,
    pub form: HashMap<String, String>,
}

/// What it does in the place of an answer.
#[derive(Clone)]
pub enum Fault {
    /// Nothing at all.
    Silence,
    /// A byte now and then.
    Drip,
    /// The right answer, half a second later.
    Late,
    /// Whatever this is, with a status and headers.
    Answer(u16, &'static str, Vec<u8>),
}

/// What a user agrees to there.
#[derive(Clone, Default)]
pub struct Consent {
    pub person: Value,
    pub expires_in: Option<i64>,
    pub scope: Option<&'static str>,
    /// Claims that go into an ID token beside the usual ones, or in their place; null takes one out. None without a token.
    pub id_token: Option<Value>,
    /// In the place of a signed one.
    pub forged: Option<String>,
    pub nonce: Option<String>,
    pub challenge: Option<String>,
    pub redirect: String,
}

impl Consent {
    pub fn of(person: Value) -> Self {
        Self { person, ..Self::default() }
    }

    /// With an ID token.
    pub fn with_token(person: Value, claims: Value) -> Self {
        Self { id_token: Some(claims), ..Self::of(person) }
    }
}

/// Somebody at the provider.
pub fn profile(name: &str) -> Value {
    let lower = name.to_lowercase();
    json!({
        "id": format!("{lower}-there"), "sub": format!("{lower}-there"), "name": name,
        "email": format!("{lower}@example.com"), "email_verified": true,
        "picture": format!("https://pictures.example.com/{lower}.png"),
    })
}

/// The same with other members; null takes one out.
pub fn but(mut person: Value, changes: Value) -> Value {
    let members = person.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    person
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let key = PrivateJwk::generate(Algorithm::ES256.into(), &Random::system()).expect("a key");
        let inner = Arc::new(Mutex::new(Inner {
            origin: origin.clone(),
            keys: vec![("provider-key".to_owned(), key)],
            more_keys: Vec::new(),
            codes: HashMap::new(),
            people: HashMap::new(),
            asked: Vec::new(),
            faults: HashMap::new(),
            number: 0,
        }));
        let shared = Arc::clone(&inner);
        let task = actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                actix_web::rt::spawn(attend(stream, Arc::clone(&shared)));
            }
        });
        Self { origin, inner, task }
    }

    /// It as a provider `acme` without OpenID; `more` keys of its entry.
    pub fn plain(&self, more: &str) -> String {
        let o = &self.origin;
        self.entry(
            "acme",
            &format!(
                "authorization_url = \"{o}/authorize\", token_url = \"{o}/token\", user_info_url = \"{o}/userinfo\", \
             scopes = [\"profile\", \"email\"]{}{more}",
                if more.is_empty() { "" } else { ", " }
            ),
        )
    }

    /// It as a provider `acme` with discovery.
    pub fn openid(&self, more: &str) -> String {
        let comma = if more.is_empty() { "" } else { ", " };
        self.entry(
            "acme",
            &format!("discovery_url = \"{}/.well-known/openid-configuration\"{comma}{more}", self.origin),
        )
    }

    /// One entry of the list.
    pub fn entry(&self, id: &str, more: &str) -> String {
        format!("{{ provider_id = \"{id}\", client_id = \"{CLIENT}\", client_secret = \"{SECRET}\", {more} }}")
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Misbehaves at a path from now on, or behaves again.
    pub fn fault(&self, path: &str, fault: Option<Fault>) {
        let mut inner = self.lock();
        match fault {
            Some(fault) => drop(inner.faults.insert(path.to_owned(), fault)),
            None => drop(inner.faults.remove(path)),
        }
    }

    /// Answers a path with this JSON.
    pub fn say(&self, path: &str, json: &Value) {
        self.fault(path, Some(Fault::Answer(200, "content-type: application/json", json.to_string().into_bytes())));
    }

    /// Publishes more keys.
    pub fn publish(&self, keys: Vec<Value>) {
        self.lock().more_keys = keys;
    }

    /// Signs with another key from now on, which verifiers have not seen.
    pub fn rotate(&self, kid: &str) {
        let key = PrivateJwk::generate(Algorithm::ES256.into(), &Random::system()).expect("a key");
        self.lock().keys.insert(0, (kid.to_owned(), key));
    }

    /// The questions that a path was asked.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.lock().asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    /// An ID token with these claims beside the usual ones.
    pub fn id_token(&self, claims: &Value) -> String {
        self.lock().id_token(&Value::Null, None, claims)
    }

    /// What the user does at the URL, and the path to which the browser comes back.
    pub fn consent(&self, url: &str, mut consent: Consent) -> String {
        let url = Url::parse(url).expect("a URL");
        assert!(url.as_str().starts_with(&format!("{}/authorize", self.origin)), "{url}");
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        consent.nonce = asked.get("nonce").cloned();
        consent.challenge = asked.get("code_challenge").cloned();
        consent.redirect.clone_from(&asked["redirect_uri"]);
        let code = self.lock().name("code");
        let path = Url::parse(&consent.redirect).expect("a URL").path().to_owned();
        self.lock().codes.insert(code.clone(), consent);
        let path = path.strip_prefix("/api/auth").expect("below the base path");
        format!("{path}?code={code}&state={}", asked["state"])
    }

    /// A whole sign-in of a browser; the answer of the way back.
    pub async fn sign_in(&self, browser: &mut Browser<'_>, consent: Consent) -> Answer {
        let url = begin(browser, &pages()).await;
        browser.get(&self.consent(&url, consent)).await
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a sign-in at `acme` asks for.
pub fn pages() -> Value {
    json!({
        "provider": "acme", "callbackURL": "/home", "newUserCallbackURL": "/welcome",
        "errorCallbackURL": "/failed",
    })
}

/// Begins a sign-in; the URL of the provider.
pub async fn begin(browser: &mut Browser<'_>, body: &Value) -> String {
    let answer = browser.post("/sign-in/social", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["url"].as_str().expect("a URL").to_owned()
}

/// The parameters of a URL.
pub fn parameters(url: &str) -> HashMap<String, String> {
    Url::parse(url).expect("a URL").query_pairs().into_owned().collect()
}

impl Inner {
    /// A text that was never there before.
    fn name(&mut self, kind: &str) -> String {
        self.number += 1;
        format!("{kind}-{}-{}", self.number, Random::system().id())
    }

    fn id_token(&self, person: &Value, nonce: Option<&str>, claims: &Value) -> String {
        let now = signet::base::Clock::System.now().seconds();
        let mut all = json!({ "iss": self.origin, "aud": CLIENT, "iat": now - 1, "exp": now + 86_400 * 30 });
        let usual = [person, &json!({ "nonce": nonce })];
        for (name, value) in usual.into_iter().filter_map(Value::as_object).flatten().filter(|(_, v)| !v.is_null()) {
            all[name] = value.clone();
        }
        let all = but(all, claims.clone());
        let (kid, key) = &self.keys[0];
        Signer::new(key, kid.clone())
            .and_then(|signer| signer.sign(all.as_object().expect("claims"), None))
            .expect("a token")
    }

    fn tokens(&mut self, consent: &Consent) -> Value {
        let (access, refresh) = (self.name("access"), self.name("refresh"));
        for token in [&access, &refresh] {
            self.people.insert(token.clone(), consent.clone());
        }
        let mut answer = json!({
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer",
            "expires_in": consent.expires_in.unwrap_or(3600), "scope": consent.scope.unwrap_or("openid profile email"),
        });
        if let Some(claims) = &consent.id_token {
            answer["id_token"] = self.id_token(&consent.person, consent.nonce.as_deref(), claims).into();
        }
        if let Some(forged) = &consent.forged {
            answer["id_token"] = forged.as_str().into();
        }
        answer
    }

    fn answer(&mut self, asked: &Asked) -> (u16, Value) {
        let o = &self.origin;
        match asked.path.as_str() {
            "/.well-known/openid-configuration" => (
                200,
                json!({
                    "issuer": o, "authorization_endpoint": format!("{o}/authorize"), "token_endpoint": format!("{o}/token"),
                    "userinfo_endpoint": format!("{o}/userinfo"), "jwks_uri": format!("{o}/jwks"),
                    "end_session_endpoint": format!("{o}/logout"), "id_token_signing_alg_values_supported": ["ES256"],
                }),
            ),
            "/jwks" => {
                let own = self.keys.iter().map(|(kid, key)| Value::Object(key.public().entry(kid)));
                (200, json!({ "keys": own.chain(self.more_keys.clone()).collect::<Vec<_>>() }))
            }
            "/userinfo" => {
                let token = asked.authorization.as_deref().and_then(|given| given.strip_prefix("Bearer "));
                match token.and_then(|token| self.people.get(token)) {
                    Some(consent) if !consent.person.is_null() => (200, consent.person.clone()),
                    _ => (401, json!({ "error": "invalid_token" })),
                }
            }
            "/token" => self.token(&asked.form),
            _ => (404, json!({ "error": "not_found" })),
        }
    }

    fn token(&mut self, form: &HashMap<String, String>) -> (u16, Value) {
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let consent = match field("grant_type").as_str() {
            // A refresh token is good once, as with many providers, and for tokens that live an hour.
            "refresh_token" => {
                let consent = self.people.remove(&field("refresh_token"));
                consent.map(|consent| Consent { expires_in: None, ..consent })
            }
            _ => self.codes.remove(&field("code")).filter(|consent| {
                let proved = Some(digest::base64url(&field("code_verifier")));
                consent.redirect == field("redirect_uri")
                    && consent.challenge.as_ref().is_none_or(|_| consent.challenge == proved)
            }),
        };
        match consent {
            Some(consent) => (200, self.tokens(&consent)),
            None => (400, json!({ "error": "invalid_grant" })),
        }
    }
}

/// Answers one request.
async fn attend(mut stream: TcpStream, inner: Arc<Mutex<Inner>>) {
    let mut received = Vec::new();
    let (head, headers, body) = loop {
        match stream.read_buf(&mut received).await {
            Ok(read) if read > 0 => {}
            _ => return,
        }
        // A request's head looks like an answer's but for its first line.
        let Some((_, headers, body)) = wire::parse(&[b"HTTP/1.1 200 OK\r\n", after_first_line(&received)].concat())
        else {
            continue;
        };
        let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, n)| n.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            let line = String::from_utf8_lossy(&received).lines().next().unwrap_or_default().to_owned();
            break (line, headers, body);
        }
    };
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let authorization = headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone());
    let asked = Asked { path: path.clone(), authorization, form: form_urlencoded::parse(&body).into_owned().collect() };
    let (fault, (status, json)) = {
        let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.asked.push(asked.clone());
        let fault = inner.faults.get(&target).or_else(|| inner.faults.get(&path)).cloned();
        let answers = matches!(fault, None | Some(Fault::Late));
        let answer = if answers { inner.answer(&asked) } else { (0, Value::Null) };
        (fault, answer)
    };
    let (status, header, body) = match fault {
        Some(Fault::Silence) => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return;
        }
        Some(Fault::Drip) => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            return;
        }
        Some(Fault::Answer(status, header, body)) => (status, header, body),
        Some(Fault::Late) => {
            tokio::time::sleep(Duration::from_millis(500)).await;
            (status, "content-type: application/json", json.to_string().into_bytes())
        }
        None => (status, "content-type: application/json", json.to_string().into_bytes()),
    };
    let head =
        format!("HTTP/1.1 {status} X\r\n{header}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
    let _ = stream.shutdown().await;
}

fn after_first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.windows(2).position(|window| window == b"\r\n").map_or(bytes.len(), |end| end + 2);
    &bytes[end..]
}

/// The configuration of a server with these providers.
pub fn configured(entries: &[String], more: &str) -> String {
    format!("{more}\n[plugins.generic_oauth]\nenabled = true\nconfig = [{}]\n", entries.join(", "))
}

/// A moment so many seconds from now, as claims have it.
pub fn in_seconds(now: Timestamp, seconds: i64) -> i64 {
    now.plus_seconds(seconds).seconds()
}
