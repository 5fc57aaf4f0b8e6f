//! Who may administer: whoever holds a token of `[admin] tokens`, and, with the admin plugin, users of certain roles.

use serde_json::Value;

use crate::base::text;
use crate::config::{Given, Section, Unset};
use crate::crypto::TokenDigest;
use crate::store::{Session, User};

/// The fewest characters of a token: what `signet secret` prints has 43.
const SHORTEST: usize = 32;
const DIGEST: &str = "sha256:";

/// Those who may administer.
#[derive(Clone, Debug, Default)]
pub struct Admins {
    pub tokens: Vec<TokenDigest>,
    /// Absent where the admin plugin is off: then a role has no meaning.
    pub users: Option<AdminUsers>,
}

/// The users who may administer.
#[derive(Clone, Debug)]
pub struct AdminUsers {
    /// Whoever has one of these roles.
    pub roles: Vec<String>,
    pub ids: Vec<String>,
    /// All roles that mean something here, of admins or not.
    pub known: Vec<String>,
    /// Whether users may have other roles too.
    pub takes_others: bool,
}

impl AdminUsers {
    /// Whether a user is one of them, by a role or by the id.
    pub fn include(&self, user: &User) -> bool {
        self.ids.contains(&user.id) || roles(user).any(|role| is_one_of(&self.roles, role))
    }

    /// [`AdminUsers::include`], where whoever has no role has this one.
    pub fn include_with_default(&self, user: &User, default_role: &str) -> bool {
        self.include(user) || (roles(user).next().is_none() && is_one_of(&self.roles, default_role))
    }
}

/// Somebody who may administer, as a log names them: `token ba7816bf`, `user 8QxK…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin(String);

impl Admins {
    /// Reads `[admin] tokens`.
    pub fn read_tokens(root: &mut Section<'_>) -> Vec<TokenDigest> {
        let doc = "Bearer tokens for `/admin/jwks`. Each is a token of at least 32 characters or, so that this file \
                   holds none, `sha256:` and what `printf %s TOKEN | sha256sum` prints.";
        let unset = Unset::Says("none");
        root.table("admin").ask_masked("tokens", "list of texts", unset, doc, tokens).unwrap_or_default()
    }

    /// Whose token this is.
    pub fn by_token(&self, token: &str) -> Option<Admin> {
        let found = self.tokens.iter().find(|digest| digest.is_of(token));
        found.map(|digest| Admin(format!("token {}", digest.name())))
    }

    /// Whether a session's user may administer: not while banned, nor through a session that is an impersonation.
    pub fn by_session(&self, session: &Session, user: &User) -> Option<Admin> {
        let admins = self.users.as_ref()?;
        let is_banned = user.more.get("banned") == Some(&Value::Bool(true));
        let may = admins.include(user) && !is_banned && !session.is_impersonation();
        may.then(|| Admin(format!("user {}", user.id)))
    }
}

impl Admin {
    /// The name alone: a few digits of the token's digest, or the user's id.
    pub fn name(&self) -> &str {
        self.0.split_once(' ').map_or(&self.0, |(_, name)| name)
    }
}

impl std::fmt::Display for Admin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a role is among those of admins.
pub fn is_one_of(admins: &[String], role: &str) -> bool {
    admins.iter().any(|admin| admin == role)
}

/// A user's roles.
pub fn roles(user: &User) -> impl Iterator<Item = &str> {
    text::roles::roles(user.more.get("role").and_then(Value::as_str).unwrap_or_default())
}

fn tokens(given: Given<'_>) -> Result<Vec<TokenDigest>, String> {
    let texts = given.list().ok_or_else(|| given.mismatch("a list of texts, [\"…\", \"…\"]"))?;
    let token = |text: &String| match text.strip_prefix(DIGEST) {
        Some(digits) => TokenDigest::from_hex(digits).ok_or("has a `sha256:` that 64 hexadecimal digits do not follow"),
        None if text.chars().count() < SHORTEST => {
            Err("has a token of fewer than 32 characters; use what `signet secret` prints")
        }
        None => Ok(TokenDigest::of(text)),
    };
    texts.iter().map(token).collect::<Result<_, _>>().map_err(str::to_owned)
}
