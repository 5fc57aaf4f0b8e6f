//! `[account]` and `[social_providers.NAME]`. Providers of one's own are the generic-oauth plugin's.

mod account;
mod social;

pub use account::{AccountConfig, LinkingConfig};
pub use social::read_social;
