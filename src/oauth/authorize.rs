//! The URL at which a user meets the provider (RFC 6749 §4.1.1, RFC 7636 §4.3).

use url::Url;
use url::form_urlencoded::Serializer;

use super::provider::{Provider, Trouble};
use crate::crypto::digest;

/// Parameters that decide what comes back and to whom: no request may set them.
pub const RESERVED: [&str; 8] = [
    "state",
    "client_id",
    "redirect_uri",
    "response_type",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "scope",
];

/// In which order Better Auth writes the parameters that it knows. Others come last.
const ORDER: [&str; 8] = ["duration", "display", "login_hint", "nonce", "prompt", "hd", "access_type", "response_mode"];

/// What one request wants otherwise than others.
#[derive(Clone, Default)]
pub struct Wish {
    pub scopes: Vec<String>,
    pub login_hint: Option<String>,
    /// None is [reserved](RESERVED).
    pub params: Vec<(String, String)>,
}

/// What binds the URL to one flow.
pub struct Binding<'b> {
    pub state: &'b str,
    pub verifier: &'b str,
    pub nonce: Option<&'b str>,
    pub redirect_uri: &'b str,
}

impl Provider {
    /// The URL of a flow.
    pub async fn authorization_url(&self, wish: &Wish, binding: &Binding<'_>) -> Result<String, Trouble> {
        let description = self.description().await?;
        let endpoint = description.endpoints.authorization.ok_or(Trouble::Unknown("authorization endpoint"))?;
        let mut url = Url::parse(&endpoint).map_err(|_| Trouble::Unknown("authorization endpoint"))?;
        let rule = &self.spec.authorization;
        let mut query = Query(url.query_pairs().into_owned().collect());
        query.set("response_type", rule.response_type.as_deref().unwrap_or("code"));
        query.set("client_id", self.client_id());
        query.set("state", binding.state);
        let scopes = self.scopes(wish, description.is_openid && self.spec.discovery.is_some());
        if !scopes.is_empty() {
            query.set("scope", &scopes.join(" "));
        }
        query.set("redirect_uri", binding.redirect_uri);
        let hint = wish.login_hint.as_deref().filter(|hint| rule.takes_login_hint && !hint.is_empty());
        for name in ORDER {
            let own = rule.params.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
            let value = match name {
                "login_hint" => hint.or(own),
                "nonce" => binding.nonce,
                _ => own,
            };
            value.into_iter().for_each(|value| query.set(name, value));
        }
        if rule.pkce {
            query.set("code_challenge_method", "S256");
            query.set("code_challenge", &digest::base64url(binding.verifier));
        }
        let others = rule.params.iter().filter(|(name, _)| !ORDER.contains(&name.as_str()));
        for (name, value) in others.chain(&wish.params).filter(|(name, _)| !RESERVED.contains(&name.as_str())) {
            query.set(name, value);
        }
        url.set_query(Some(&query.text()));
        Ok(url.into())
    }

    fn scopes(&self, wish: &Wish, is_openid: bool) -> Vec<String> {
        let rule = &self.spec.authorization;
        let (first, then) = if rule.asked_first { (&wish.scopes, &rule.scopes) } else { (&rule.scopes, &wish.scopes) };
        let mut scopes = [first.clone(), then.clone()].concat();
        if is_openid && !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        scopes
    }
}

/// Parameters, each once.
struct Query(Vec<(String, String)>);

impl Query {
    fn set(&mut self, name: &str, value: &str) {
        match self.0.iter().position(|(given, _)| given == name) {
            Some(place) => value.clone_into(&mut self.0[place].1),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    fn text(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}
