//! POST /sign-in/social: a session for somebody whom a provider vouches for: the URL at which the provider is asked, or,
//! with an ID token that the client has already, the session itself.

use serde_json::{Map, Value, json};

use crate::base::{Error, Result};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::social::{self, FlowForm, IdTokenForm};
use crate::oauth::accounts::Arrival;
use crate::oauth::provider::Provider;
use crate::store::audit::Action;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/sign-in/social", sign_in).audits(Action::SignInFailed).small()
}

struct SignIn {
    provider: String,
    flow: FlowForm,
    id_token: Option<IdTokenForm>,
}

impl Input for SignIn {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let mut flow = FlowForm {
            callback_url: form.optional_string("callbackURL"),
            new_user_callback_url: form.optional_string("newUserCallbackURL"),
            error_callback_url: form.optional_string("errorCallbackURL"),
            ..FlowForm::default()
        };
        let provider = social::provider_name(&mut form);
        flow.disable_redirect = form.optional_bool("disableRedirect").unwrap_or(false);
        let id_token = IdTokenForm::read(&mut form);
        flow.scopes = form.optional_strings("scopes").unwrap_or_default();
        flow.request_sign_up = form.optional_bool("requestSignUp");
        flow.login_hint = form.optional_string("loginHint");
        flow.additional_params = social::additional_params(&mut form);
        flow.additional_data = form.optional_record_field("additionalData").cloned().unwrap_or_default();
        form.finish()?;
        Ok(Self { provider, flow, id_token })
    }
}

async fn sign_in(cx: &Cx, input: SignIn) -> Result<Reply> {
    let provider = social::provider_of(cx, &input.provider)?;
    let Some(id_token) = input.id_token else { return social::begin(cx, provider, input.flow, None).await };
    let asks_for_sign_up = input.flow.request_sign_up == Some(true);
    let outcome = let_in(cx, provider, id_token, asks_for_sign_up).await;
    cx.house.sign_ins.note(&outcome);
    outcome
}

async fn let_in(cx: &Cx, provider: &Provider, id_token: IdTokenForm, asks_for_sign_up: bool) -> Result<Reply> {
    let (identity, tokens) = id_token.identity(provider).await?;
    let email = identity.address().ok_or_else(|| Error::broken("an identity has lost its address"))?;
    let arrival = Arrival { provider, identity: &identity, email, tokens: &tokens, asks_for_sign_up };
    let arrived = cx.house.oauth.arrive(&arrival, || cx.house.new_fields(&Map::new())).await??;
    cx.admit(&arrived.user).await?;
    if arrived.is_new {
        cx.house.mail_newcomer(&arrived.user, None).await?;
    }
    let session = cx.house.sessions.open(&arrived.user.id, true, cx.origin()).await?;
    cx.keep_account(&arrived.account);
    cx.hand_over(&session, &arrived.user, None);
    let user = Value::Object(cx.house.shown_user(&arrived.user));
    Ok(Reply::json(&json!({ "redirect": false, "token": session.token, "user": user }))?.no_store())
}
