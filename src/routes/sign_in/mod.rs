//! Ways to sign in.

pub mod email;
pub mod social;
