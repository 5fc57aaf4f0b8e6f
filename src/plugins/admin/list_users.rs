//! GET /admin/list-users: a page of users, searched, filtered and sorted.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Admin;
use crate::base::json::kind;
use crate::base::text::plain::storable;
use crate::base::{Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::User;
use crate::store::listing::{Condition, Operator, Order, Page};

/// The page of whoever does not say.
const USUAL: i64 = 100;
const LARGEST: i64 = 1000;
/// How many values a filter compares with.
const MOST_VALUES: usize = 100;

const SEARCHES: [(&str, Operator); 3] =
    [("contains", Operator::Contains), ("starts_with", Operator::StartsWith), ("ends_with", Operator::EndsWith)];
const FILTERS: [(&str, Operator); 11] = [
    ("eq", Operator::Eq),
    ("ne", Operator::Ne),
    ("lt", Operator::Lt),
    ("lte", Operator::Lte),
    ("gt", Operator::Gt),
    ("gte", Operator::Gte),
    ("in", Operator::In),
    ("not_in", Operator::NotIn),
    ("contains", Operator::Contains),
    ("starts_with", Operator::StartsWith),
    ("ends_with", Operator::EndsWith),
];

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let list_users = async move |cx: &Cx, input: List| list_users(&admin, cx, input).await;
    Endpoint::get("/admin/list-users", list_users)
}

struct List {
    page: Page,
    /// As the answer repeats it; what is 0 or no number is not.
    limit: Option<i64>,
    offset: Option<i64>,
}

impl Input for List {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let search = form.optional_string("searchValue").filter(|value| !value.is_empty());
        let field = form.optional_word("searchField", &[("email", "email"), ("name", "name")]).unwrap_or("email");
        let operator = form.optional_word("searchOperator", &SEARCHES).unwrap_or(Operator::Contains);
        let search = search.map(|value| Condition { field: field.to_owned(), operator, values: vec![value] });
        let limit = number(&mut form, "limit").map(|limit| limit.min(LARGEST));
        let offset = number(&mut form, "offset");
        let sort_by = form.optional_string("sortBy").filter(|field| !field.is_empty());
        let descending = form.optional_word("sortDirection", &[("asc", false), ("desc", true)]).unwrap_or(false);
        let filter = read_filter(&mut form);
        form.finish()?;
        let page = Page {
            conditions: search.into_iter().chain(filter).collect(),
            order: sort_by.map(|field| Order { field, descending }),
            limit: limit.unwrap_or(USUAL),
            offset: offset.unwrap_or(0),
        };
        Ok(Self { page, limit, offset })
    }
}

/// A whole number greater than 0. What is none at all counts for absent, as in Better Auth.
fn number(form: &mut Form<'_>, name: &str) -> Option<i64> {
    let number: f64 = match form.raw(name)? {
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite())?,
        _ => {
            form.issue(name, "Invalid input");
            return None;
        }
    };
    if number < 0.0 {
        form.issue(name, "Too small: expected number to be >=0");
    }
    // No table has more rows.
    let number = number.min(1e15) as i64;
    (number > 0).then_some(number)
}

fn read_filter(form: &mut Form<'_>) -> Option<Condition> {
    let field = form.optional_string("filterField").filter(|field| !field.is_empty());
    let values = form.raw("filterValue").map(values);
    match &values {
        Some(values) if !values.iter().all(|value| storable(value)) => {
            form.issue("filterValue", "Invalid input: the character U+0000 is not allowed");
        }
        Some(values) if values.len() > MOST_VALUES => {
            form.issue("filterValue", format!("Too big: expected array to have <={MOST_VALUES} items"));
        }
        _ => {}
    }
    let operator = form.optional_word("filterOperator", &FILTERS).unwrap_or(Operator::Eq);
    if values.as_ref().is_some_and(|values| values.len() != 1) && !matches!(operator, Operator::In | Operator::NotIn) {
        form.issue("filterValue", format!("Invalid input: expected string, received {}", kind(&Value::Array(vec![]))));
    }
    Some(Condition { field: field.unwrap_or_else(|| "email".to_owned()), operator, values: values? })
}

/// One value, or several: the name repeated, or a list as JSON, which is how the official client sends one.
fn values(given: &Value) -> Vec<String> {
    match given {
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => listed(text).unwrap_or_else(|| vec![text.clone()]),
        _ => Vec::new(),
    }
}

fn listed(text: &str) -> Option<Vec<String>> {
    let Some(Value::Array(items)) = crate::base::json::parse(text.strip_prefix('[').map(|_| text)?.as_bytes()) else {
        return None;
    };
    let text = |item: &Value| match item {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    items.iter().map(text).collect()
}

async fn list_users(admin: &Admin, cx: &Cx, List { page, limit, offset }: List) -> Result<Reply> {
    admin.require(cx, "user", "list", code::YOU_ARE_NOT_ALLOWED_TO_LIST_USERS).await?;
    // A field that nobody has is one by which nobody is found: so says Better Auth, whichever it is.
    let Some(users) = cx.house.store.list_users(&page).await? else {
        return Reply::json(&json!({ "users": [], "total": 0 }));
    };
    let total = total(admin, cx, &page, &users).await?;
    let mut body = Map::new();
    let shown: Vec<Value> = users.iter().map(|user| Value::Object(cx.house.shown_user(user))).collect();
    body.insert("users".into(), shown.into());
    body.insert("total".into(), total.into());
    body.extend(limit.map(|limit| ("limit".to_owned(), limit.into())));
    body.extend(offset.map(|offset| ("offset".to_owned(), offset.into())));
    Reply::json(&body)
}

/// How many users there are on all pages. A page that is not full is the last one, and tells.
async fn total(admin: &Admin, cx: &Cx, page: &Page, users: &[User]) -> Result<i64> {
    let found = i64::try_from(users.len()).unwrap_or(i64::MAX);
    let is_last = found < page.limit && (found > 0 || page.offset == 0);
    if is_last {
        return Ok(page.offset + found);
    }
    Ok(admin.counts.of(&cx.house.store, &page.conditions).await?.unwrap_or(0))
}
