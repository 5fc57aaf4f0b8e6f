//! Set-Cookie as Better Auth writes it: names, attributes and their order, signatures, deletion.

mod long;
mod shape;
#[cfg(test)]
mod tests;

use std::fmt;

use percent_encoding::percent_decode_str;

use self::shape::Shape;
use super::config::cookies::CookieConfig;
use crate::base::text::encode_component;
use crate::crypto::cookie::CookieSigner;

/// The cookies by Better Auth's own keys, which `advanced.cookies` renames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKey {
    SessionToken,
    SessionData,
    DontRemember,
    AccountData,
    /// Which flow at a provider this browser has begun.
    State,
    /// The flow itself, encrypted.
    OauthState,
    /// The session of an admin who is somebody else for a while.
    AdminSession,
}

impl CookieKey {
    pub const ALL: [Self; 7] = [
        Self::SessionToken,
        Self::SessionData,
        Self::DontRemember,
        Self::AccountData,
        Self::State,
        Self::OauthState,
        Self::AdminSession,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::SessionToken => "session_token",
            Self::SessionData => "session_data",
            Self::DontRemember => "dont_remember",
            Self::AccountData => "account_data",
            Self::State => "state",
            Self::OauthState => "oauth_state",
            Self::AdminSession => "admin_session",
        }
    }
}

/// One `Set-Cookie` line.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    pub key: CookieKey,
    /// The signed value before it is percent-encoded; `None` where the cookie is deleted.
    pub value: Option<String>,
    /// The header's value.
    pub line: String,
}

impl SetCookie {
    /// The name that the browser keeps it under.
    pub fn name(&self) -> &str {
        self.line.split_once('=').map_or("", |(name, _)| name)
    }
}

/// The name alone: the value is a credential.
impl fmt::Debug for SetCookie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SetCookie").field(&self.key).finish()
    }
}

/// Writes and reads the cookies of a deployment.
pub struct Cookies {
    signer: CookieSigner,
    shapes: [Shape; CookieKey::ALL.len()],
}

impl Cookies {
    pub fn new(config: &CookieConfig, signer: CookieSigner) -> Self {
        Self { signer, shapes: CookieKey::ALL.map(|key| Shape::new(config, key)) }
    }

    /// The name under which a cookie is sent and, alone, read: with its prefix, and `__Secure-` where that is on.
    pub fn name(&self, key: CookieKey) -> &str {
        &self.shape(key).name
    }

    /// Signs a value and sets it, for `max_age` seconds or, with `None`, for as long as the browser is open.
    pub fn set(&self, key: CookieKey, value: &str, max_age: Option<i64>) -> SetCookie {
        let signed = self.signer.sign(value);
        let line = self.shape(key).line(&encode_component(&signed), max_age);
        SetCookie { key, value: Some(signed), line }
    }

    /// Sets a value that is protected in another way than by a signature.
    pub fn set_sealed(&self, key: CookieKey, value: &str, max_age: Option<i64>) -> SetCookie {
        let line = self.shape(key).line(&encode_component(value), max_age);
        SetCookie { key, value: Some(value.to_owned()), line }
    }

    /// The value of a cookie as it was received, for which no signature vouches.
    pub fn unsigned(received: &str) -> String {
        percent_decode_str(received).decode_utf8_lossy().into_owned()
    }

    /// Deletes a cookie: its name and attributes, no value, `Max-Age=0`.
    pub fn expire(&self, key: CookieKey) -> SetCookie {
        SetCookie { key, value: None, line: self.shape(key).line("", Some(0)) }
    }

    /// The lifetime that the deployment gave a cookie by hand.
    pub fn configured_max_age(&self, key: CookieKey) -> Option<i64> {
        self.shape(key).max_age
    }

    /// The value of a cookie as it was received, if its signature holds.
    pub fn open(&self, received: &str) -> Option<String> {
        self.signer.open(received)
    }

    fn shape(&self, key: CookieKey) -> &Shape {
        &self.shapes[key as usize]
    }
}
