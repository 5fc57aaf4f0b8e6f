//! POST /link-social: one more way to sign in: the URL at which its provider is asked, or, with an ID token that the
//! client has already, the link itself.

use serde_json::json;

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::social::{self, FlowForm, IdTokenForm};
use crate::oauth::accounts::NotLinked;
use crate::oauth::state::Link;
use crate::store::audit::Action;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/link-social", link_social).audits(Action::AccountLinked).small()
}

struct LinkSocial {
    provider: String,
    flow: FlowForm,
    id_token: Option<IdTokenForm>,
}

impl Input for LinkSocial {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let mut flow = FlowForm { callback_url: form.optional_string("callbackURL"), ..FlowForm::default() };
        let provider = social::provider_name(&mut form);
        let id_token = IdTokenForm::read(&mut form);
        flow.request_sign_up = form.optional_bool("requestSignUp");
        flow.scopes = form.optional_strings("scopes").unwrap_or_default();
        flow.error_callback_url = form.optional_string("errorCallbackURL");
        flow.disable_redirect = form.optional_bool("disableRedirect").unwrap_or(false);
        flow.login_hint = form.optional_string("loginHint");
        flow.additional_params = social::additional_params(&mut form);
        flow.additional_data = form.optional_record_field("additionalData").cloned().unwrap_or_default();
        form.finish()?;
        Ok(Self { provider, flow, id_token })
    }
}

async fn link_social(cx: &Cx, input: LinkSocial) -> Result<Reply> {
    let (session, user) = cx.require_session(Guard::Authoritative).await?;
    let provider = social::provider_of(cx, &input.provider)?;
    let link = Link { user_id: user.id, email: user.email, session_token: Some(session.token.into()) };
    let Some(id_token) = input.id_token else { return social::begin(cx, provider, input.flow, Some(link)).await };
    let (identity, tokens) = id_token.identity(provider).await?;
    match cx.house.oauth.link(provider, &identity, &tokens, &link).await? {
        Ok(()) => Reply::json(&json!({ "url": "", "status": true, "redirect": false })),
        Err(NotLinked::OthersAccount) => Err(Error::refused(409, code::SOCIAL_ACCOUNT_ALREADY_LINKED)),
        Err(NotLinked::NotAllowed) => Err(Error::refused(401, code::LINKING_NOT_ALLOWED)),
        Err(NotLinked::OtherEmail) => Err(Error::refused(401, code::LINKING_DIFFERENT_EMAILS_NOT_ALLOWED)),
        Err(NotLinked::Failed) => Err(Error::refused(417, code::LINKING_FAILED)),
    }
}
