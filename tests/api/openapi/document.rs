//! `docs/openapi.json`, and as much of JSON Schema as it uses.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use signet::base::Timestamp;

/// The document.
pub struct Document(Value);

/// One method of one path.
pub struct Operation<'d> {
    document: &'d Document,
    pub described: &'d Value,
}

impl Document {
    pub fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
        let text = std::fs::read_to_string(path).expect("the document");
        Self(serde_json::from_str(&text).expect("the document is JSON"))
    }

    pub fn root(&self) -> &Value {
        &self.0
    }

    /// Path, method and what is said of them.
    pub fn operations(&self) -> Vec<(String, String, Operation<'_>)> {
        let mut found = Vec::new();
        for (path, item) in object(&self.0["paths"]) {
            for (method, described) in object(item).iter().filter(|(name, _)| *name != "servers") {
                found.push((path.clone(), method.to_uppercase(), Operation { document: self, described }));
            }
        }
        found
    }

    /// Whether a path lies below the origin, not below the base path.
    pub fn is_at_origin(&self, path: &str) -> bool {
        !self.0["paths"][path]["servers"].is_null()
    }

    /// What a `$ref` leads to, or the value itself.
    pub fn resolve<'d>(&'d self, value: &'d Value) -> &'d Value {
        let Some(reference) = value["$ref"].as_str() else { return value };
        let pointer = reference.strip_prefix('#').expect("references stay in the document");
        self.0.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }

    /// What does not fit a schema, each with its place. A member that no schema names does not fit, unless it may be
    /// additional.
    pub fn mismatches(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.check(schema, value, "$", &mut found);
        found
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if let Some(kinds) = kinds(schema).filter(|kinds| !kinds.iter().any(|kind| is(value, kind))) {
            found.push(format!("{place} is {value}, not {kinds:?}"));
        }
        if schema.get("const").is_some_and(|only| only != value) {
            found.push(format!("{place} is {value}, not {}", schema["const"]));
        }
        if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
            found.push(format!("{place} is {value}, which is not listed"));
        }
        if schema["format"] == "date-time" && !value.as_str().is_some_and(is_date) {
            found.push(format!("{place} is {value}, no date with milliseconds"));
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let fits = choices.iter().filter(|choice| self.mismatches(choice, value).is_empty()).count();
            if fits != 1 {
                let why: Vec<_> = choices.iter().map(|choice| self.mismatches(choice, value)).collect();
                found.push(format!("{place} fits {fits} of the choices: {why:?}"));
            }
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.check(part, value, place, found);
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], item, &format!("{place}[{index}]"), found);
        }
        if let (Some(members), Some(named)) = (value.as_object(), schema["properties"].as_object()) {
            self.check_members(schema, members, named, place, found);
        }
    }

    fn check_members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        named: &Map<String, Value>,
        place: &str,
        found: &mut Vec<String>,
    ) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                found.push(format!("{place}.{name} is missing"));
            }
        }
        let open = schema["additionalProperties"] == true || schema.get("allOf").is_some();
        for (name, member) in members {
            match named.get(name) {
                Some(schema) => self.check(schema, member, &format!("{place}.{name}"), found),
                None if open => {}
                None => found.push(format!("{place}.{name} is not documented")),
            }
        }
    }
}

impl<'d> Operation<'d> {
    pub fn id(&self) -> &'d str {
        self.described["operationId"].as_str().expect("an operation has a name")
    }

    /// The media types of bodies that it takes, in order.
    pub fn media_types(&self) -> Vec<&'d str> {
        let content = self.described["requestBody"]["content"].as_object();
        content.into_iter().flat_map(Map::keys).map(String::as_str).collect()
    }

    /// The names of its parameters at a place: `path`, `query`, `header`.
    pub fn parameters(&self, place: &str) -> Vec<&'d str> {
        let given = self.described["parameters"].as_array().into_iter().flatten();
        let given = given.map(|parameter| self.document.resolve(parameter));
        given.filter(|parameter| parameter["in"] == place).filter_map(|parameter| parameter["name"].as_str()).collect()
    }

    /// The codes that its refusals may carry.
    pub fn codes(&self) -> BTreeSet<&'d str> {
        let mut found = BTreeSet::new();
        for response in object(&self.described["responses"]).values() {
            let schema = &self.document.resolve(response)["content"]["application/json"]["schema"];
            for refusal in schema["oneOf"].as_array().into_iter().flatten().chain([schema]) {
                let codes = refusal["properties"]["code"]["enum"].as_array();
                found.extend(codes.into_iter().flatten().filter_map(Value::as_str));
            }
        }
        found
    }

    /// What is said of a status, if it is documented.
    pub fn response(&self, status: u16) -> Option<&'d Value> {
        let response = &self.described["responses"][status.to_string()];
        (!response.is_null()).then(|| self.document.resolve(response))
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

fn kinds(schema: &Value) -> Option<Vec<&str>> {
    match &schema["type"] {
        Value::String(kind) => Some(vec![kind]),
        Value::Array(kinds) => Some(kinds.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "null" => value.is_null(),
        other => panic!("the document uses no type {other}"),
    }
}

/// `2026-11-20T11:37:50.948Z`, and nothing looser.
fn is_date(text: &str) -> bool {
    text.len() == 24 && Timestamp::parse(text).is_some_and(|moment| moment.to_string() == text)
}
