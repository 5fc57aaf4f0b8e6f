mod admin;
mod bearer;
mod discovery;
mod jwt;
mod jwt_algorithms;
mod open_api;
mod revocations;
