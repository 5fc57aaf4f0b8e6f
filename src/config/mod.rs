//! The configuration's loader: layers of sources are merged, sections ask the result for their keys one by one, and
//! what each key is, was set to, and where, is recorded. `config show`, the reference document and every fault come
//! from that one record. The sections themselves live in the folders that they configure.

mod address;
mod environment;
mod fault;
mod fields;
mod given;
mod item;
mod later;
mod layers;
mod masked;
mod names;
mod page;
mod reader;
mod record;
mod reference;
mod section;
mod source;
mod tree;
mod unknown;

/// What signs and encrypts: one secret or several versions of it.
pub mod secret;

pub use fault::Fault;
pub(crate) use fields::{is_column, json};
pub use given::Given;
pub use item::Item;
pub use reader::Reader;
pub use record::{Entry, MASK, Record, Setting, Support};
pub use section::{Section, Unset};
pub use source::{Source, Sources};
