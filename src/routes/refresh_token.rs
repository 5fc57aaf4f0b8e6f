//! POST /refresh-token: new tokens of a provider, whether or not the old ones are still good.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::base::{Error, Result, code};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::http::social::{self, Choice};
use crate::store::Account;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/refresh-token", refresh_token)
}

async fn refresh_token(cx: &Cx, choice: Choice) -> Result<Reply> {
    let account = choice.account(cx).await?;
    social::provider_of_account(cx, &account)?;
    if account.refresh_token.is_none() {
        return Err(Error::refused(400, code::REFRESH_TOKEN_NOT_FOUND));
    }
    let account = social::refreshed(cx, account).await?.ok_or_else(failed)?;
    cx.keep_account(&account);
    Ok(Reply::json(&shown(cx, &account)?)?.no_store())
}

fn failed() -> Error {
    Error::refused(400, code::FAILED_TO_REFRESH_ACCESS_TOKEN)
}

/// All of it, in Better Auth's order; of the access token's expiry nothing where it is not known.
fn shown(cx: &Cx, account: &Account) -> Result<Map<String, Value>> {
    let open = |token: &Option<SecretString>| -> Result<Value> {
        let Some(token) = token else { return Ok(Value::Null) };
        let opened = cx.house.oauth.wrapping.open(token).ok_or_else(failed)?;
        Ok(opened.expose_secret().into())
    };
    let moment = |moment: Option<crate::base::Timestamp>| Value::from(moment.map(|moment| moment.to_string()));
    let mut shown = Map::new();
    let mut set = |name: &str, value| drop(shown.insert(name.to_owned(), value));
    set("accessToken", open(&account.access_token)?);
    set("refreshToken", open(&account.refresh_token)?);
    if account.access_token_expires_at.is_some() {
        set("accessTokenExpiresAt", moment(account.access_token_expires_at));
    }
    set("refreshTokenExpiresAt", moment(account.refresh_token_expires_at));
    set("scope", account.scope.as_deref().into());
    set("idToken", open(&account.id_token)?);
    set("providerId", account.provider_id.as_str().into());
    set("accountId", account.id.as_str().into());
    Ok(shown)
}
