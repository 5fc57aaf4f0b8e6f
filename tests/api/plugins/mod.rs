mod admin;
mod bearer;
mod discovery;
mod forward_auth;
mod jwt;
mod jwt_algorithms;
mod open_api;
mod revocations;
