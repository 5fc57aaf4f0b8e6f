//! POST /login: OAuth 2's form of a name and a password. The name is an address or a user name.

use std::sync::Arc;

use super::TokenApi;
use crate::base::text::email::Email;
use crate::base::{Error, Result};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::credentials::{self, Attempt};
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::rate_limit::rules::Rule;
use crate::http::reply::Reply;
use crate::store::User;
use crate::store::audit::Action;

/// As ways to sign in have it.
pub const LIMIT: Rule = Rule::new(10, 3);

pub fn endpoint(api: &Arc<TokenApi>) -> Endpoint {
    let path = api.path("/login");
    let api = Arc::clone(api);
    Endpoint::post(&path, async move |cx: &Cx, input| login(&api, cx, input).await)
        .audits(Action::SignInFailed)
        .multipart()
        .rate_limit(LIMIT)
}

struct Login {
    username: String,
    password: Password,
}

impl Input for Login {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let grant = form.optional_string("grant_type");
        if grant.is_some_and(|grant| grant != "password") {
            form.issue("grant_type", "Invalid input: expected \"password\"");
        }
        let input =
            Self { username: form.string("username"), password: Password::from(form.nonempty_string("password")) };
        form.finish()?;
        Ok(input)
    }
}

async fn login(api: &TokenApi, cx: &Cx, input: Login) -> Result<Reply> {
    let outcome = let_in(api, cx, input).await;
    cx.house.sign_ins.note(&outcome);
    outcome
}

async fn let_in(api: &TokenApi, cx: &Cx, input: Login) -> Result<Reply> {
    if !cx.house.email_and_password.enabled {
        return Err(Error::uncoded(403, "Logging in with a password is switched off"));
    }
    let user = recognise(cx, input).await?;
    let mut draft = cx.house.sessions.draft(&user.id, true, cx.origin());
    draft.expires_at = api.families.ends();
    let session = api.store.create_session(draft).await?;
    if let Err(refusal) = api.check_roles(cx, &session, &user) {
        // Nobody is left with a session that was refused.
        api.end(&session).await?;
        return Err(refusal);
    }
    let refresh_token = api.families.begin(&session.id).await?;
    api.hand_out(cx, &session, &user, &refresh_token).await
}

async fn recognise(cx: &Cx, input: Login) -> Result<User> {
    let refusal = || Error::uncoded(401, "Incorrect username or password");
    let attempt = |name| Attempt { name, password: input.password, refusal: refusal(), page: None };
    if let Some(email) = Email::parse(&input.username) {
        let find = cx.house.store.user_with_password(email.as_str());
        return credentials::enter(cx, attempt(email.as_str()), find).await;
    }
    // What could be nobody's name costs nothing.
    let (field, name) = cx.house.find_by_name(&input.username).ok_or_else(refusal)?;
    credentials::enter(cx, attempt(&name), cx.house.store.user_with_password_by(field, &name)).await
}
