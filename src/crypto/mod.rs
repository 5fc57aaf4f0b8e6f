//! The first floor: passwords, JSON Web Tokens, encryption at rest, signed cookies. The only user of the crypto crates.

pub mod cache;
pub mod cookie;
pub mod digest;
mod hex;
pub mod jose;
pub mod password;
pub mod seal;
pub mod secrets;
pub mod token;
pub mod webhook;

pub use cache::{CacheForm, CacheSealer};
pub use cookie::CookieSigner;
pub use password::{PasswordAlgorithm, PasswordSettings, Passwords, Verdict};
pub use seal::{SealError, Sealer};
pub use secrets::{Secrets, SecretsError};
pub use token::{TokenDigest, successor};
pub use webhook::WebhookSigner;
