//! What admins say of users: roles, and the fields that users themselves may not set.

use serde_json::{Map, Value};

use super::Admin;
use super::staff::Actor;
use crate::base::error::Issue;
use crate::base::json::kind;
use crate::base::{Error, Field, Result, code};

/// One role, or several.
pub enum Roles {
    One(String),
    Several(Vec<String>),
}

impl Roles {
    /// None for what is no text and no list of texts.
    pub fn parse(value: &Value) -> Option<Self> {
        match value {
            Value::String(role) => Some(Self::One(role.clone())),
            Value::Array(roles) => {
                let roles = roles.iter().map(|role| role.as_str().map(str::to_owned)).collect::<Option<_>>();
                roles.map(Self::Several)
            }
            _ => None,
        }
    }

    pub fn each(&self) -> &[String] {
        match self {
            Self::One(role) => std::slice::from_ref(role),
            Self::Several(roles) => roles,
        }
    }

    /// As the column has them.
    pub fn joined(&self) -> String {
        self.each().join(",")
    }
}

impl Admin {
    /// The roles as the column has them, if somebody may give them, and all exist.
    ///
    /// # Errors
    /// 400 `YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE`; 403 `YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE`.
    pub fn granted(&self, actor: &Actor, roles: &Roles) -> Result<String> {
        if !roles.each().iter().all(|role| self.config.access.takes(role)) {
            return Err(Error::refused(400, code::YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE));
        }
        let joined = roles.joined();
        self.check_grant(actor, &joined).map(|()| joined)
    }
}

/// Takes roles out of what is said of a user. None where nothing is said of them.
///
/// # Errors
/// 400 `INVALID_ROLE_TYPE`.
pub fn roles(data: &Map<String, Value>) -> Result<Option<Roles>> {
    let Some(value) = data.get("role") else { return Ok(None) };
    Roles::parse(value).map(Some).ok_or_else(|| Error::refused(400, code::INVALID_ROLE_TYPE))
}

/// Whether something is said of a ban.
pub fn tells_of_a_ban(data: &Map<String, Value>) -> bool {
    ["banned", "banReason", "banExpires"].iter().any(|name| data.contains_key(*name))
}

/// The fields as they are for admins, who may set them all.
pub fn open(fields: &[Field]) -> Vec<Field> {
    fields.iter().map(|field| Field { input: true, ..field.clone() }).collect()
}

/// What is said of the core of a user, beside the address.
#[derive(Default)]
pub struct Core {
    pub name: Option<String>,
    /// `Some(None)` takes the image away.
    pub image: Option<Option<String>>,
    pub email_verified: Option<bool>,
}

/// # Errors
/// 400 `VALIDATION_ERROR`.
pub fn core(data: &Map<String, Value>) -> Result<Core> {
    let mut issues = Vec::new();
    let mut told = |name: &str, expected: &str, value: &Value| {
        let text = format!("Invalid input: expected {expected}, received {}", kind(value));
        issues.push(Issue { place: format!("body.data.{name}"), text: text.into() });
    };
    let mut core = Core::default();
    match data.get("name") {
        Some(Value::String(name)) => core.name = Some(name.clone()),
        Some(other) => told("name", "string", other),
        None => {}
    }
    match data.get("image") {
        Some(Value::String(image)) => core.image = Some(Some(image.clone())),
        Some(Value::Null) => core.image = Some(None),
        Some(other) => told("image", "string", other),
        None => {}
    }
    match data.get("emailVerified") {
        Some(Value::Bool(verified)) => core.email_verified = Some(*verified),
        Some(other) => told("emailVerified", "boolean", other),
        None => {}
    }
    if issues.is_empty() { Ok(core) } else { Err(Error::Invalid(issues)) }
}
