//! GET /account-info: what a provider says of the user now.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::social::{self, Choice};
use crate::oauth::profile::{Identity, Trust};
use crate::oauth::tokens::Tokens;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/account-info", account_info)
}

/// A choice that a query makes.
struct Asked(Choice);

impl Input for Asked {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let choice = Choice::read(&mut form);
        form.finish()?;
        Ok(Self(choice))
    }
}

async fn account_info(cx: &Cx, Asked(choice): Asked) -> Result<Reply> {
    let account = choice.account(cx).await?;
    let provider = cx.house.oauth.provider(&account.provider_id);
    let provider = provider.ok_or_else(|| Error::refused(400, code::PROVIDER_NOT_CONFIGURED))?;
    let account = social::with_valid_token(cx, account).await?;
    let open = |token: &Option<SecretString>| token.as_ref().and_then(|token| cx.house.oauth.wrapping.open(token));
    let access = open(&account.access_token).filter(|token| !token.expose_secret().is_empty());
    let access = access.ok_or_else(|| Error::refused(400, code::ACCESS_TOKEN_NOT_FOUND))?;
    let tokens = Tokens { access: Some(access), id: open(&account.id_token), ..Tokens::default() };
    let identity = provider.identity(&tokens, Trust::Known, None).await;
    let identity = identity.ok_or_else(|| Error::refused(401, code::FAILED_TO_GET_USER_INFO))?;
    Reply::json(&json!({
        "user": user(&identity),
        "data": identity.data,
        "account": { "id": account.id, "providerId": account.provider_id, "accountId": account.account_id },
    }))
}

/// What is not known is left out.
fn user(identity: &Identity) -> Map<String, Value> {
    let mut user = Map::new();
    for (name, text) in [("name", &identity.name), ("email", &identity.email), ("image", &identity.image)] {
        text.iter().for_each(|text| drop(user.insert(name.to_owned(), text.as_str().into())));
    }
    user.insert("emailVerified".into(), identity.email_verified.into());
    user
}
