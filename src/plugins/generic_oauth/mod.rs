//! generic_oauth: providers of the deployment's own, for `/sign-in/social` and the routes beside it. It has no routes.

pub mod config;
