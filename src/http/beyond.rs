//! Requests that are another server's to answer: what comes where no route of ours is.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::house::House;
use super::traffic::Traffic;

/// Whatever lies beyond our routes.
pub trait Beyond: Send + Sync {
    /// Whose a path is, as it was sent.
    fn find(&self, path: &str) -> Found<'_>;

    /// All ways that lead there.
    fn passages(&self) -> Vec<&dyn Passage>;
}

/// Where a path leads.
pub enum Found<'b> {
    /// And the path in its one spelling.
    Passage(&'b dyn Passage, String),
    /// A path that can be read in several ways.
    Unclear,
    Nowhere,
}

/// A prefix whose requests are passed on.
pub trait Passage: Send + Sync {
    /// As an operator knows it.
    fn prefix(&self) -> &str;

    fn traffic(&self) -> &Traffic;

    /// How often there was no answer, by reason.
    fn failures(&self) -> Vec<(&'static str, u64)>;

    /// Passes a request on, and its answer back.
    fn answer<'a>(
        &'a self,
        house: Arc<House>,
        path: String,
        request: HttpRequest,
        payload: Payload,
    ) -> Pin<Box<dyn Future<Output = HttpResponse> + 'a>>;
}
