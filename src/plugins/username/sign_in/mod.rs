//! A way to sign in.

pub mod username;
