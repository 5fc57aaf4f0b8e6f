//! What a flow remembers while its user is at the provider, in Better Auth's form: a row under `auth-state:STATE` beside
//! a signed cookie, or all of it in an encrypted cookie.

use std::sync::atomic::{AtomicI64, Ordering};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::config::AccountConfig;
use crate::base::{Clock, Random, Result, Timestamp};
use crate::crypto::{Sealer, Secrets};
use crate::store::Store;

/// For how many seconds a user may be away.
const LIFE: i64 = 600;
/// For how many more the row is kept, so that who comes too late is still sent to the flow's own page.
const MEMORY: i64 = 300;
/// How many seconds lie between two sweeps of what has expired.
const SWEEP: i64 = 60;
/// `a-z 0-9 A-Z - _`: states, verifiers, nonces.
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
/// Members that only this server may set.
const RESERVED: [&str; 11] = [
    "callbackURL",
    "codeVerifier",
    "errorURL",
    "newUserURL",
    "link",
    "serverContext",
    "expiresAt",
    "requestSignUp",
    "idTokenNonce",
    "oauthState",
    PROVIDER,
];
/// At which provider the flow is: none of Better Auth's members.
const PROVIDER: &str = "signetProvider";

/// A flow that has begun.
pub struct Flow {
    pub provider: String,
    /// Where it ends, and where it ends for a user who is new, or fails.
    pub callback_url: String,
    pub new_user_url: Option<String>,
    pub error_url: Option<String>,
    pub request_sign_up: Option<bool>,
    pub verifier: String,
    pub nonce: Option<String>,
    /// To whom an account is to be linked; None where somebody signs in.
    pub link: Option<Link>,
    pub expires_at: Timestamp,
    /// What the application wants to be kept with it.
    pub more: Map<String, Value>,
}

/// Who wants an account linked.
#[derive(Clone)]
pub struct Link {
    pub user_id: String,
    pub email: String,
    /// The session in which it was asked for. A Better Auth of old does not say.
    pub session_token: Option<SecretString>,
}

/// A state and what has to go to the browser with it.
pub struct Begun {
    pub state: String,
    /// The encrypted flow, where no row keeps it.
    pub sealed: Option<String>,
}

/// What became of a state that came back.
pub enum Returned {
    Flow(Box<Flow>),
    /// Nobody knows it.
    Unknown,
    /// What the browser brought cannot be read.
    Unreadable,
    /// It is not this browser's. Where its flow would end if it failed.
    NotTheirs(Option<String>),
    /// It has come too late, and is spent. Where its flow would end if it failed.
    Late(Option<String>),
}

/// Keeps flows.
pub struct States {
    in_cookie: bool,
    any_browser: bool,
    state_sealer: Sealer,
    link_sealer: Sealer,
    store: Store,
    clock: Clock,
    random: Random,
    /// When the next sweep is due, in milliseconds.
    sweep_at: AtomicI64,
}

impl States {
    pub fn new(account: &AccountConfig, secrets: &Secrets, store: Store, clock: Clock, random: Random) -> Self {
        Self {
            in_cookie: account.state_in_cookie,
            any_browser: account.skip_state_cookie_check,
            state_sealer: Sealer::for_purpose(secrets, "oauth-state-cookie"),
            link_sealer: Sealer::for_purpose(secrets, "oauth-link-session-token"),
            store,
            clock,
            random,
            sweep_at: AtomicI64::new(0),
        }
    }

    /// A text that nobody guesses, in the letters of states.
    pub fn chance(&self, length: usize) -> String {
        self.random.text(length, ALPHABET)
    }

    /// When a flow that begins now is over.
    pub fn end(&self) -> Timestamp {
        self.clock.now().plus_seconds(LIFE)
    }

    /// Keeps a flow until its user comes back.
    pub async fn begin(&self, flow: Flow) -> Result<Begun> {
        let (state, expires_at) = (self.chance(32), flow.expires_at);
        let text = Value::Object(self.written(flow, &state)).to_string();
        if self.in_cookie {
            return Ok(Begun { state, sealed: Some(self.state_sealer.seal(&self.random, &text)) });
        }
        self.store.put_verification(&identifier(&state), &text, expires_at.plus_seconds(MEMORY)).await?;
        self.sweep().await;
        Ok(Begun { state, sealed: None })
    }

    /// The flow of a state, which is then spent: of any number of requests with it one gets it. `signed` is the state
    /// of the browser's own signed cookie, `sealed` its encrypted one.
    pub async fn take(&self, state: &str, signed: Option<&str>, sealed: Option<&str>) -> Result<Returned> {
        let now = self.clock.now();
        let flow = if self.in_cookie {
            let Some(sealed) = sealed else { return Ok(Returned::Unknown) };
            let Some((flow, oauth_state)) = self.state_sealer.open(sealed).ok().and_then(|text| self.read(&text))
            else {
                return Ok(Returned::Unreadable);
            };
            if oauth_state.as_deref() != Some(state) {
                return Ok(Returned::NotTheirs(flow.error_url));
            }
            flow
        } else {
            let found = self.store.peek_verification(&identifier(state), now).await?;
            let Some((flow, oauth_state)) = found.and_then(|text| self.read(&text)) else {
                return Ok(Returned::Unknown);
            };
            let is_theirs = self.any_browser || signed == Some(state);
            if !is_theirs || oauth_state.is_some_and(|kept| kept != state) {
                return Ok(Returned::NotTheirs(flow.error_url));
            }
            if self.store.take_verification(&identifier(state), now).await?.is_none() {
                return Ok(Returned::Unknown);
            }
            flow
        };
        Ok(if flow.expires_at < now { Returned::Late(flow.error_url) } else { Returned::Flow(Box::new(flow)) })
    }

    /// Now and then takes away what others began and did not end. The flow has begun even if this fails.
    async fn sweep(&self) {
        let now = self.clock.now();
        let (due, next) = (self.sweep_at.load(Ordering::Relaxed), now.plus_seconds(SWEEP).millis());
        let is_mine = now.millis() >= due
            && self.sweep_at.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_mine && let Err(error) = self.store.sweep_verifications().await {
            tracing::warn!("expired verification values cannot be swept: {}", error.chain());
        }
    }

    fn written(&self, flow: Flow, state: &str) -> Map<String, Value> {
        let mut members = flow.more;
        members.retain(|name, _| !RESERVED.contains(&name.as_str()));
        let mut set = |name: &str, value: Option<Value>| {
            value.into_iter().for_each(|value| drop(members.insert(name.to_owned(), value)));
        };
        set("callbackURL", Some(flow.callback_url.into()));
        set("codeVerifier", Some(flow.verifier.into()));
        set("errorURL", flow.error_url.map(Value::from));
        set("newUserURL", flow.new_user_url.map(Value::from));
        set("link", flow.link.map(|link| self.write_link(link)));
        set("expiresAt", Some(flow.expires_at.millis().into()));
        set("requestSignUp", flow.request_sign_up.map(Value::from));
        set("idTokenNonce", flow.nonce.map(Value::from));
        set(PROVIDER, Some(flow.provider.into()));
        set("oauthState", Some(state.into()));
        members
    }

    fn write_link(&self, link: Link) -> Value {
        let mut members = Map::new();
        members.insert("userId".to_owned(), link.user_id.into());
        members.insert("email".to_owned(), link.email.into());
        if let Some(token) = link.session_token {
            let sealed = self.link_sealer.seal(&self.random, token.expose_secret());
            members.insert("encryptedSessionToken".to_owned(), sealed.into());
        }
        Value::Object(members)
    }

    /// A flow as it was written, and the state that it was written for.
    fn read(&self, text: &str) -> Option<(Flow, Option<String>)> {
        let mut members = crate::base::json::object(text.as_bytes())?;
        let mut take = |name: &str| members.remove(name);
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        let expires_at = take("expiresAt")?.as_f64()?;
        let link = match take("link") {
            Some(link) => Some(self.read_link(&link)?),
            None => None,
        };
        let flow = Flow {
            provider: text(take(PROVIDER)).unwrap_or_default(),
            callback_url: text(take("callbackURL"))?,
            new_user_url: text(take("newUserURL")).filter(|url| !url.is_empty()),
            error_url: text(take("errorURL")).filter(|url| !url.is_empty()),
            request_sign_up: take("requestSignUp").and_then(|asked| asked.as_bool()),
            verifier: text(take("codeVerifier"))?,
            nonce: text(take("idTokenNonce")),
            link,
            expires_at: Timestamp::from_millis(expires_at as i64),
            more: Map::new(),
        };
        Some((flow, text(take("oauthState"))))
    }

    fn read_link(&self, link: &Value) -> Option<Link> {
        let text = |name: &str| link.get(name).and_then(Value::as_str);
        let session_token = match text("encryptedSessionToken") {
            Some(sealed) => Some(SecretString::from(self.link_sealer.open(sealed).ok()?.as_str())),
            None => None,
        };
        Some(Link { user_id: text("userId")?.to_owned(), email: text("email")?.to_owned(), session_token })
    }
}

fn identifier(state: &str) -> String {
    format!("auth-state:{state}")
}
