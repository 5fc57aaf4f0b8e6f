//! Queries and forms: `application/x-www-form-urlencoded` as browsers write it.

use std::fmt;

use serde_json::map::Entry;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The parameters of a query.
pub struct Query {
    pairs: Vec<(String, String)>,
    fields: Map<String, Value>,
}

impl Query {
    /// Reads what follows the `?`. Nothing is an error: bytes that are not UTF-8 become U+FFFD.
    pub fn parse(raw_query: &str) -> Self {
        let pairs: Vec<_> = form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
        Self { fields: fields(pairs.iter().cloned()), pairs }
    }

    /// Every name with its value, in the order in which they came.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Each name once: a string, or an array of strings where it came repeatedly.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The first value of a name, decoded and otherwise as it came: it may hold U+0000.
    pub fn get_first(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// JavaScript's truth: there is a value that is not empty (`false` and `0` count), or there are several.
    pub fn truthy(&self, name: &str) -> bool {
        match self.fields.get(name) {
            Some(Value::String(text)) => !text.is_empty(),
            repeated => repeated.is_some(),
        }
    }
}

/// Names alone: values may be tokens.
impl fmt::Debug for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Query").field(&self.fields.keys().collect::<Vec<_>>()).finish()
    }
}

/// Pairs as an object, in the order of their first appearance. A name that comes repeatedly is an array, never the first
/// or the last of its values, so that two readers cannot choose differently.
pub(super) fn fields(pairs: impl Iterator<Item = (String, String)>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in pairs {
        match fields.entry(name) {
            Entry::Vacant(place) => drop(place.insert(Value::String(value))),
            Entry::Occupied(mut place) => match place.get_mut() {
                Value::Array(values) => values.push(Value::String(value)),
                single => *single = Value::Array(vec![single.take(), Value::String(value)]),
            },
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_query_is_decoded_as_a_browser_encoded_it() {
        let query = Query::parse("a=1+2&b=%C3%A9%26&c&=empty&d=%ff&e=%zz");
        assert_eq!(
            Value::Object(query.fields().clone()),
            json!({"a": "1 2", "b": "é&", "c": "", "": "empty", "d": "\u{fffd}", "e": "%zz"})
        );
    }

    #[test]
    fn t05_a_repeated_name_is_an_array_and_brackets_mean_nothing() {
        let query = Query::parse("token=a&callbackURL[]=x&token=b&token=");
        assert_eq!(Value::Object(query.fields().clone()), json!({"token": ["a", "b", ""], "callbackURL[]": "x"}));
        assert_eq!(query.get_first("token"), Some("a"));
        assert_eq!(query.get_first("callbackURL"), None);
        let names: Vec<_> = query.pairs().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["token", "callbackURL[]", "token", "token"]);
    }

    #[test]
    fn any_value_is_true_but_the_empty_one() {
        let query = Query::parse("yes=true&no=false&zero=0&empty=&bare&twice=&twice=");
        for name in ["yes", "no", "zero", "twice"] {
            assert!(query.truthy(name), "{name}");
        }
        for name in ["empty", "bare", "absent"] {
            assert!(!query.truthy(name), "{name}");
        }
    }

    #[test]
    fn its_debug_text_holds_no_values() {
        assert_eq!(format!("{:?}", Query::parse("token=secret")), "Query([\"token\"])");
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back_in_order(pairs in proptest::collection::vec((".{0,8}", ".{0,8}"), 0..8)) {
            let raw = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let query = Query::parse(&raw);
            prop_assert_eq!(query.pairs(), &pairs);
        }

        #[test]
        fn no_text_makes_it_panic(raw in "\\PC*|[a%=&+0-9\\[\\]]{0,60}") {
            let _ = Query::parse(&raw).truthy("a");
        }
    }
}
