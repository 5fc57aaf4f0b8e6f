//! Whether a client has the current version of what it asks for.

use actix_web::http::header::IF_NONE_MATCH;

use super::cx::Cx;

/// Whether the client names this entity tag, quotes included, as the one that it has.
pub fn is_current(cx: &Cx, etag: &str) -> bool {
    cx.header(IF_NONE_MATCH).is_some_and(|tags| matches(&tags, etag))
}

/// Whether one of a list of entity tags is this one (RFC 9110 §13.1.2, weak comparison).
fn matches(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_tag_is_found_in_a_list_weak_or_strong() {
        assert!(matches("\"a\", W/\"b\"", "\"b\""));
        assert!(matches("*", "\"b\""));
        assert!(!matches("\"bb\"", "\"b\""));
    }
}
