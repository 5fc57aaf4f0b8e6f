//! What a mailed link to a new password leads to.

pub mod token;
