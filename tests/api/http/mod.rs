//! The surface that all routes share: bodies, paths, methods, origins, pages, caches. Routes are taken from the router,
//! so that none is forgotten.

pub mod address;
mod authorization;
mod body;
mod caching;
mod cors;
mod fields;
mod framing;
mod identity;
mod invariants;
mod json;
mod limits;
mod methods;
mod origins;
mod pages;
mod paths;
mod rate_limit;
mod routes;
mod slow;
mod switches;
mod table;
mod wire;

use invariants::Watch;
use routes::{Site, changing, fitting};
