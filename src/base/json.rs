//! JSON that means the same to everybody.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads JSON, its members in their order. `None` for what is malformed, is nested more than 128 deep or has a key twice
/// in one object (RFC 8725 §2.4), and, stricter than JavaScript, for a byte order mark, lone surrogates and numbers beyond
/// all bounds.
pub fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).map(|Unambiguous(value)| value).ok()
}

/// Reads JSON that is an object; `None` for other JSON too.
pub fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    match parse(bytes)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// What JavaScript's Zod calls a value's type.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A JSON value in which no object has a key twice: of such keys one reader takes the first and another the last.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnambiguousVisitor).map(Self)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON without duplicate keys")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unambiguous(value))) = members.next_entry::<String, _>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a key comes twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn json_keeps_its_order_and_its_values() {
        let text = r#"{"z":[1,-2,3.5,18446744073709551615],"a":{"b":null,"c":true},"s":"\u00e9\ud83d\ude00"}"#;
        assert_eq!(
            parse(text.as_bytes()).unwrap().to_string(),
            text.replace("\\u00e9", "é").replace("\\ud83d\\ude00", "😀")
        );
        assert_eq!(parse(b" \"ada\" ").unwrap(), json!("ada"));
        assert_eq!(parse(b"null").unwrap(), Value::Null);
    }

    #[test]
    fn t02_hostile_json_is_refused_and_never_a_crash() {
        let deep = "[".repeat(200_000);
        let deep_object = r#"{"a":"#.repeat(200_000);
        let cases: [&[u8]; 16] = [
            deep.as_bytes(),
            deep_object.as_bytes(),
            b"1e999",
            b"-1e999",
            b"[NaN]",
            b"\"\\ud800\"",
            b"\"\\udc00\\ud800\"",
            b"\xef\xbb\xbf{}",
            b"{} {}",
            b"{}x",
            b"{}\0",
            b"\"\xff\"",
            b"{\"a\":1,}",
            b"[1,]",
            b"'a'",
            b" ",
        ];
        for bytes in cases {
            assert_eq!(parse(bytes), None, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(20)]));
        }
    }

    #[test]
    fn t02_a_key_that_comes_twice_is_refused_at_any_depth_and_however_it_is_written() {
        for text in [r#"{"email":1,"email":2}"#, r#"[{"a":{"b":1,"b":1}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert!(parse(br#"{"a":{"a":1},"A":2}"#).is_some());
    }

    #[test]
    fn what_is_no_object_is_told_apart() {
        for text in ["", "null", "[]", "\"a\"", "{", "{} {}", "{'a':1}"] {
            assert_eq!(object(text.as_bytes()), None, "{text}");
        }
        assert_eq!(object(b"{\"a\":1}").map(|object| object.len()), Some(1));
    }

    proptest! {
        #[test]
        fn t02_no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\":,0-9eE.a\\\\u+-]{0,60}") {
            let _ = parse(&bytes);
            let _ = parse(text.as_bytes());
        }

        #[test]
        fn what_it_reads_is_what_serde_json_reads(text in "[\\[\\]{}\":,0-9a-]{0,30}") {
            if let Some(value) = parse(text.as_bytes()) {
                prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
