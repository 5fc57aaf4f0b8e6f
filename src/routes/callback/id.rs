//! GET /callback/:id: back from a provider, with a session or a linked account. POST: the same for providers that answer
//! with a form, whose browsers are sent on to the GET: only there do their cookies come along.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Map;
use tokio::time::{Instant, timeout_at};
use url::form_urlencoded::Serializer;

use crate::base::error::RefusedBody;
use crate::base::{Behalf, Error, Result};
use crate::http::body::Body;
use crate::http::cx::{Cx, recognised};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::page::with_error;
use crate::http::query::Query;
use crate::http::refusals;
use crate::http::reply::Reply;
use crate::http::social::redirect_uri;
use crate::oauth::accounts::{Arrival, NotLinked};
use crate::oauth::errors::is_standard;
use crate::oauth::profile::{Identity, Trust};
use crate::oauth::provider::Provider;
use crate::oauth::state::{Flow, Link, Returned};
use crate::oauth::tokens::Tokens;
use crate::session::cookies::{CookieKey, Cookies};
use crate::store::audit::{Action, Line};
use crate::store::{Session, User};

pub fn endpoint() -> Endpoint {
    Endpoint::get("/callback/:id", callback)
}

pub fn endpoint_for_post() -> Endpoint {
    Endpoint::post("/callback/:id", forward).forms()
}

/// How long a browser waits while a provider is asked, whatever has to be asked.
const PATIENCE: Duration = Duration::from_secs(8);

/// The admin plugin's refusal.
const BANNED: &str = "BANNED_USER";

/// What a provider answers, in the order in which a form is written anew.
const MEMBERS: [&str; 7] = ["code", "error", "device_id", "error_description", "state", "user", "iss"];

/// What the provider answers.
struct Answer {
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    state: Option<String>,
    user: Option<String>,
    iss: Option<String>,
}

impl Input for Answer {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let code = form.optional_string("code");
        let error = form.optional_string("error");
        form.optional_string("device_id");
        let answer = Self {
            code,
            error,
            error_description: form.optional_string("error_description"),
            state: form.optional_string("state"),
            user: form.optional_string("user"),
            iss: form.optional_string("iss"),
        };
        form.finish()?;
        Ok(answer)
    }
}

/// A form, and what stands in the query beside it, which goes before it.
struct Posted(Vec<(&'static str, String)>);

impl Input for Posted {
    fn read(body: &Body, query: &Query) -> Result<Self> {
        let (mut form, mut beside) = (Form::body(body), Form::query(query));
        form.optional_object();
        let mut read = |name| {
            let (posted, queried) = (form.optional_string(name), beside.optional_string(name));
            queried.or(posted).map(|value| (name, value))
        };
        let members = MEMBERS.into_iter().filter_map(&mut read).collect();
        form.finish()?;
        beside.finish()?;
        Ok(Self(members))
    }
}

async fn forward(cx: &Cx, posted: Posted) -> Result<Reply> {
    let id = cx.params.get("id").map(String::as_str).unwrap_or_default();
    let query = Serializer::new(String::new()).extend_pairs(&posted.0).finish();
    Ok(private(Reply::redirect(&format!("{}?{query}", cx.house.link(&format!("/callback/{id}"))))))
}

/// Why a flow ends without what it was begun for: the page, and what is told there.
struct Failure {
    /// None for the flow's own page.
    page: Option<String>,
    code: String,
    description: Option<String>,
    /// Whether the code came with the request, and so from anybody.
    is_theirs: bool,
}

impl Failure {
    fn new(code: impl Into<String>) -> Self {
        Self { page: None, code: code.into(), description: None, is_theirs: false }
    }

    /// What the audit trail says: no word that whoever began the flow could choose.
    fn reason(&self) -> &str {
        if !self.is_theirs || is_standard(&self.code) { &self.code } else { "other" }
    }
}

async fn callback(cx: &Cx, answer: Answer) -> Result<Reply> {
    let default = cx.house.error_page();
    let (page, outcome) = match take_flow(cx, answer.state.as_deref()).await? {
        Ok(flow) => {
            let page = flow.error_url.clone().unwrap_or_else(|| default.clone());
            let link = flow.link.as_ref().map(|link| link.user_id.clone());
            let outcome = finish(cx, *flow, answer).await?;
            if let Err(failure) = &outcome {
                // A flow that is kept in a cookie can be shown again and again.
                refusals::guess(cx, refused(failure.reason(), link.as_deref())).await?;
            }
            (page, outcome)
        }
        // Nobody has begun anything: there is nothing that was refused.
        Err(failure) => (default, Err(failure)),
    };
    Ok(private(match outcome {
        Ok(page) => Reply::redirect(&page),
        Err(failure) => {
            let page = failure.page.unwrap_or(page);
            Reply::redirect(&with_error(&page, &failure.code, failure.description.as_deref()))
        }
    }))
}

/// What the audit trail says of a flow that came to nothing: a sign-in, or a link to this user.
fn refused(code: &str, link: Option<&str>) -> Line {
    match (link.map(str::to_owned), Behalf::current().about()) {
        (Some(user), _) => Line::refused(Action::AccountLinked, code).user(&user),
        (None, Some(user)) => Line::refused(Action::SignInFailed, code).user(&user),
        (None, None) => Line::refused(Action::SignInFailed, code),
    }
}

/// The page that follows learns nothing of this URL, and no cache keeps it.
fn private(reply: Reply) -> Reply {
    reply.no_store().header("referrer-policy", "no-referrer")
}

/// The flow of a state, if it is this browser's: from then on it is spent.
async fn take_flow(cx: &Cx, state: Option<&str>) -> Result<std::result::Result<Box<Flow>, Failure>> {
    let Some(state) = state.filter(|state| !state.is_empty()) else {
        return Ok(Err(Failure::new("state_not_found")));
    };
    let (oauth, cookies) = (&cx.house.oauth, &cx.house.sessions.cookies);
    let received = |key| cx.cookies.get(cookies.name(key));
    let signed = received(CookieKey::State).and_then(|value| cookies.open(value));
    let sealed = received(CookieKey::OauthState).map(Cookies::unsigned);
    let returned = oauth.states.take(state, signed.as_deref(), sealed.as_deref()).await?;
    if matches!(returned, Returned::Flow(_) | Returned::Late(_)) {
        let key = if oauth.account.state_in_cookie { CookieKey::OauthState } else { CookieKey::State };
        cx.set_cookies(vec![cookies.expire(key)]);
    }
    let mismatch = |page| Failure { page, ..Failure::new("state_mismatch") };
    Ok(match returned {
        Returned::Flow(flow) => Ok(flow),
        Returned::Unknown => Err(mismatch(None)),
        Returned::Unreadable => Err(Failure::new("state_invalid")),
        Returned::NotTheirs(page) | Returned::Late(page) => Err(mismatch(page)),
    })
}

type Outcome = std::result::Result<String, Failure>;

/// What a flow was begun for, or why not.
async fn finish(cx: &Cx, flow: Flow, answer: Answer) -> Result<Outcome> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    if let Some(error) = given(answer.error) {
        let description = answer.error_description;
        return Ok(Err(Failure { description, is_theirs: true, ..Failure::new(error) }));
    }
    let Some(code) = given(answer.code) else { return Ok(Err(Failure::new("no_code"))) };
    let id = cx.params.get("id").map(String::as_str).unwrap_or_default();
    let Some(provider) = cx.house.oauth.provider(id) else {
        return Ok(Err(Failure::new("oauth_provider_not_found")));
    };
    if !flow.provider.is_empty() && flow.provider != id {
        return Ok(Err(Failure::new("state_mismatch")));
    }
    if let Some(iss) = given(answer.iss)
        && !is_issuer(provider, &iss).await
    {
        return Ok(Err(Failure::new("issuer_mismatch")));
    }
    if provider.spec.id_token.nonce && flow.nonce.is_none() {
        return Ok(Err(Failure::new("nonce_binding_missing")));
    }
    let end = Instant::now() + PATIENCE;
    let redirect_uri = redirect_uri(cx, provider);
    let Some(tokens) = timeout_at(end, exchange(provider, &code, &flow, &redirect_uri)).await.ok().flatten() else {
        return Ok(Err(Failure::new("invalid_code")));
    };
    let hint = answer.user.and_then(|user| crate::base::json::parse(user.as_bytes()));
    let asked = provider.identity(&tokens, Trust::Verify(flow.nonce.as_deref()), hint.as_ref());
    let Some(identity) = timeout_at(end, asked).await.ok().flatten() else {
        return Ok(Err(Failure::new("unable_to_get_user_info")));
    };
    match &flow.link {
        Some(link) => link_account(cx, &flow, link, (provider, &identity, &tokens)).await,
        None => {
            let outcome = sign_in(cx, &flow, (provider, &identity, &tokens)).await;
            let told = match &outcome {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(_)) => Err(Error::empty(401)),
                Err(_) => Err(Error::broken("a sign-in at a provider failed")),
            };
            cx.house.sign_ins.note(&told);
            outcome
        }
    }
}

async fn exchange(provider: &Provider, code: &str, flow: &Flow, redirect_uri: &str) -> Option<Tokens> {
    let tokens = provider.exchange(code, &flow.verifier, redirect_uri).await;
    tokens.map_err(|trouble| tracing::warn!(provider = provider.id(), "a code cannot be exchanged: {trouble}")).ok()
}

/// Whether the answer is from the provider that was asked (RFC 9207): one whose issuer is not known may say anything.
async fn is_issuer(provider: &Provider, iss: &str) -> bool {
    let description = provider.description().await.unwrap_or_default();
    let issuers = description.endpoints.issuers;
    issuers.is_empty() || issuers.iter().any(|issuer| issuer == iss)
}

/// Somebody, as a provider vouches for them.
type Vouched<'v> = (&'v Provider, &'v Identity, &'v Tokens);

async fn link_account(cx: &Cx, flow: &Flow, link: &Link, vouched: Vouched<'_>) -> Result<Outcome> {
    let (provider, identity, tokens) = vouched;
    if !still_signed_in(cx, link).await? {
        return Ok(Err(Failure::new("unable_to_link_account")));
    }
    let oauth = &cx.house.oauth;
    let linked = match oauth.may_link(provider, identity, &link.email) {
        Ok(()) => oauth.link(provider, identity, tokens, link).await?,
        Err(refusal) => Err(refusal),
    };
    Ok(linked.map(|()| flow.callback_url.clone()).map_err(|refusal| {
        Failure::new(match refusal {
            NotLinked::NotAllowed | NotLinked::Failed => "unable_to_link_account",
            NotLinked::OtherEmail => "email_does_not_match",
            NotLinked::OthersAccount => "account_already_linked_to_different_user",
        })
    }))
}

/// Whether the session in which linking was asked for is still live.
async fn still_signed_in(cx: &Cx, link: &Link) -> Result<bool> {
    use secrecy::ExposeSecret;
    let Some(token) = link.session_token.as_ref().map(SecretString::expose_secret) else { return Ok(true) };
    let found = cx.house.store.session_by_token(token).await?;
    let is_live =
        |(session, user): &(Session, User)| session.expires_at > cx.house.clock.now() && user.id == link.user_id;
    let Some((session, user)) = found.filter(is_live) else { return Ok(false) };
    recognised(&session, &user);
    Ok(true)
}

async fn sign_in(cx: &Cx, flow: &Flow, (provider, identity, tokens): Vouched<'_>) -> Result<Outcome> {
    let Some(email) = identity.address() else { return Ok(Err(Failure::new("email_not_found"))) };
    let asks_for_sign_up = flow.request_sign_up == Some(true);
    let arrival = Arrival { provider, identity, email, tokens, asks_for_sign_up };
    let arrived = match cx.house.oauth.arrive(&arrival, || cx.house.new_fields(&Map::new())).await {
        Ok(Ok(arrived)) => arrived,
        Ok(Err(reason)) => return Ok(Err(Failure::new(reason.code()))),
        Err(error) => return told(error).map(Err),
    };
    if let Err(error) = cx.admit(&arrived.user).await {
        let failure = told(error)?;
        // Better Auth's own word for those who are banned, on the page that all flows share.
        let is_ban = failure.code == BANNED;
        let page = Some(cx.house.error_page()).filter(|_| is_ban);
        let code = if is_ban { "banned".to_owned() } else { failure.code };
        return Ok(Err(Failure { page, code, ..failure }));
    }
    if arrived.is_new {
        cx.house.mail_newcomer(&arrived.user, Some(flow.callback_url.clone())).await?;
    }
    let session = cx.house.sessions.open(&arrived.user.id, true, cx.origin()).await?;
    cx.keep_account(&arrived.account);
    cx.hand_over(&session, &arrived.user, None);
    let page = flow.new_user_url.as_ref().filter(|_| arrived.is_new).unwrap_or(&flow.callback_url);
    Ok(Ok(page.clone()))
}

/// A refusal as the flow's page is told of it.
///
/// # Errors
/// What is no refusal.
fn told(error: Error) -> Result<Failure> {
    match error {
        Error::Refused(refused) => match refused.body {
            RefusedBody::Message { message, code: Some(code) } => {
                Ok(Failure { description: Some(message.into_owned()), ..Failure::new(code) })
            }
            _ => Ok(Failure::new("unable_to_create_session")),
        },
        Error::Invalid(_) => Ok(Failure::new("unable_to_create_user")),
        error => Err(error),
    }
}
