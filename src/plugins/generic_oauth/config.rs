//! `[plugins.generic_oauth]`.

use toml::Value;

use crate::config::{Given, Item, Section, Unset};
use crate::crypto::jose::Algorithm;
use crate::oauth::spec::{
    Authorization, ClientAuth, Discovery, Endpoints, IdTokenRule, Mapping, ProfileRule, Quirk, SignUpRule, Source, Spec,
};

/// Reads the providers of `[plugins.generic_oauth]`, if it is enabled. None may have a name that is `taken`.
pub fn read(root: &mut Section<'_>, taken: &[Spec]) -> Vec<Spec> {
    let mut plugins = root.table("plugins");
    let mut section = plugins.table("generic_oauth");
    let enabled = section.bool("enabled", false, "Sign-in with providers of your own.");
    let doc = "The providers: `[{ provider_id = \"acme\", client_id = \"…\", client_secret = \"…\", discovery_url = \"…\" }]`, \
               with `authorization_url`, `token_url` and `user_info_url` in place of `discovery_url` where there is \
               none. docs/social-sign-in.md has all keys.";
    let taken: Vec<&str> = taken.iter().map(|spec| spec.id.as_str()).collect();
    let parse = |given: Given<'_>| providers(&given, &taken);
    let specs = section.ask_masked("config", "list of tables", Unset::Says("none"), doc, parse).unwrap_or_default();
    if enabled { specs } else { Vec::new() }
}

fn providers(given: &Given<'_>, taken: &[&str]) -> Result<Vec<Spec>, String> {
    let Value::Array(entries) = given.value else { return Err(given.mismatch("a list of tables, [{ … }, { … }]")) };
    let mut specs: Vec<Spec> = Vec::new();
    for (place, entry) in (1..).zip(entries) {
        let table = entry.as_table().ok_or_else(|| format!("has an entry {place} that is no table"))?;
        let spec = provider(&mut Item::new(table)).map_err(|fault| format!("has a fault in entry {place}: {fault}"))?;
        if specs.iter().any(|other| other.id == spec.id) || taken.contains(&spec.id.as_str()) {
            return Err(format!("has a second provider {:?}", spec.id));
        }
        specs.push(spec);
    }
    Ok(specs)
}

fn provider(entry: &mut Item<'_>) -> Result<Spec, String> {
    let id = entry.text("provider_id")?.ok_or("`provider_id` is missing")?;
    if !is_segment(&id) || id == "credential" {
        return Err(
            "`provider_id` must be letters, digits, `-`, `_` and `.`, since it stands in a URL, and not `credential`"
                .into(),
        );
    }
    entry.text("name")?;
    let client_ids = entry.texts("client_id")?.filter(|ids| !ids.is_empty()).ok_or("`client_id` is missing")?;
    let client_secret = entry.secret("client_secret")?;
    let client_auth = client_auth(entry, client_secret.is_some())?;
    let discovery = entry.url("discovery_url")?;
    let headers = entry.pairs("discovery_headers")?;
    let endpoints = Endpoints {
        authorization: entry.url("authorization_url")?,
        token: entry.url("token_url")?,
        user_info: entry.url("user_info_url")?,
        jwks: entry.url("jwks_url")?,
        end_session: entry.url("end_session_endpoint")?,
        issuers: entry.texts("issuer")?.unwrap_or_default(),
    };
    if discovery.is_none() && (endpoints.authorization.is_none() || endpoints.token.is_none()) {
        return Err("either `discovery_url` or `authorization_url` and `token_url` must be given".into());
    }
    let verifies = discovery.is_some() || (endpoints.jwks.is_some() && !endpoints.issuers.is_empty());
    let required = entry.flag("require_id_token_verification", false)?;
    if required && !verifies {
        return Err("`require_id_token_verification` wants `discovery_url`, or `issuer` and `jwks_url`".into());
    }
    if discovery.is_none() && !verifies && endpoints.user_info.is_none() {
        return Err("`user_info_url` is missing: there is no other way to a profile".into());
    }
    let (no_token_sign_in, no_nonce) =
        (entry.flag("disable_id_token_sign_in", false)?, entry.flag("disable_id_token_nonce_binding", false)?);
    let spec = Spec {
        id,
        client_ids,
        client_secret,
        client_auth,
        redirect_uri: entry.url("redirect_uri")?,
        discovery: discovery.map(|url| Discovery { url, headers }),
        authorization: authorization(entry)?,
        id_token: IdTokenRule {
            // Without discovery those that providers commonly sign with.
            algorithms: Algorithm::ALL.to_vec(),
            audience: Vec::new(),
            max_age: None,
            signs_in: verifies && !no_token_sign_in,
            nonce: verifies && !no_nonce,
            hashed_nonce: false,
            required,
        },
        profile: ProfileRule { source: Source::Either, mapping: mapping(entry)?, quirk: Quirk::None },
        sign_up: SignUpRule {
            disabled: entry.flag("disable_sign_up", false)?,
            only_on_request: entry.flag("disable_implicit_sign_up", false)?,
            override_user_info: entry.flag("override_user_info", false)?,
            require_email_verification: entry.flag("require_email_verification", false)?,
        },
        token_params: entry.pairs("token_url_params")?,
        refresh_params: entry.pairs("refresh_token_params")?,
        access_token_expires_in: entry.seconds("access_token_expires_in")?,
        post_logout_redirect_uri: entry.text("post_logout_redirect_uri")?,
        disable_provider_logout: entry.flag("disable_provider_logout", false)?,
        endpoints,
    };
    entry.finish()?;
    Ok(spec)
}

fn client_auth(entry: &mut Item<'_>, has_secret: bool) -> Result<ClientAuth, String> {
    let method = match (entry.text("authentication")?, entry.text_in("token_endpoint_auth", "method")?) {
        (_, Some(method)) => Some(method),
        (Some(word), None) => Some(format!("client_secret_{word}")),
        (None, None) => None,
    };
    match (method.as_deref(), has_secret) {
        (None | Some("client_secret_post"), true) | (None | Some("none" | "client_secret_post"), false) => {
            Ok(ClientAuth::Post)
        }
        (Some("client_secret_basic"), true) => Ok(ClientAuth::Basic),
        (Some("client_secret_basic"), false) => Err("basic authentication wants a `client_secret`".into()),
        (Some("none"), true) => Err("`none` cannot be combined with a `client_secret`".into()),
        (Some(other), _) => {
            Err(format!("{other:?} is no way to authenticate that is known here; use \"basic\" or \"post\""))
        }
    }
}

fn authorization(entry: &mut Item<'_>) -> Result<Authorization, String> {
    let mut params = Vec::new();
    for name in ["prompt", "access_type", "response_mode"] {
        params.extend(entry.text(name)?.map(|value| (name.to_owned(), value)));
    }
    params.extend(entry.pairs("authorization_url_params")?);
    Ok(Authorization {
        scopes: entry.texts("scopes")?.unwrap_or_default(),
        asked_first: true,
        pkce: entry.flag("pkce", true)?,
        takes_login_hint: true,
        response_type: entry.text("response_type")?,
        params,
    })
}

/// Which members of a profile mean what. Where nothing is said, those that Better Auth goes by.
fn mapping(entry: &mut Item<'_>) -> Result<Mapping, String> {
    let mut pointers = |name: &str, usual: &[&str]| {
        let own = entry.text_in("mapping", name)?.map(|member| vec![pointer(&member)]);
        Ok::<_, String>(own.unwrap_or_else(|| usual.iter().map(|member| pointer(member)).collect()))
    };
    Ok(Mapping {
        // Left open where nothing is said: an OpenID provider's is `sub`, another's `id`.
        subject: pointers("id", &[])?,
        name: pointers("name", &["name"])?,
        email: pointers("email", &["email"])?,
        email_verified: pointers("email_verified", &["email_verified"])?,
        image: pointers("image", &["picture"])?,
    })
}

/// A member's name as a JSON pointer; what begins with `/` is one already.
fn pointer(member: &str) -> String {
    if member.starts_with('/') {
        return member.to_owned();
    }
    format!("/{}", member.replace('~', "~0").replace('/', "~1"))
}

fn is_segment(id: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !id.is_empty() && id.bytes().all(letters) && !id.bytes().all(|byte| byte == b'.')
}
