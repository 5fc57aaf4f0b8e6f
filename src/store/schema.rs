//! The tables by their logical names, which are Better Auth's. What they are called in a deployment is the layout's.

/// What a column holds, and so how it is written and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The row's own id.
    Key,
    /// The id of a row of this table.
    Reference(&'static str),
    Text,
    Bool,
    Time,
    Number,
    /// JSON, in the database's own type where there is one.
    Json,
}

use Kind::{Bool, Key, Number, Reference, Text, Time};

/// A table's logical name and its columns, in the order in which Better Auth makes them.
pub type Table = (&'static str, &'static [(&'static str, Kind)]);

/// Columns that are made nowhere, and written where they are there, as some versions of Better Auth need them.
pub const WHERE_THERE: &[(&str, &str, Kind)] = &[("account", "issuer", Text)];

/// Tables whose ids come to be those of another one.
pub const SAME_IDS: &[(&str, &str)] = &[("signet_key", "jwks")];

const KEY_COLUMNS: &[(&str, Kind)] = &[
    ("id", Key),
    ("publicKey", Text),
    ("privateKey", Text),
    ("createdAt", Time),
    ("expiresAt", Time),
    ("alg", Text),
    ("crv", Text),
];

/// Every table that a statement may name.
pub const TABLES: &[Table] = &[
    (
        "user",
        &[
            ("id", Key),
            ("name", Text),
            ("email", Text),
            ("emailVerified", Bool),
            ("image", Text),
            ("createdAt", Time),
            ("updatedAt", Time),
        ],
    ),
    (
        "session",
        &[
            ("id", Key),
            ("expiresAt", Time),
            ("token", Text),
            ("createdAt", Time),
            ("updatedAt", Time),
            ("ipAddress", Text),
            ("userAgent", Text),
            ("userId", Reference("user")),
        ],
    ),
    (
        "account",
        &[
            ("id", Key),
            ("accountId", Text),
            ("providerId", Text),
            ("userId", Reference("user")),
            ("accessToken", Text),
            ("refreshToken", Text),
            ("idToken", Text),
            ("accessTokenExpiresAt", Time),
            ("refreshTokenExpiresAt", Time),
            ("scope", Text),
            ("password", Text),
            ("createdAt", Time),
            ("updatedAt", Time),
        ],
    ),
    (
        "verification",
        &[
            ("id", Key),
            ("identifier", Text),
            ("value", Text),
            ("expiresAt", Time),
            ("createdAt", Time),
            ("updatedAt", Time),
        ],
    ),
    // How often a client has asked for a path. Only where limits are kept in the database.
    ("rateLimit", &[("id", Key), ("key", Text), ("count", Number), ("lastRequest", Number)]),
    // Better Auth's keys.
    ("jwks", KEY_COLUMNS),
    // Keys of ours that are published and wait to be ripe for `jwks`, from which a Better Auth signs at once.
    ("signet_key", KEY_COLUMNS),
    // Keys that must never come back. The id is the `kid`.
    ("signet_revoked_key", &[("kid", Text), ("revokedAt", Time)]),
    // Keys that were imported, so that a file is not imported again when its key's life is over.
    ("signet_imported_key", &[("kid", Text), ("importedAt", Time)]),
    // Refresh tokens by their digests, spent ones too. They live with the session that they renew.
    (
        "signet_refresh_token",
        &[
            ("id", Text),
            ("sessionId", Reference("session")),
            ("createdAt", Time),
            ("expiresAt", Time),
            ("nonce", Text),
            ("spentAt", Time),
        ],
    ),
    // What has to leave, until it has.
    (
        "signet_outbox",
        &[
            ("number", Number),
            ("id", Text),
            ("recipient", Text),
            ("content", Text),
            ("attempts", Number),
            ("dueAt", Time),
            ("createdAt", Time),
        ],
    ),
    // What was revoked before its time, until no token of it lives. The id is the kind and a digest.
    ("signet_revocation", &[("id", Text), ("revokedAt", Time), ("expiresAt", Time), ("number", Number)]),
    // The last number of a revocation.
    ("signet_revocation_counter", &[("id", Text), ("number", Number)]),
    // Who did what, line by line.
    (
        "signet_audit",
        &[
            ("id", Number),
            ("at", Time),
            ("action", Text),
            ("outcome", Text),
            ("reason", Text),
            ("actorType", Text),
            ("actorId", Text),
            ("impersonatedBy", Text),
            ("userId", Text),
            ("sessionId", Text),
            ("ipAddress", Text),
            ("userAgent", Text),
            ("requestId", Text),
            ("route", Text),
            ("details", Text),
        ],
    ),
];
