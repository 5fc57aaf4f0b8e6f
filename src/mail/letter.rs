//! A letter: what one mail says, before it has a form.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Proves an address.
    Verification,
    ResetPassword,
    /// Goes to the old address and asks whether the new one is meant.
    ChangeEmail,
    DeleteAccount,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Verification, Self::ResetPassword, Self::ChangeEmail, Self::DeleteAccount];

    /// The name, in webhooks and of templates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::ResetPassword => "reset-password",
            Self::ChangeEmail => "change-email",
            Self::DeleteAccount => "delete-account",
        }
    }
}

/// A letter, as a webhook gets it. It holds what signs somebody in: no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    pub kind: Kind,
    pub to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_email: Option<String>,
    /// The user as answers show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Map<String, Value>>,
}
