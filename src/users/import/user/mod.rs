//! From a row of our own format to a user who can be put into the store.

mod accounts;
mod fields;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::text::{at, moment, text, truth};
use crate::base::Field;
use crate::base::text::email::Email;
use crate::base::text::plain;
use crate::store::bulk::Incoming;

/// The names of what every user may have.
const CORE: [&str; 9] =
    ["id", "email", "emailVerified", "name", "image", "createdAt", "updatedAt", "passwordHash", "accounts"];

/// The longest id that is kept.
const LONGEST_ID: usize = 255;

/// The form in which a user name is kept; None for what is none.
pub type UserName<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a deployment takes, and what it does about what it cannot take.
pub struct Reader<'a> {
    pub fields: &'a [Field],
    /// Whether an id is of the deployment's kind.
    pub fits_id: &'a dyn Fn(&str) -> bool,
    /// Whether a password hash can be verified.
    pub verifies: &'a dyn Fn(&str) -> bool,
    /// Absent where users have no such names.
    pub user_name: Option<UserName<'a>>,
    /// What plugins set on a new user.
    pub complete: &'a dyn Fn(&mut Map<String, Value>),
    /// A hash that cannot be verified is left out, and its user has no password.
    pub drop_unknown_hashes: bool,
    /// A field that the deployment lacks is left out.
    pub drop_unknown_fields: bool,
    /// Whether values are texts whatever they mean, as in CSV.
    pub are_texts: bool,
    /// What is left out, counted by name.
    pub left_out: BTreeMap<String, u64>,
}

impl Reader<'_> {
    /// Reads a row.
    ///
    /// # Errors
    /// Why there is no such user.
    pub fn read(&mut self, mut row: Map<String, Value>) -> Result<Incoming, String> {
        row.retain(|_, value| !value.is_null());
        if !row.values().all(plain::storable_json) {
            return Err("A text has the character U+0000.".to_owned());
        }
        let email = row.get("email").and_then(text).ok_or("There is no `email`.")?;
        let email = Email::parse(&email).ok_or("`email` is no e-mail address.")?.as_str().to_owned();
        let accounts = self.accounts(&row)?;
        let id = row.get("id").and_then(text).filter(|id| id.len() <= LONGEST_ID && (self.fits_id)(id));
        let name = optional(&row, "name", text)?;
        let email_verified = optional(&row, "emailVerified", truth)?;
        let image = optional(&row, "image", text)?;
        let created_at = optional(&row, "createdAt", moment)?;
        let updated_at = optional(&row, "updatedAt", moment)?;
        row.retain(|name, _| !CORE.contains(&name.as_str()));
        let given = self.given(row)?;
        let more = self.whole(given.clone())?;
        let has_own_role = self.has_own_role(&given);
        let own = Incoming {
            id,
            email,
            name,
            email_verified,
            image,
            created_at,
            updated_at,
            given,
            more,
            has_own_role,
            accounts,
        };
        Ok(own)
    }
}

/// Puts what stands elsewhere in a source's row into fields of ours: each pair is a path there and a name here.
pub fn fill(row: &mut Map<String, Value>, source: &Map<String, Value>, pairs: &[(String, String)]) {
    for (path, name) in pairs {
        if let Some(value) = at(source, path) {
            row.insert(name.clone(), value);
        }
    }
}

/// A value of a row, as `read` has it; None where there is none.
fn optional<T>(row: &Map<String, Value>, name: &str, read: fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
    match row.get(name) {
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| format!("`{name}` does not fit.")),
    }
}
