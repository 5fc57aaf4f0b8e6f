//! The ground floor: what every other floor may use and nothing here knows of: time, chance, text that is valid by
//! construction, error codes and the one error type, what an additional field is, for whom something is done, and what
//! parts count of themselves.

pub mod behalf;
pub mod code;
pub mod error;
pub mod field;
pub mod json;
pub mod meter;
pub mod random;
pub mod request_id;
pub mod text;
pub mod time;

pub use behalf::{Actor, Behalf};
pub use error::{Error, Result};
pub use field::{Field, FieldKind};
pub use random::Random;
pub use request_id::RequestId;
pub use time::{Clock, Timestamp};
