//! From a request to a handler and back.

pub mod address;
pub mod beyond;
pub mod body;
pub mod config;
pub mod connection;
pub mod cookies;
pub mod cors;
pub mod credentials;
pub mod cx;
pub mod endpoint;
pub mod etag;
pub mod form;
pub mod guard;
pub mod listener;
mod multipart;
pub mod page;
pub mod profile;
pub mod query;
pub mod rate_limit;
pub mod reply;
pub mod resource_servers;
pub mod router;
pub mod serve;
pub mod sign_up;
pub mod social;
pub mod traffic;
pub mod visit;
