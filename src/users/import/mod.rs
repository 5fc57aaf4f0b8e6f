//! Users of other systems: from a line of their export to a user who can be put into the store, and back to a line. Nothing
//! here asks a database.
//!
//! A line becomes a *row* (`rows`), a preset turns the row into one of our own format (`presets`), and that is read into a
//! user (`user`). Our own format is what `export` writes:
//!
//! ```json
//! {"id":"…","email":"ada@example.com","emailVerified":true,"name":"Ada","image":null,"createdAt":"…","updatedAt":"…",
//!  "role":"admin","passwordHash":"$argon2id$…","accounts":[{"providerId":"google","accountId":"1081…"}]}
//! ```

pub mod export;
pub mod presets;
pub mod rows;
pub mod text;
pub mod user;

pub use self::presets::Preset;
pub use self::rows::{Format, Rows};
pub use self::user::{Reader, UserName};
