//! resource_servers: backends ask whether a token is good (RFC 7662), and revoke one (RFC 7009).

mod introspect;
mod revoke;

use std::sync::Arc;

use super::Plugin;
use crate::base::Result;
use crate::crypto::jose::Claims;
use crate::http::cx::Cx;
use crate::http::reply::Reply;
use crate::http::resource_servers::{Denied, Form, ResourceServer, ResourceServers};
use crate::moments::Moments;
use crate::tokens::{Template, Tokens};

/// The plugin, where there are resource servers.
pub fn plugin(servers: &Arc<ResourceServers>, tokens: &Arc<Tokens>) -> Option<Plugin> {
    let asked = Arc::new(Asked { servers: Arc::clone(servers), tokens: Arc::clone(tokens) });
    let endpoints = vec![introspect::endpoint(Arc::clone(&asked)), revoke::endpoint(asked)];
    (!servers.is_empty()).then(|| Plugin { moments: Arc::new(Nothing), endpoints })
}

/// The plugin has no say in anything.
struct Nothing;

impl Moments for Nothing {}

/// What the plugin's endpoints share.
struct Asked {
    servers: Arc<ResourceServers>,
    tokens: Arc<Tokens>,
}

impl Asked {
    /// Whoever asks, and the token in question; else the answer in the shape of an OAuth error.
    async fn question<'a>(&'a self, cx: &Cx, form: &'a Form) -> Result<(&'a ResourceServer, &'a str), Result<Reply>> {
        let server = self.servers.recognise(cx, form).await.map_err(Err)?.map_err(Denied::reply)?;
        let missing = || Denied::Request("the form field `token` is missing, or there are several").reply();
        Ok((server, form.text("token").ok_or_else(missing)?))
    }

    /// The claims of a token that is one of ours and this server's business, and the template that it is of. All of it is
    /// found out in memory: no token that anybody has made up costs a look at the database.
    ///
    /// Templates may share key, issuer, audience and type: of those that a token could be of, the one counts that binds it
    /// to most.
    fn verify(&self, server: &ResourceServer, token: &str) -> Option<(&Template, Claims)> {
        let verified = |template| Some((template, self.tokens.verify(template, token).ok()?));
        let strictness = |(template, claims): &(&Template, Claims)| {
            (template.sid_is_the_session() && claims.all.contains_key("sid"), template.subject_is_the_id())
        };
        let found = self.tokens.templates().filter_map(verified).max_by_key(strictness);
        found.filter(|(_, claims)| server.sees(&claims.all))
    }
}

/// By what a token is revoked: its `jti` or, where it has none, all of it that is signed. The signature itself is left out,
/// since there may be several for one token.
fn name_of<'a>(token: &'a str, claims: &'a Claims) -> &'a str {
    let jti = claims.all.get("jti").and_then(serde_json::Value::as_str).filter(|jti| !jti.is_empty());
    jti.unwrap_or_else(|| token.rsplit_once('.').map_or(token, |(signed, _)| signed))
}
