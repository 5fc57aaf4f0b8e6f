//! What can happen, as the trail calls it.

macro_rules! actions {
    ($($(#[$about:meta])* $name:ident: $text:literal,)*) => {
        /// Something that happened, or was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action {
            $($(#[$about])* $name,)*
        }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    UserCreated: "user.created",
    UserUpdated: "user.updated",
    UserDeleted: "user.deleted",
    UserBanned: "user.banned",
    UserUnbanned: "user.unbanned",
    /// A batch of users came from elsewhere.
    UsersImported: "users.imported",
    UsersExported: "users.exported",
    UserDeletionRequested: "user-deletion.requested",
    RoleChanged: "role.changed",
    EmailChanged: "email.changed",
    EmailChangeRequested: "email-change.requested",
    EmailVerified: "email.verified",
    PasswordChanged: "password.changed",
    PasswordResetRequested: "password-reset.requested",
    /// A password was asked for and was wrong, where it is no sign-in.
    PasswordRefused: "password.refused",
    AccountLinked: "account.linked",
    /// Its user linked it once more: other tokens, perhaps more scopes.
    AccountUpdated: "account.updated",
    AccountUnlinked: "account.unlinked",
    SessionCreated: "session.created",
    /// Its additional fields.
    SessionUpdated: "session.updated",
    SessionRevoked: "session.revoked",
    /// Those that a Better Auth has in secondary storage alone are made rows of.
    SessionsAdopted: "sessions.adopted",
    SignInFailed: "sign-in.failed",
    ImpersonationStarted: "impersonation.started",
    ImpersonationStopped: "impersonation.stopped",
    TokenRevoked: "token.revoked",
    /// A refresh token was shown once more, long after it was spent.
    RefreshTokenReused: "refresh-token.reused",
    /// An endpoint for admins turned somebody away.
    AdminRefused: "admin.refused",
    /// Somebody took themselves for a resource server.
    ResourceServerRefused: "resource-server.refused",
    /// Published by the server itself, ahead of time or in the place of one that was revoked.
    KeyCreated: "key.created",
    KeyRotated: "key.rotated",
    KeyRevoked: "key.revoked",
    KeyImported: "key.imported",
    KeyExported: "key.exported",
    /// Its row was deleted, long after it had left the JWKS.
    KeyDeleted: "key.deleted",
    KeysRewrapped: "keys.rewrapped",
}

impl Action {
    /// Those that a text means: one by its name, or all whose names begin with it, where it ends in a dot.
    pub fn named(text: &str) -> Vec<Self> {
        let is_meant = |name: &str| name == text || (text.ends_with('.') && name.starts_with(text));
        Self::ALL.iter().copied().filter(|action| is_meant(action.as_str())).collect()
    }

    /// Whether lines of it can tell of a failure: who asks for failures is given those of these alone.
    pub fn can_be_refused(self) -> bool {
        let of_users = matches!(self, Self::SignInFailed | Self::PasswordRefused | Self::AccountLinked);
        of_users || matches!(self, Self::RefreshTokenReused | Self::AdminRefused | Self::ResourceServerRefused)
    }

    /// Whether the user whom it is about is shown it.
    pub fn is_shown_to_its_user(self) -> bool {
        !matches!(self, Self::AdminRefused | Self::ResourceServerRefused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_means_one_or_all_of_a_kind() {
        assert_eq!(Action::named("user.banned"), [Action::UserBanned]);
        assert_eq!(Action::named("impersonation."), [Action::ImpersonationStarted, Action::ImpersonationStopped]);
        for none in ["", ".", "user", "nobody.", "user.ban"] {
            assert!(Action::named(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn no_two_have_one_name() {
        let names: std::collections::HashSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(names.len(), Action::ALL.len());
    }
}
