//! Whoever shows an access token, and whether it is one of ours and still good.

use serde_json::Value;

use super::TokenApi;
use crate::base::{Error, Result};
use crate::crypto::jose::Claims;
use crate::http::cx::{Cx, bearer_token, recognised};
use crate::store::{Session, User};

/// An access token that is good at this moment, and whose it is.
pub struct Holder {
    pub session: Session,
    pub user: User,
    pub claims: Claims,
    pub jti: String,
}

impl TokenApi {
    /// Who asks, as the database has them at this moment.
    ///
    /// # Errors
    /// 401 without a token that is good; 403 for somebody who is banned.
    pub async fn holder(&self, cx: &Cx) -> Result<Holder> {
        let authorization = cx.header("authorization");
        let token = authorization.as_deref().and_then(bearer_token);
        let token = token.ok_or_else(|| Error::uncoded(401, "Not authenticated"))?;
        let holder = self.recognise(token).await?;
        let holder = holder.ok_or_else(|| Error::uncoded(401, "Could not validate credentials"))?;
        recognised(&holder.session, &holder.user);
        cx.admit_still(&holder.user).await?;
        Ok(holder)
    }

    /// Whose token this is. None where it is no access token of ours, was revoked, or its session or its user is gone.
    ///
    /// A token of the same key for the same audience, made for somebody's session cookie, is not taken: its session has no
    /// refresh tokens.
    pub async fn recognise(&self, token: &str) -> Result<Option<Holder>> {
        let Ok(claims) = self.tokens.verify(self.template()?, token) else { return Ok(None) };
        let (Some(jti), Some(sid)) = (text(&claims, "jti"), text(&claims, "sid")) else { return Ok(None) };
        if self.store.is_revoked(&jti, Some(&sid)).await? {
            return Ok(None);
        }
        let Some((session, user)) = self.store.session_by_id(&sid).await? else { return Ok(None) };
        let is_good = session.expires_at > self.clock.now() && user.id == claims.subject;
        if !is_good || !self.store.has_refresh_tokens(&sid).await? {
            return Ok(None);
        }
        Ok(Some(Holder { session, user, claims, jti }))
    }
}

/// A claim that is a text with something in it.
fn text(claims: &Claims, name: &str) -> Option<String> {
    claims.all.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}
