//! POST /sign-out: ends the session and clears its cookies, also where there is none, and says where the user signs out
//! at an OpenID provider, too.

use serde_json::json;

use crate::base::{Actor, Behalf, Result};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::oauth::logout::Leaving;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/sign-out", sign_out).forms()
}

struct SignOut {
    callback_url: Option<String>,
    disable_redirect: bool,
    state: Option<String>,
}

impl Input for SignOut {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.optional_object();
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let input = Self {
            callback_url: given(form.optional_string("callbackURL")),
            disable_redirect: form.optional_bool("disableRedirect").unwrap_or(false),
            state: given(form.optional_string("state")),
        };
        form.finish()?;
        Ok(input)
    }
}

async fn sign_out(cx: &Cx, input: SignOut) -> Result<Reply> {
    let mut elsewhere = None;
    if let Some(token) = cx.house.sessions.token(&cx.presented()) {
        Behalf::acts(Actor::Holder);
        let user = if cx.house.oauth.knows_logout() { cx.house.store.session_by_token(&token).await? } else { None };
        cx.house.store.delete_session(&token).await?;
        if let Some((_, user)) = user {
            elsewhere = logout_url(cx, &input, &user.id).await;
        }
    }
    cx.forget_session();
    let Some(url) = elsewhere else { return Reply::json(&json!({ "success": true })) };
    let redirect = !input.disable_redirect;
    // An ID token is in it.
    let reply = Reply::json(&json!({ "success": true, "url": url, "redirect": redirect }))?.no_store();
    Ok(if redirect { reply.location(&url) } else { reply })
}

/// Where the browser signs out at the provider, too. Whatever goes wrong with that, the session here has ended.
async fn logout_url(cx: &Cx, input: &SignOut, user_id: &str) -> Option<String> {
    let leaving = Leaving {
        user_id,
        page: input.callback_url.as_deref(),
        state: input.state.as_deref(),
        base: &cx.house.site.base_url,
    };
    cx.house.oauth.logout_url(&leaving).await.unwrap_or_else(|error| {
        tracing::warn!("a sign-out cannot go on at a provider: {}", error.chain());
        None
    })
}
