//! What other systems export, each as a function from a row of theirs to one of our own format.

mod auth0;
mod authjs;
mod clerk;
mod django;
mod firebase;
mod keycloak;
mod passlib;
mod supabase;

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};

use super::text::{moment, text, truth};

type Row = Map<String, Value>;

/// Where users come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Our own format.
    Signet,
    Auth0,
    AuthJs,
    Clerk,
    Django,
    Firebase,
    Keycloak,
    Passlib,
    Supabase,
}

impl Preset {
    pub const ALL: [(&'static str, Self); 9] = [
        ("signet", Self::Signet),
        ("auth0", Self::Auth0),
        ("authjs", Self::AuthJs),
        ("clerk", Self::Clerk),
        ("django", Self::Django),
        ("firebase", Self::Firebase),
        ("keycloak", Self::Keycloak),
        ("passlib", Self::Passlib),
        ("supabase", Self::Supabase),
    ];

    /// A row of theirs as one of our own.
    ///
    /// # Errors
    /// Why it is no user.
    pub fn own(self, row: &Row) -> Result<Row, String> {
        match self {
            Self::Signet => Ok(row.clone()),
            Self::Auth0 => auth0::user(row),
            Self::AuthJs => authjs::user(row),
            Self::Clerk => clerk::user(row),
            Self::Django => django::user(row),
            Self::Firebase => firebase::user(row),
            Self::Keycloak => keycloak::user(row),
            Self::Passlib => passlib::user(row),
            Self::Supabase => supabase::user(row),
        }
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(known, _)| *known == name);
        let names = || Self::ALL.map(|(known, _)| known).join(", ");
        known.map(|(_, preset)| *preset).ok_or_else(|| format!("it is one of {}", names()))
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, preset)| preset == self).map_or("", |(name, _)| name);
        formatter.write_str(name)
    }
}

/// A row of our own in the making.
#[derive(Default)]
struct Own(Row);

impl Own {
    fn put(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// A text of theirs by the first of these names that says something.
    fn text(self, name: &str, row: &Row, theirs: &[&str]) -> Self {
        let value = first(row, theirs).and_then(text);
        self.put(name, value)
    }

    /// A moment; what is none is left for the reader to refuse.
    fn moment(self, name: &str, row: &Row, theirs: &[&str]) -> Self {
        let value = first(row, theirs).cloned();
        let read = value.as_ref().and_then(moment).map(|moment| Value::from(moment.to_string()));
        self.put(name, read.or(value))
    }

    fn truth(self, name: &str, row: &Row, theirs: &[&str]) -> Self {
        let value = first(row, theirs).cloned();
        self.put(name, value)
    }

    /// Locked users stay locked.
    fn banned(self, is_banned: bool) -> Self {
        self.put("banned", is_banned.then_some(true))
    }

    fn accounts(self, accounts: Vec<Value>) -> Self {
        self.put("accounts", (!accounts.is_empty()).then_some(accounts))
    }
}

/// The first of some values that says anything.
fn first<'a>(row: &'a Row, names: &[&str]) -> Option<&'a Value> {
    let says = |value: &&Value| !value.is_null() && value.as_str() != Some("");
    names.iter().filter_map(|name| row.get(*name)).find(says)
}

fn is(row: &Row, names: &[&str]) -> bool {
    first(row, names).and_then(truth) == Some(true)
}

fn is_not(row: &Row, names: &[&str]) -> bool {
    first(row, names).and_then(truth) == Some(false)
}

/// The parts of a name, with a space between.
fn joined(row: &Row, names: &[&str]) -> Option<String> {
    let parts: Vec<String> = names.iter().filter_map(|name| row.get(*name).and_then(text)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn account(provider: &str, id: &str) -> Value {
    json!({ "providerId": provider, "accountId": id })
}

/// The objects of a list.
fn objects(value: Option<&Value>) -> Vec<Row> {
    match value.and_then(super::text::json) {
        Some(Value::Array(items)) => items.into_iter().filter_map(|item| item.as_object().cloned()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Rows};
    use super::*;

    /// What a file of theirs is in our own format, line by line.
    pub fn read(preset: Preset, file: &str, format: Format) -> Vec<Result<Value, String>> {
        let mut rows = Rows::new(file.as_bytes(), format).unwrap();
        let mut all = Vec::new();
        while let Some((_, row)) = rows.read().unwrap() {
            all.push(preset.own(&row.unwrap()).map(Value::Object));
        }
        all
    }

    #[test]
    fn a_preset_goes_by_its_name() {
        for (name, preset) in Preset::ALL {
            assert_eq!((name.parse(), preset.to_string().as_str()), (Ok(preset), name));
        }
        assert!("okta".parse::<Preset>().unwrap_err().contains("keycloak"));
    }

    #[test]
    fn our_own_format_stays_as_it_is() {
        let row = json!({"email": "ada@example.com", "shoe": 1});
        assert_eq!(Preset::Signet.own(row.as_object().unwrap()).map(Value::Object), Ok(row));
    }
}
