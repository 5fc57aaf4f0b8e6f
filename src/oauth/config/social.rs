//! `[social_providers.NAME]`: a built-in provider, with the deployment's client and what it wants otherwise.

use secrecy::SecretString;
use url::Url;

use crate::config::{Given, Section, Unset};
use crate::crypto::jose::Algorithm;
use crate::oauth::providers::{ALL, Builtin};
use crate::oauth::spec::{Authorization, Endpoints, IdTokenRule, Mapping, ProfileRule, Quirk, SignUpRule, Spec};

/// Reads every built-in provider that is configured and not switched off.
pub fn read_social(root: &mut Section<'_>) -> Vec<Spec> {
    let mut social = root.table("social_providers");
    let mut specs = Vec::new();
    for name in social.own_names() {
        let there = social.has(&name);
        let mut section = social.table(&name);
        match ALL.iter().find(|row| row.id == name) {
            Some(row) => specs.extend(read(&mut section, row)),
            // The reference tells what providers can be asked, once for all of them.
            None if !there => describe(&mut section),
            None => {}
        }
    }
    specs
}

fn read(section: &mut Section<'_>, row: &Builtin) -> Option<Spec> {
    let enabled = section.bool("enabled", true, ENABLED);
    let client_ids = client_ids(section);
    if enabled && client_ids.is_empty() && !section.has("client_id") {
        section.refuse("client_id", "is missing; it is the id that the provider gave this site");
    }
    let client_secret = client_secret(section);
    let scope = section.list("scope", &[], SCOPE);
    let own = !section.bool("disable_default_scope", false, DISABLE_DEFAULT_SCOPE);
    let scopes = row.scopes.iter().filter(|_| own).map(|scope| (*scope).to_owned()).chain(scope).collect();
    let variables: Vec<_> = row.variables.iter().map(|(name, default)| variable(section, name, default)).collect();
    let endpoints = endpoints(section, row, &variables);
    let params = params(section, row);
    let (audience, quirk) = (audience(section, row), quirk(row, &params, &variables));
    let spec = Spec {
        id: row.id.to_owned(),
        client_ids,
        client_secret,
        client_auth: row.client_auth,
        redirect_uri: url(section, "redirect_uri", "`BASE_URL/callback/NAME`", REDIRECT_URI),
        endpoints,
        discovery: None,
        authorization: Authorization {
            scopes,
            asked_first: row.asked_first,
            pkce: row.pkce,
            takes_login_hint: row.takes_login_hint,
            response_type: row.response_type.map(str::to_owned),
            params,
        },
        id_token: IdTokenRule {
            algorithms: vec![Algorithm::RS256, Algorithm::ES256],
            audience,
            max_age: row.max_age,
            signs_in: row.signs_in && !section.bool("disable_id_token_sign_in", false, DISABLE_ID_TOKEN_SIGN_IN),
            nonce: false,
            hashed_nonce: quirk == Quirk::Apple,
            required: false,
        },
        profile: ProfileRule { source: row.source, mapping: mapping(row), quirk },
        sign_up: sign_up(section),
        token_params: Vec::new(),
        refresh_params: Vec::new(),
        access_token_expires_in: None,
        post_logout_redirect_uri: None,
        disable_provider_logout: true,
    };
    enabled.then_some(spec)
}

const ENABLED: &str = "Sign-in with this provider: `apple`, `discord`, `dropbox`, `facebook`, `github`, `gitlab`, \
                       `google`, `linkedin`, `microsoft`, `reddit`, `slack`, `spotify`, `twitch`, `twitter` or `zoom`.";
const SCOPE: &str = "Scopes to ask for beside the provider's usual ones.";
const DISABLE_DEFAULT_SCOPE: &str = "Only the scopes of `scope` are asked for.";
const REDIRECT_URI: &str = "Where the provider sends browsers back to, if a proxy makes that another URL.";
const DISABLE_ID_TOKEN_SIGN_IN: &str = "No client may present an ID token to sign in with.";

fn client_ids(section: &mut Section<'_>) -> Vec<String> {
    let doc = "What the provider calls this site. ID tokens may be for any of several; the first one asks for codes.";
    texts(section, "client_id", "must be given", doc)
}

fn client_secret(section: &mut Section<'_>) -> Option<SecretString> {
    section.secret("client_secret", "none", "What proves to the provider that this is the site.")
}

/// A text, or a list of them.
fn texts(section: &mut Section<'_>, name: &str, unset: &'static str, doc: &str) -> Vec<String> {
    let parse = |given: Given<'_>| {
        let texts = given.value.as_array().and_then(|_| given.list()).or_else(|| Some(vec![given.text()?.to_owned()]));
        let texts = texts.ok_or_else(|| given.mismatch("a text, or a list of texts"))?;
        if texts.is_empty() || texts.iter().any(String::is_empty) { Err("is empty".to_owned()) } else { Ok(texts) }
    };
    section.ask(name, "text, or list of texts", Unset::Says(unset), doc, parse).unwrap_or_default()
}

/// An http(s) URL. Nothing else is ever asked.
fn url(section: &mut Section<'_>, name: &str, unset: &'static str, doc: &str) -> Option<String> {
    section.ask(name, "URL", Unset::Says(unset), doc, |given| {
        let text = given.text().ok_or_else(|| given.mismatch("a URL in quotes"))?;
        let fits = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        fits.then(|| text.to_owned()).ok_or_else(|| "must be an http(s) URL".to_owned())
    })
}

/// What URLs of the row name in braces.
fn variable<'n>(section: &mut Section<'_>, name: &'n str, default: &str) -> (&'n str, String) {
    let (unset, doc) = match name {
        "tenant_id" => ("`\"common\"`", TENANT_ID),
        "authority" => ("Microsoft's", AUTHORITY),
        _ => ("the provider's own", ISSUER),
    };
    let value = match name {
        "tenant_id" => section.optional_text(name, unset, doc),
        _ => url(section, name, unset, doc),
    };
    (name, value.map_or_else(|| default.to_owned(), |value| value.trim_end_matches('/').to_owned()))
}

const TENANT_ID: &str = "Microsoft: a tenant's id, or `common`, `organizations`, `consumers`.";
const AUTHORITY: &str = "Microsoft: where it is asked, for national clouds.";
const ISSUER: &str = "GitLab: where it is run. Others: whom ID tokens name.";

fn endpoints(section: &mut Section<'_>, row: &Builtin, variables: &[(&str, String)]) -> Endpoints {
    let mut endpoint = |name: &str, template: &str, doc: &str| {
        let set = if template.is_empty() { None } else { url(section, name, OWN, doc) };
        set.or_else(|| (!template.is_empty()).then(|| filled(template, variables)))
    };
    let [authorization, token, user_info, jwks] = [
        endpoint("authorization_endpoint", row.authorization, AUTHORIZATION_ENDPOINT),
        endpoint("token_endpoint", row.token, TOKEN_ENDPOINT),
        endpoint("user_info_endpoint", row.user_info, USER_INFO_ENDPOINT),
        endpoint("jwks_uri", row.jwks, JWKS_URI),
    ];
    let own_issuer = !row.issuers.is_empty() && !row.variables.iter().any(|(name, _)| *name == "issuer");
    let issuers = if own_issuer { texts(section, "issuer", OWN, ISSUER) } else { Vec::new() };
    let issuers =
        if issuers.is_empty() { row.issuers.iter().map(|issuer| filled(issuer, variables)).collect() } else { issuers };
    let user_info = user_info.map(|url| match row.quirk {
        Quirk::Facebook => [vec![url], section.list("fields", &[], FIELDS)].concat().join(","),
        _ => url,
    });
    Endpoints { authorization, token, user_info, jwks, end_session: None, issuers }
}

const OWN: &str = "the provider's own";
const AUTHORIZATION_ENDPOINT: &str = "Where browsers are sent.";
const TOKEN_ENDPOINT: &str = "Where codes are exchanged for tokens.";
const USER_INFO_ENDPOINT: &str = "Where profiles are asked for.";
const JWKS_URI: &str = "Where the keys of ID tokens are.";
const FIELDS: &str = "Facebook: more members of a profile to ask for.";

fn filled(template: &str, variables: &[(&str, String)]) -> String {
    variables.iter().fold(template.to_owned(), |url, (name, value)| url.replace(&format!("{{{name}}}"), value))
}

fn params(section: &mut Section<'_>, row: &Builtin) -> Vec<(String, String)> {
    let mut params = Vec::new();
    for (key, param, default) in row.options {
        let value = option(section, key).or_else(|| Some((*default).to_owned()));
        params.extend(value.filter(|value| !value.is_empty()).map(|value| ((*param).to_owned(), value)));
    }
    params.extend(row.params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    params
}

/// A key that becomes a parameter of the authorization URL.
fn option(section: &mut Section<'_>, key: &str) -> Option<String> {
    let doc = OPTIONS.iter().find(|(name, _)| *name == key).map_or("", |(_, doc)| *doc);
    section.ask(key, "text", Unset::Says("the provider's choice"), doc, |given| match given.value {
        toml::Value::Integer(number) => Ok(number.to_string()),
        _ => given.text().map(str::to_owned).ok_or_else(|| given.mismatch("a text in quotes")),
    })
}

const OPTIONS: [(&str, &str); 7] = [
    ("prompt", "Discord, GitHub, Google, Microsoft: what the provider asks the user, `select_account`, `consent`."),
    ("access_type", "Google, Dropbox: `offline` for a refresh token."),
    ("display", "Google: how its page is shown."),
    ("hd", "Google: the domain whose users alone are let in, `*` for any hosted domain."),
    ("duration", "Reddit: `permanent` for a refresh token."),
    ("permissions", "Discord: those of a bot."),
    ("config_id", "Facebook: the configuration of Facebook Login for Business."),
];

fn audience(section: &mut Section<'_>, row: &Builtin) -> Vec<String> {
    if row.quirk != Quirk::Apple {
        return Vec::new();
    }
    let bundle = section.optional_text("app_bundle_identifier", "none", APP_BUNDLE_IDENTIFIER);
    let listed = texts(section, "audience", "the client, and `app_bundle_identifier`", AUDIENCE);
    bundle.into_iter().chain(listed).collect()
}

const APP_BUNDLE_IDENTIFIER: &str = "Apple: the app that may present ID tokens.";
const AUDIENCE: &str = "Apple: those for whom ID tokens may be.";

fn quirk(row: &Builtin, params: &[(String, String)], variables: &[(&str, String)]) -> Quirk {
    let value = |wanted: &str| {
        let found = variables.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    match &row.quirk {
        Quirk::Google { .. } => {
            let domain = params.iter().find(|(name, _)| name == "hd").map(|(_, domain)| domain.clone());
            Quirk::Google { hosted_domain: domain }
        }
        Quirk::Microsoft { .. } => Quirk::Microsoft { authority: value("authority"), tenant: value("tenant_id") },
        other => other.clone(),
    }
}

fn mapping(row: &Builtin) -> Mapping {
    let listed = |pointers: &[&str]| {
        pointers.iter().filter(|pointer| !pointer.is_empty()).map(|pointer| (*pointer).to_owned()).collect()
    };
    // Limited login names its user as every ID token does.
    let subject = if row.quirk == Quirk::Facebook { vec!["/sub", row.subject] } else { vec![row.subject] };
    Mapping {
        subject: listed(&subject),
        name: listed(row.name),
        email: listed(&[row.email]),
        email_verified: listed(&[row.email_verified]),
        image: listed(row.image),
    }
}

fn sign_up(section: &mut Section<'_>) -> SignUpRule {
    SignUpRule {
        disabled: section.bool("disable_sign_up", false, "Nobody becomes a user through this provider."),
        only_on_request: section.bool(
            "disable_implicit_sign_up",
            false,
            "A sign-in makes a user only if it asks for that with `requestSignUp`.",
        ),
        override_user_info: section.bool(
            "override_user_info_on_sign_in",
            false,
            "Each sign-in puts the provider's profile in the place of the user's own.",
        ),
        require_email_verification: false,
    }
}

/// What every provider and some of them can be told, for the reference.
fn describe(section: &mut Section<'_>) {
    section.bool("enabled", true, ENABLED);
    client_ids(section);
    client_secret(section);
    section.list("scope", &[], SCOPE);
    section.bool("disable_default_scope", false, DISABLE_DEFAULT_SCOPE);
    url(section, "redirect_uri", "`BASE_URL/callback/NAME`", REDIRECT_URI);
    sign_up(section);
    section.bool("disable_id_token_sign_in", false, DISABLE_ID_TOKEN_SIGN_IN);
    for (name, doc) in [
        ("authorization_endpoint", AUTHORIZATION_ENDPOINT),
        ("token_endpoint", TOKEN_ENDPOINT),
        ("user_info_endpoint", USER_INFO_ENDPOINT),
        ("jwks_uri", JWKS_URI),
    ] {
        url(section, name, OWN, doc);
    }
    texts(section, "issuer", OWN, ISSUER);
    for (name, _) in OPTIONS {
        option(section, name);
    }
    section.optional_text("tenant_id", "`\"common\"`", TENANT_ID);
    url(section, "authority", "Microsoft's", AUTHORITY);
    section.optional_text("app_bundle_identifier", "none", APP_BUNDLE_IDENTIFIER);
    texts(section, "audience", "the client, and `app_bundle_identifier`", AUDIENCE);
    section.list("fields", &[], FIELDS);
}
