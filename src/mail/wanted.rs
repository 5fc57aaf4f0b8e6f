//! What a request wants mailed. Whether there is anybody to mail it to is looked up when it is written, not by the
//! request: so requests about users who exist and about users who do not take the same steps and the same time.

use serde::{Deserialize, Serialize};

use super::letter::Letter;
use crate::store::audit::{Action, Line};

/// What tokens in links for a new password are made of.
pub const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// What tokens in links that end an account are made of.
pub const LOWER_ALPHANUMERIC: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A mail that somebody asked for. It may hold a token: no `Debug`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "wanted", rename_all = "snake_case")]
pub enum Wanted {
    /// A link to choose a new password, for whoever has this address.
    ResetPassword { email: String, token: String, page: Option<String> },
    /// A link that verifies an address, if it is somebody's and not verified.
    Verification { email: String, page: Option<String> },
    /// The first link of a change of address: to a verified old address, to be confirmed, or else to the new one.
    ChangeEmail { user_id: String, email: String, new_email: String, page: Option<String> },
    /// The second link, to the new address, when the old one has confirmed the change.
    NewEmail { user_id: String, email: String, new_email: String, page: Option<String> },
    /// A link that ends an account.
    DeleteAccount { user_id: String, token: String, page: Option<String> },
    /// A letter that is written already.
    Letter(Letter),
}

impl Wanted {
    /// What the audit trail says of it: that somebody asked for what only the link will do. None for what follows from another
    /// act, or does no harm.
    pub fn line(&self) -> Option<Line> {
        Some(match self {
            // For an address that nobody has, too, and by the same statement.
            Self::ResetPassword { email, .. } => Line::new(Action::PasswordResetRequested).whoever_has(email),
            Self::ChangeEmail { user_id, .. } => Line::new(Action::EmailChangeRequested).user(user_id),
            Self::DeleteAccount { user_id, .. } => Line::new(Action::UserDeletionRequested).user(user_id),
            Self::Verification { .. } | Self::NewEmail { .. } | Self::Letter(_) => return None,
        })
    }
}
