//! Values that are longer than a cookie may be: in chunks, as Better Auth cuts them.

use super::{CookieKey, Cookies, SetCookie};

/// What a cookie may measure in bytes with its name and attributes.
const LONGEST_COOKIE: usize = 4050;
const MOST_CHUNKS: usize = 100;

impl Cookies {
    /// Sets a value that needs no encoding and may be long: in one cookie or, where that would be longer than browsers take,
    /// in chunks `NAME.0`, `NAME.1`, …. What the request carries of the cookie and is not set anew is deleted. A value
    /// that needs more than a hundred chunks is not set.
    pub fn set_long(&self, key: CookieKey, value: &str, max_age: Option<i64>, carried: &[&str]) -> Vec<SetCookie> {
        let shape = self.shape(key);
        let set = |name: String, part: &str| {
            let line = shape.line_of(&name, part, max_age);
            (name, SetCookie { key, value: Some(part.to_owned()), line })
        };
        let whole = set(shape.name.clone(), value);
        let set = if whole.1.line.len() <= LONGEST_COOKIE {
            vec![whole]
        } else {
            let length = LONGEST_COOKIE.saturating_sub(shape.line_of(&format!("{}.99", shape.name), "", max_age).len());
            // The letters are ASCII, so that a chunk is a text again.
            let chunks = value.as_bytes().chunks(length.max(1)).map(String::from_utf8_lossy);
            chunks.enumerate().map(|(place, chunk)| set(format!("{}.{place}", shape.name), &chunk)).collect()
        };
        if set.len() > MOST_CHUNKS {
            return self.expire_chunks(key, carried);
        }
        let stale: Vec<_> = carried.iter().copied().filter(|name| !set.iter().any(|(new, _)| new == name)).collect();
        self.expire_chunks(key, &stale).into_iter().chain(set.into_iter().map(|(_, cookie)| cookie)).collect()
    }

    /// The value of a cookie that may be in chunks, of which a request carries these names.
    pub fn join<'v>(
        &self,
        key: CookieKey,
        carried: &[&str],
        value: impl Fn(&str) -> Option<&'v str>,
    ) -> Option<String> {
        let mut places = self.places_of(key, carried);
        places.sort_unstable();
        let whole = places.first().is_some_and(|(place, _)| place.is_none());
        let parts = places.iter().take(if whole { 1 } else { places.len() });
        let joined: String = parts.filter_map(|(_, name)| value(name)).collect();
        (!joined.is_empty()).then_some(joined)
    }

    /// The names that a request carries of a cookie that may be in chunks, with the place of each: `NAME` and `NAME.N`.
    pub(super) fn places_of<'n>(&self, key: CookieKey, carried: &[&'n str]) -> Vec<(Option<u8>, &'n str)> {
        let name = self.name(key);
        let place = |rest: &str| match rest.strip_prefix('.') {
            None => rest.is_empty().then_some(None),
            Some(place) => place.parse().ok().filter(|number: &u8| number.to_string() == place).map(Some),
        };
        carried.iter().filter_map(|carried| Some((place(carried.strip_prefix(name)?)?, *carried))).collect()
    }

    /// Deletes a cookie and its chunks as a request carries them.
    pub fn expire_chunks(&self, key: CookieKey, carried: &[&str]) -> Vec<SetCookie> {
        let expired =
            self.places_of(key, carried).into_iter().map(|(_, name)| self.shape(key).line_of(name, "", Some(0)));
        expired.map(|line| SetCookie { key, value: None, line }).collect()
    }
}
