//! The plugins, one folder each, in the order in which they have their say.

pub mod admin;
pub mod audit;
pub mod bearer;
pub mod discovery;
pub mod forward_auth;
pub mod generic_oauth;
pub mod jwt;
pub mod open_api;
pub mod operations;
pub mod resource_servers;
pub mod revocations;
pub mod token_api;
pub mod username;

use std::sync::Arc;

use crate::http::endpoint::Endpoint;
use crate::moments::Moments;

/// What a plugin brings.
pub struct Plugin {
    pub moments: Arc<dyn Moments>,
    pub endpoints: Vec<Endpoint>,
}
