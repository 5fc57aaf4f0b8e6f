//! The log of a whole server at its most talkative: every line, of every crate, in both styles.

#[path = "api/harness/mod.rs"]
mod harness;

#[path = "logs/lines.rs"]
mod lines;

#[path = "logs/access.rs"]
mod access;
#[path = "logs/admin.rs"]
mod admin;
#[path = "logs/canaries.rs"]
mod canaries;
