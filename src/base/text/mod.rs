//! Text that is checked once and valid ever after.

pub mod component;
pub mod duration;
pub mod email;
pub mod glob;
mod hosts;
pub mod lax;
pub mod origin;
pub mod page;
pub mod place;
pub mod plain;
pub mod roles;
mod scheme;

pub use component::encode_component;
pub use duration::parse_span;
pub use email::Email;
pub use glob::Glob;
pub use origin::{TrustedOrigins, origin_of};
pub use page::page_is_trusted;
