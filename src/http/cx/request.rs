//! What a request says of itself.

use actix_web::http::header::AsHeaderName;

use super::Cx;
use crate::http::address::{client_address_of, header_list, sender_of};
use crate::http::page::loads_a_page;
use crate::session::Origin;

impl Cx {
    /// A header's only or first value, read as UTF-8.
    pub fn header(&self, name: impl AsHeaderName) -> Option<String> {
        self.request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// Whether the request is a POST.
    pub fn is_post(&self) -> bool {
        self.request.method() == actix_web::http::Method::POST
    }

    /// The request's method.
    pub fn method(&self) -> &str {
        self.request.method().as_str()
    }

    /// The path as it was sent.
    pub fn path(&self) -> &str {
        self.request.path()
    }

    /// Whether a browser is to show what is answered.
    pub fn loads_a_page(&self) -> bool {
        loads_a_page(&self.request)
    }

    /// What follows the `?`, as it was sent.
    pub fn raw_query(&self) -> &str {
        self.request.query_string()
    }

    /// Whether a proxy sends the request whose headers are believed.
    pub fn comes_from_a_proxy(&self) -> bool {
        let peer = self.request.peer_addr();
        peer.is_some_and(|peer| self.house.site.client_address.believes(peer.ip()))
    }

    /// Each value of a header.
    pub fn header_values(&self, name: impl AsHeaderName) -> Vec<String> {
        let values = self.request.headers().get_all(name);
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    }

    /// A header's value, if it has only one: of two, others may go by the one that we do not.
    pub fn only_header(&self, name: impl AsHeaderName) -> Option<String> {
        let mut values = self.header_values(name);
        values.pop().filter(|_| values.is_empty())
    }

    /// All values of a header, as one list.
    pub fn header_list(&self, name: &str) -> Option<String> {
        header_list(&self.request, name)
    }

    /// Where the request comes from, as a new session notes it.
    pub fn origin(&self) -> Origin {
        let ip_address = client_address_of(&self.house.site.client_address, &self.request);
        Origin { ip_address: ip_address.unwrap_or_default(), user_agent: self.header("user-agent").unwrap_or_default() }
    }

    /// Whom the log names as the sender.
    pub fn sender(&self) -> Option<String> {
        sender_of(&self.house.site.client_address, &self.request)
    }
}
