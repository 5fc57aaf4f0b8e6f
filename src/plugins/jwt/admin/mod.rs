//! The keys by hand, over HTTP: for admins.

pub mod jwks;
