//! What there are notices of.

use crate::store::notice::Notice;

/// A kind of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    UserCreated,
    UserUpdated,
    UserDeleted,
    SessionCreated,
    SessionRevoked,
    EmailVerified,
    PasswordChanged,
    AccountLinked,
}

impl Event {
    pub const ALL: [Self; 8] = [
        Self::UserCreated,
        Self::UserUpdated,
        Self::UserDeleted,
        Self::SessionCreated,
        Self::SessionRevoked,
        Self::EmailVerified,
        Self::PasswordChanged,
        Self::AccountLinked,
    ];

    /// The `type` of a body.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserCreated => "user.created",
            Self::UserUpdated => "user.updated",
            Self::UserDeleted => "user.deleted",
            Self::SessionCreated => "session.created",
            Self::SessionRevoked => "session.revoked",
            Self::EmailVerified => "email.verified",
            Self::PasswordChanged => "password.changed",
            Self::AccountLinked => "account.linked",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// None for what is no application's business.
    pub fn of(notice: &Notice) -> Option<Self> {
        Some(match notice {
            Notice::UserCreated(_) => Self::UserCreated,
            Notice::UserUpdated { .. } => Self::UserUpdated,
            Notice::UserDeleted(_) => Self::UserDeleted,
            Notice::SessionCreated(_) => Self::SessionCreated,
            Notice::SessionRevoked(_) => Self::SessionRevoked,
            Notice::EmailVerified(_) => Self::EmailVerified,
            Notice::PasswordChanged(_) => Self::PasswordChanged,
            Notice::AccountLinked(_) => Self::AccountLinked,
            Notice::AccountUnlinked(_) | Notice::ExpiredSessionDeleted(_) => return None,
        })
    }
}
