//! GET /reference: the description as a page, which needs no script.

use std::sync::Arc;

use minijinja::{Environment, Value as Shown, context};
use serde_json::{Value, json};

use super::document::Served;
use crate::base::{Error, Result};
use crate::crypto::digest;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

const PAGE: &str = include_str!("reference.html");
const STYLE: &str = include_str!("reference.css");

pub fn endpoint(path: &str, served: &Served) -> Result<Endpoint> {
    let page = render(served).map_err(Error::broken)?;
    let page: Arc<str> = page.into();
    // Nothing is loaded from anywhere, and nothing runs.
    let policy = format!(
        "default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        digest::integrity(STYLE.as_bytes())
    );
    Ok(Endpoint::get(path, async move |_: &Cx, (): ()| {
        Ok(Reply::html(page.to_string()).header("content-security-policy", policy.clone()))
    }))
}

fn render(served: &Served) -> std::result::Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_filter("pretty", |value: Shown| serde_json::to_string_pretty(&value).unwrap_or_default());
    environment.add_template("reference.html", PAGE)?;
    let document = &served.document;
    environment.get_template("reference.html")?.render(context! {
        style => Shown::from_safe_string(STYLE.to_owned()),
        title => document["info"]["title"],
        about => document["info"]["description"],
        server => document["servers"][0]["url"],
        groups => groups(document["paths"].as_object().into_iter().flatten(), &document["tags"]),
    })
}

/// The operations by their tags, in the tags' order.
fn groups<'d>(paths: impl Iterator<Item = (&'d String, &'d Value)>, tags: &Value) -> Value {
    let operations = paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
    });
    let operations: Vec<_> = operations.filter(|(_, _, operation)| operation.is_object()).collect();
    let of = |tag: &Value| {
        let belong = operations.iter().filter(|(_, _, operation)| operation["tags"][0] == *tag);
        let shown = belong.map(|(path, method, operation)| {
            json!({
                "id": operation["operationId"],
                "path": path,
                "method": method.to_uppercase(),
                "summary": operation["summary"],
                "description": operation["description"],
                "parameters": operation["parameters"],
                "body": operation["requestBody"]["content"]["application/json"]["schema"],
                "responses": operation["responses"],
            })
        });
        shown.collect::<Vec<_>>()
    };
    let names = tags.as_array().into_iter().flatten().map(|tag| &tag["name"]);
    names
        .map(|name| json!({ "name": name, "operations": of(name) }))
        .filter(|group| group["operations"] != json!([]))
        .collect()
}
