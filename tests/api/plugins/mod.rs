mod admin;
mod bearer;
mod forward_auth;
mod jwt;
mod jwt_algorithms;
mod open_api;
