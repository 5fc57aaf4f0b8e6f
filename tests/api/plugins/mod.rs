mod admin;
mod bearer;
mod jwt;
mod jwt_algorithms;
mod open_api;
mod token_api;
mod username;
