//! Users, sessions and accounts in the order of keys that Better Auth's answers have: core, additional fields, id last.

use serde_json::{Map, Value, json};

use crate::base::Field;
use crate::store::{Account, Session, User};

/// `name, email, emailVerified, image, createdAt, updatedAt, …, id`, without fields that are not returned.
pub fn user(user: &User, fields: &[Field]) -> Map<String, Value> {
    let core = json!({
        "name": user.name,
        "email": user.email,
        "emailVerified": user.email_verified,
        "image": user.image,
        "createdAt": user.created_at,
        "updatedAt": user.updated_at,
    });
    finish(core, &user.more, fields, &user.id)
}

/// `expiresAt, token, createdAt, updatedAt, ipAddress, userAgent, userId, …, id`.
pub fn session(session: &Session, fields: &[Field]) -> Map<String, Value> {
    let core = json!({
        "expiresAt": session.expires_at,
        "token": session.token,
        "createdAt": session.created_at,
        "updatedAt": session.updated_at,
        "ipAddress": session.ip_address,
        "userAgent": session.user_agent,
        "userId": session.user_id,
    });
    finish(core, &session.more, fields, &session.id)
}

/// A user out of the cookie cache: `id, createdAt, updatedAt, email, emailVerified, name, image, …`, without what the cache
/// does not hold.
pub fn cached_user(user: &User, fields: &[Field]) -> Map<String, Value> {
    let core = json!({
        "id": user.id,
        "createdAt": user.created_at,
        "updatedAt": user.updated_at,
        "email": user.email,
        "emailVerified": user.email_verified,
        "name": user.name,
        "image": user.image,
    });
    with_more(core, &user.more, fields)
}

/// A session out of the cookie cache: `id, createdAt, updatedAt, userId, expiresAt, token, ipAddress, userAgent, …`.
pub fn cached_session(session: &Session, fields: &[Field]) -> Map<String, Value> {
    let core = json!({
        "id": session.id,
        "createdAt": session.created_at,
        "updatedAt": session.updated_at,
        "userId": session.user_id,
        "expiresAt": session.expires_at,
        "token": session.token,
        "ipAddress": session.ip_address,
        "userAgent": session.user_agent,
    });
    with_more(core, &session.more, fields)
}

/// An account as `/list-accounts` shows it: never a token, an expiry or a password; `scopes` as a list.
pub fn account(account: &Account) -> Map<String, Value> {
    let scopes = scopes(account);
    let core = json!({
        "accountId": account.account_id,
        "providerId": account.provider_id,
        "userId": account.user_id,
        "createdAt": account.created_at,
        "updatedAt": account.updated_at,
        "id": account.id,
        "scopes": scopes,
    });
    object(core)
}

/// What the user has let this site do at the provider.
pub fn scopes(account: &Account) -> Vec<&str> {
    let scopes = account.scope.iter().flat_map(|scope| scope.split(','));
    scopes.map(str::trim).filter(|scope| !scope.is_empty()).collect()
}

fn finish(core: Value, more: &Map<String, Value>, fields: &[Field], id: &str) -> Map<String, Value> {
    let mut whole = object(core);
    for field in fields.iter().filter(|field| field.returned) {
        whole.insert(field.name.clone(), more.get(&field.name).cloned().unwrap_or(Value::Null));
    }
    whole.insert("id".into(), id.into());
    whole
}

fn with_more(core: Value, more: &Map<String, Value>, fields: &[Field]) -> Map<String, Value> {
    let shown = fields.iter().filter(|field| field.returned);
    let more = shown.filter_map(|field| Some((field.name.clone(), more.get(&field.name)?.clone())));
    object(core).into_iter().chain(more).collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
