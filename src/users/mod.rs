//! Users as they come in and go out: the settings of accounts, the fields of a body, the JSON of an answer.

pub mod admins;
pub mod answer;
pub mod config;
pub mod fields;
pub mod first_admin;
pub mod guards;
pub mod import;
pub mod sign_ins;
mod strength;
