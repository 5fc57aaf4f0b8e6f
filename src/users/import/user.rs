//! From a row of our own format to a user who can be put into the store.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::text::{at, json, moment, text, truth};
use crate::base::text::email::Email;
use crate::base::text::plain;
use crate::base::{Field, FieldKind};
use crate::store::bulk::Incoming;
use crate::store::{NewAccount, ProviderTokens};
use crate::users::fields;

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

    /// Whether a row gives a role that a new user would not have by itself.
    fn has_own_role(&self, given: &Map<String, Value>) -> bool {
        let Some(role) = given.get("role").filter(|role| !role.is_null()) else { return false };
        let mut without = given.clone();
        without.remove("role");
        self.whole(without).ok().and_then(|more| more.get("role").cloned()).as_ref() != Some(role)
    }

    /// The additional fields of a row, whoever else may set them.
    fn given(&mut self, row: Map<String, Value>) -> Result<Map<String, Value>, String> {
        let row = self.with_user_name(row)?;
        let mut given = Map::new();
        for (name, value) in row {
            let Some(field) = self.fields.iter().find(|field| field.name == name) else {
                if name == "banned" && truth(&value) == Some(true) {
                    return Err("The user is locked there, and there are no bans here: \
                        set plugins.admin.enabled = true, or take the line out."
                        .to_owned());
                }
                if !self.drop_unknown_fields {
                    return Err(format!(
                        "There is no field `{name}`: declare it below user.additional_fields, turn its plugin on, or \
                         leave it out with --drop-unknown-fields."
                    ));
                }
                *self.left_out.entry(name).or_default() += 1;
                continue;
            };
            let value = self.typed(field, value);
            let fitting = fields::fitting(field, &value).map_err(|error| error.plain_message())?;
            given.insert(name, fitting);
        }
        Ok(given)
    }

    /// A user name in the form in which it is kept, and for show as it was.
    fn with_user_name(&mut self, mut row: Map<String, Value>) -> Result<Map<String, Value>, String> {
        let Some((kept, name)) = self.user_name.zip(row.get("username").and_then(text)) else { return Ok(row) };
        match kept(&name) {
            Some(kept) => {
                row.insert("username".to_owned(), kept.into());
                if self.fields.iter().any(|field| field.name == "displayUsername") {
                    row.entry("displayUsername").or_insert(name.into());
                }
            }
            None if self.drop_unknown_fields => {
                row.remove("username");
                *self.left_out.entry("username".to_owned()).or_default() += 1;
            }
            None => return Err("`username` has letters or a length that user names do not have here.".to_owned()),
        }
        Ok(row)
    }

    /// A value in its field's type where it came as a text.
    fn typed(&self, field: &Field, value: Value) -> Value {
        let read = match (field.kind, &value) {
            (FieldKind::Date, _) => moment(&value).map(|moment| moment.to_string().into()),
            (FieldKind::String, Value::Array(items)) => {
                let items: Option<Vec<String>> = items.iter().map(text).collect();
                items.map(|items| items.join(",").into())
            }
            (FieldKind::String, Value::Number(number)) => Some(number.to_string().into()),
            (FieldKind::Boolean, _) => truth(&value).map(Value::Bool),
            (FieldKind::Number, Value::String(text)) if self.are_texts => {
                text.parse::<i64>().ok().map(Value::from).or_else(|| text.parse::<f64>().ok().map(Value::from))
            }
            (FieldKind::Json, Value::String(text)) if self.are_texts => serde_json::from_str(text).ok(),
            _ => None,
        };
        read.unwrap_or(value)
    }

    /// With defaults, and with what plugins set.
    fn whole(&self, mut more: Map<String, Value>) -> Result<Map<String, Value>, String> {
        for field in self.fields {
            match &field.default {
                Some(default) if !more.contains_key(&field.name) => {
                    more.insert(field.name.clone(), default.clone());
                }
                _ => {}
            }
        }
        (self.complete)(&mut more);
        match self.fields.iter().find(|field| field.required && !more.contains_key(&field.name)) {
            Some(missing) => Err(format!("There is no `{}`, which every user needs here.", missing.name)),
            None => Ok(more),
        }
    }

    /// The account with the password, and those at providers.
    fn accounts(&mut self, row: &Map<String, Value>) -> Result<Vec<NewAccount>, String> {
        let mut accounts = Vec::new();
        if let Some(hash) = optional(row, "passwordHash", text)? {
            if (self.verifies)(&hash) {
                accounts.push(NewAccount::credential(SecretString::from(hash)));
            } else if self.drop_unknown_hashes {
                *self.left_out.entry("passwordHash".to_owned()).or_default() += 1;
            } else {
                return Err("`passwordHash` is malformed, of an unknown kind, or too costly to verify. With \
                    --drop-unknown-hashes the user comes without a password."
                    .to_owned());
            }
        }
        match row.get("accounts").map(|value| (value, json(value))) {
            None => {}
            Some((_, Some(Value::Array(items)))) => {
                for item in &items {
                    accounts.push(linked(item).ok_or("`accounts` has an entry without `providerId` and `accountId`.")?);
                }
            }
            Some((Value::String(text), None)) => {
                for item in text.split([';', ' ']).filter(|item| !item.is_empty()) {
                    let (provider, id) = item.split_once(':').ok_or("`accounts` is not of the form provider:id.")?;
                    accounts.push(at_provider(provider, id, None).ok_or("`accounts` has an empty entry.")?);
                }
            }
            Some(_) => return Err("`accounts` is no list.".to_owned()),
        }
        let mut keys: Vec<_> = accounts.iter().map(|account| (&account.provider_id, &account.account_id)).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() < accounts.len() {
            return Err("`accounts` has an entry twice.".to_owned());
        }
        Ok(accounts)
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

fn linked(item: &Value) -> Option<NewAccount> {
    let part = |name: &str| item.get(name).and_then(text);
    at_provider(&part("providerId")?, &part("accountId")?, part("scope"))
}

fn at_provider(provider_id: &str, account_id: &str, scope: Option<String>) -> Option<NewAccount> {
    let fits = !provider_id.is_empty() && !account_id.is_empty() && provider_id != "credential";
    let tokens = ProviderTokens { scope, ..ProviderTokens::default() };
    fits.then(|| NewAccount {
        provider_id: provider_id.to_owned(),
        account_id: Some(account_id.to_owned()),
        tokens,
        ..NewAccount::default()
    })
}

/// A value of a row, as `read` has it; None where there is none.
fn optional<T>(row: &Map<String, Value>, name: &str, read: fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
    match row.get(name) {
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| format!("`{name}` does not fit.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields() -> Vec<Field> {
        let of = |name: &str, kind| Field::optional(name, kind);
        vec![
            Field { input: false, ..of("role", FieldKind::String) },
            Field { default: Some(json!("free")), ..of("plan", FieldKind::String) },
            of("age", FieldKind::Number),
            of("active", FieldKind::Boolean),
            of("born", FieldKind::Date),
            of("notes", FieldKind::Json),
        ]
    }

    fn read_with(row: Value, change: fn(&mut Reader<'_>)) -> Result<Incoming, String> {
        let fields = fields();
        let mut reader = Reader {
            fields: &fields,
            fits_id: &|id| !id.contains('!'),
            verifies: &|hash| hash.starts_with("$2b$"),
            user_name: Some(&|name| (!name.contains('@')).then(|| name.to_lowercase())),
            complete: &|more| {
                more.entry("role").or_insert("user".into());
            },
            drop_unknown_hashes: false,
            drop_unknown_fields: false,
            are_texts: false,
            left_out: BTreeMap::new(),
        };
        change(&mut reader);
        reader.read(row.as_object().unwrap().clone())
    }

    fn read(row: Value) -> Result<Incoming, String> {
        read_with(row, |_| {})
    }

    #[test]
    fn a_whole_row_is_read() {
        let user = read(json!({
            "id": "u1", "email": "Ada@Example.com", "emailVerified": true, "name": "Ada", "image": "https://x/y.png",
            "createdAt": "2024-01-02T03:04:05Z", "role": "admin", "age": 36, "born": "1815-12-10", "notes": {"a": [1]},
            "passwordHash": "$2b$x", "accounts": [{"providerId": "google", "accountId": "1", "scope": "openid"}],
        }))
        .unwrap();
        assert_eq!((user.id.as_deref(), user.email.as_str()), (Some("u1"), "ada@example.com"));
        assert_eq!(user.accounts.len(), 2);
        assert_eq!(user.given["born"], "1815-12-10T00:00:00.000Z");
        assert_eq!((&user.given["role"], user.given.get("plan")), (&json!("admin"), None));
        assert_eq!((&user.more["role"], &user.more["plan"]), (&json!("admin"), &json!("free")));
        let least = read(json!({"email": "ada@example.com", "name": null})).unwrap();
        assert_eq!((least.name, least.email_verified, least.id), (None, None, None));
        assert_eq!(least.more["role"], "user");
    }

    #[test]
    fn an_id_that_does_not_fit_is_left_to_the_store() {
        assert_eq!(read(json!({"email": "ada@example.com", "id": "u!"})).unwrap().id, None);
        assert_eq!(read(json!({"email": "ada@example.com", "id": 7})).unwrap().id.as_deref(), Some("7"));
        assert_eq!(read(json!({"email": "ada@example.com", "id": "x".repeat(256)})).unwrap().id, None);
    }

    #[test]
    fn what_makes_no_user_is_said() {
        for (row, why) in [
            (json!({}), "There is no `email`."),
            (json!({"email": "ada"}), "`email` is no e-mail address."),
            (json!({"email": " ada@example.com"}), "`email` is no e-mail address."),
            (json!({"email": "ada@example.com", "name": "a\0b"}), "A text has the character U+0000."),
            (json!({"email": "ada@example.com", "emailVerified": "perhaps"}), "`emailVerified` does not fit."),
            (json!({"email": "ada@example.com", "createdAt": "once"}), "`createdAt` does not fit."),
            (
                json!({"email": "ada@example.com", "age": "old"}),
                "[body.age] Invalid input: expected number, received string",
            ),
            (json!({"email": "ada@example.com", "accounts": {}}), "`accounts` is no list."),
            (
                json!({"email": "ada@example.com", "accounts": [{"providerId": "credential", "accountId": "1"}]}),
                "`accounts` has an entry without `providerId` and `accountId`.",
            ),
        ] {
            assert_eq!(read(row.clone()).unwrap_err(), why, "{row}");
        }
        assert!(read(json!({"email": "ada@example.com", "shoe": 1})).unwrap_err().contains("no field `shoe`"));
        assert!(read(json!({"email": "ada@example.com", "passwordHash": "md5"})).unwrap_err().contains("malformed"));
        let twice = json!({"email": "ada@example.com", "accounts": "google:1;google:1"});
        assert_eq!(read(twice).unwrap_err(), "`accounts` has an entry twice.");
    }

    #[test]
    fn somebody_who_is_locked_there_does_not_come_in_free() {
        let locked = json!({"email": "ada@example.com", "banned": true});
        let told = read_with(locked, |reader| reader.drop_unknown_fields = true).unwrap_err();
        assert!(told.contains("plugins.admin.enabled"), "{told}");
        let free = json!({"email": "ada@example.com", "banned": false});
        assert!(read_with(free, |reader| reader.drop_unknown_fields = true).is_ok());
    }

    #[test]
    fn what_is_to_be_left_out_is_left_out() {
        let row = json!({"email": "ada@example.com", "shoe": 1, "passwordHash": "md5"});
        let user = read_with(row, |reader| {
            reader.drop_unknown_fields = true;
            reader.drop_unknown_hashes = true;
        })
        .unwrap();
        assert!(user.accounts.is_empty() && user.given.is_empty());
    }

    #[test]
    fn a_user_name_is_kept_in_its_form_and_one_that_is_none_is_left_out_or_refused() {
        let with_fields = |reader: &mut Reader<'_>, row: Value| reader.read(row.as_object().unwrap().clone());
        let fields = ["username", "displayUsername"].map(|name| Field::optional(name, FieldKind::String));
        let mut reader = Reader {
            fields: &fields,
            fits_id: &|_| true,
            verifies: &|_| true,
            user_name: Some(&|name| (!name.contains('@')).then(|| name.to_lowercase())),
            complete: &|_| {},
            drop_unknown_hashes: false,
            drop_unknown_fields: false,
            are_texts: false,
            left_out: BTreeMap::new(),
        };
        let user = with_fields(&mut reader, json!({"email": "ada@example.com", "username": "Ada"})).unwrap();
        assert_eq!(Value::Object(user.given), json!({"username": "ada", "displayUsername": "Ada"}));
        let mistaken = json!({"email": "ada@example.com", "username": "ada@example.com"});
        assert!(with_fields(&mut reader, mistaken.clone()).unwrap_err().contains("`username`"));
        reader.drop_unknown_fields = true;
        assert!(with_fields(&mut reader, mistaken).unwrap().given.is_empty());
        assert_eq!(reader.left_out["username"], 1);
    }

    #[test]
    fn texts_of_csv_are_read_as_what_they_mean() {
        let row = json!({"email": "ada@example.com", "emailVerified": "t", "age": "36", "active": "1", "notes": "[1]",
            "accounts": "google:1081;github:55"});
        let user = read_with(row, |reader| reader.are_texts = true).unwrap();
        assert_eq!(user.email_verified, Some(true));
        assert_eq!(
            (&user.given["age"], &user.given["active"], &user.given["notes"]),
            (&json!(36), &json!(true), &json!([1]))
        );
        assert_eq!(user.accounts[1].provider_id, "github");
    }
}
