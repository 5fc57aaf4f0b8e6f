//! Ways to sign up.

pub mod email;
