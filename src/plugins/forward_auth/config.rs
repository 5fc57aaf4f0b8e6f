//! `[plugins.forward_auth]`.

use secrecy::ExposeSecret;

use crate::config::{Section, Unset};
use crate::crypto::TokenDigest;

/// The fewest characters of the secret: what `signet secret` prints has 43.
const SHORTEST_SECRET: usize = 32;

/// What proxies are answered.
#[derive(Clone, Debug)]
pub struct ForwardAuthConfig {
    pub enabled: bool,
    /// Where browsers sign in: a URL, or a path of the site. None: they are told 401 as programs are.
    pub sign_in_page: Option<String>,
    /// The parameter of that page for the address to come back to.
    pub return_parameter: String,
    /// The template of tokens for proxies that name none. None: the default token.
    pub template: Option<String>,
    /// What a proxy must show.
    pub secret: Option<TokenDigest>,
}

impl ForwardAuthConfig {
    /// Reads `[plugins.forward_auth]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut plugins = root.table("plugins");
        let mut section = plugins.table("forward_auth");
        let doc =
            "`/forward-auth`, which nginx, Caddy, Traefik and Envoy ask about requests; see docs/forward-auth.md.";
        let enabled = section.bool("enabled", false, doc);
        let sign_in_page = sign_in_page(&mut section);
        let doc = "The parameter of that page that holds the address to come back to.";
        let return_parameter = section.text("return_parameter", "callbackURL", doc);
        if !return_parameter.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            || return_parameter.is_empty()
        {
            section.refuse("return_parameter", "must hold letters, digits, `-` and `_` alone");
        }
        let doc = "The template of the tokens, for proxies that name none.";
        let template = section.optional_text("template", "the default token", doc);
        let doc = "What proxies show in `X-Forward-Auth-Secret`, at least 32 characters. Without, whoever a trusted proxy \
                   passes on can ask too.";
        let secret = section.secret("secret", "none", doc);
        if secret.as_ref().is_some_and(|secret| secret.expose_secret().chars().count() < SHORTEST_SECRET) {
            section.refuse("secret", "has fewer than 32 characters; use what `signet secret` prints");
        }
        let secret = secret.map(|secret| TokenDigest::of(secret.expose_secret()));
        Self { enabled, sign_in_page, return_parameter, template, secret }
    }
}

fn sign_in_page(section: &mut Section<'_>) -> Option<String> {
    let doc = "Where browsers are sent to sign in: a URL, or a path of the site. Without, they are answered 401.";
    section.page("sign_in_page", Unset::Says("none"), doc)
}
