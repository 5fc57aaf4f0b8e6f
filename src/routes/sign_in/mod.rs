//! Ways to sign in.

pub mod email;
