//! POST /get-access-token: what a provider lets this site do for the user, refreshed where it is about to expire.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::social::{self, Choice};
use crate::store::Account;
use crate::users::answer;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/get-access-token", get_access_token)
}

impl Input for Choice {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        let choice = Self::read(&mut form);
        form.finish()?;
        Ok(choice)
    }
}

async fn get_access_token(cx: &Cx, choice: Choice) -> Result<Reply> {
    let account = choice.account(cx).await?;
    social::provider_of_account(cx, &account)?;
    let account = social::with_valid_token(cx, account).await?;
    cx.keep_account(&account);
    Ok(Reply::json(&shown(cx, &account)?)?.no_store())
}

/// What is not there is left out.
fn shown(cx: &Cx, account: &Account) -> Result<Map<String, Value>> {
    let open = |token: &Option<SecretString>| -> Result<Option<Value>> {
        let Some(token) = token else { return Ok(None) };
        let opened = cx.house.oauth.wrapping.open(token);
        let opened = opened.ok_or_else(|| Error::refused(400, code::FAILED_TO_GET_ACCESS_TOKEN))?;
        Ok(Some(opened.expose_secret().into()))
    };
    let mut shown = Map::new();
    shown.insert("accessToken".into(), open(&account.access_token)?.unwrap_or_else(|| "".into()));
    if let Some(expires_at) = account.access_token_expires_at {
        shown.insert("accessTokenExpiresAt".into(), expires_at.to_string().into());
    }
    shown.insert("scopes".into(), answer::scopes(account).into());
    if let Some(id_token) = open(&account.id_token)? {
        shown.insert("idToken".into(), id_token);
    }
    Ok(shown)
}
