//! What admins see.

pub mod configuration;
pub mod health;
