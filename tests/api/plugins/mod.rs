mod admin;
mod bearer;
mod jwt;
mod jwt_algorithms;
