//! Who somebody is, as headers for the upstream.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::base::{Error, Result, code};
use crate::http::cx::Cx;
use crate::moments::Shown;
use crate::tokens::roles;

/// What may not stand in a header as it is, and `%` itself, so that a value has one reading.
const NOT_IN_HEADERS: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// Who a request comes from; by default nobody.
#[derive(Default)]
pub struct Identity {
    authorization: String,
    user_id: String,
    email: String,
    email_verified: String,
    roles: String,
}

impl Identity {
    /// All of them on every answer that lets a request pass, though they may be empty: what a proxy finds here it puts in
    /// the place of what the client sent, and what it does not find some leave as it was.
    pub fn headers(self) -> [(&'static str, String); 5] {
        [
            ("authorization", self.authorization),
            ("x-auth-user-id", self.user_id),
            ("x-auth-email", self.email),
            ("x-auth-email-verified", self.email_verified),
            ("x-auth-roles", self.roles),
        ]
    }
}

/// Who a session's user is, with a token of a template.
///
/// # Errors
/// 400 for a template that is not there, 403 for one that the user may not have; 503 while no key can sign.
pub async fn of(cx: &Cx, shown: &Shown, template: Option<&str>) -> Result<Identity> {
    let authorization = match &cx.house.tokens {
        Some(tokens) => {
            let template = tokens.template(template).ok_or_else(unknown)?;
            if !template.may_be_asked_by(shown) {
                return Err(Error::refused(403, code::ROLE_REQUIRED));
            }
            format!("Bearer {}", tokens.mint(template, shown).await?.token)
        }
        None if template.is_some() => return Err(unknown()),
        None => String::new(),
    };
    let roles: Vec<_> = roles(&shown.user).iter().map(|role| encoded(role).replace(',', "%2C")).collect();
    Ok(Identity {
        authorization,
        user_id: text(&shown.user, "id"),
        email: text(&shown.user, "email"),
        email_verified: (shown.user.get("emailVerified") == Some(&Value::Bool(true))).to_string(),
        roles: roles.join(","),
    })
}

fn unknown() -> Error {
    tracing::warn!("forward auth denies what it is asked: there is no such template");
    Error::worded(400, Some("INVALID_OPTION".into()), "there is no such template")
}

fn text(user: &Map<String, Value>, name: &str) -> String {
    user.get(name).and_then(Value::as_str).map(encoded).unwrap_or_default()
}

/// A text as a header's value: percent-encoded UTF-8 where it is not plain.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NOT_IN_HEADERS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn t09_a_value_is_plain_and_has_one_reading() {
        for (text, expected) in [
            ("ada@example.com", "ada@example.com"),
            ("Zoë", "Zo%C3%AB"),
            ("a b", "a%20b"),
            ("100%", "100%25"),
            ("a\r\nX-Auth-Roles: admin", "a%0D%0AX-Auth-Roles:%20admin"),
        ] {
            assert_eq!(encoded(text), expected);
        }
    }

    proptest! {
        #[test]
        fn t09_no_value_breaks_a_header_and_none_is_lost(text in "\\PC{0,30}|[\r\n\0%, a]{0,30}") {
            let encoded = encoded(&text);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap(), text);
        }
    }
}
