//! The messages of the contract and of the transcripts, and what a reader must never let through.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What the reader says of a body.
#[track_caller]
fn told<T>(body: &Body, read: impl FnOnce(&mut Form) -> T) -> String {
    let mut form = Form::body(body);
    read(&mut form);
    form.finish().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
}

fn sign_up(form: &mut Form) {
    form.object();
    form.string("name");
    form.email("email");
    form.nonempty_string("password");
    form.optional_string("image");
    form.optional_bool("rememberMe");
    form.record();
}

fn sign_in(form: &mut Form) {
    form.string("email");
    form.string("password");
    form.optional_bool("rememberMe");
}

#[test]
fn what_fits_is_read_and_unknown_fields_are_ignored() {
    let body = Body::Json(json!({
        "name": "", "email": "Ann@Example.com", "password": "x", "image": "i", "rememberMe": false, "scopes": ["a", "b"], "data": {"k": 1}, "n": 1.5,
        "unknown": null,
    }));
    let mut form = Form::body(&body);
    assert!(form.object());
    assert_eq!(form.string("name"), "");
    assert_eq!(form.email("email"), "ann@example.com");
    assert_eq!(form.nonempty_string("password"), "x");
    assert_eq!(form.optional_string("image").as_deref(), Some("i"));
    assert_eq!(form.optional_bool("rememberMe"), Some(false));
    assert_eq!(form.optional_strings("scopes"), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(form.optional_object_field("data").map(Map::len), Some(1));
    assert_eq!(form.optional_number("n"), Some(1.5));
    assert_eq!(form.raw("unknown"), Some(&Value::Null));
    assert_eq!(form.fields().len(), 9);
    form.finish().unwrap();
}

#[test]
fn what_is_optional_may_be_absent() {
    let body = Body::Json(json!({}));
    let mut form = Form::body(&body);
    assert_eq!(form.optional_string("a"), None);
    assert_eq!(form.optional_bool("a"), None);
    assert_eq!(form.optional_number("a"), None);
    assert_eq!(form.optional_strings("a"), None);
    assert_eq!(form.optional_object_field("a"), None);
    assert_eq!(form.optional_record_field("a"), None);
    assert_eq!(form.optional_nested("a", |_| ()), None);
    form.finish().unwrap();
}

#[test]
fn all_issues_are_told_in_the_order_of_the_schema() {
    let undefined = "Invalid input: expected string, received undefined";
    assert_eq!(
        told(&Body::Json(json!({})), sign_up),
        format!("[body.name] {undefined}; [body.email] {undefined}; [body.password] {undefined}")
    );
    let body =
        Body::Json(json!({"password": "", "email": "no address", "name": ["a"], "image": null, "rememberMe": "false"}));
    assert_eq!(
        told(&body, sign_up),
        "[body.name] Invalid input: expected string, received array; [body.email] Invalid email address; \
         [body.password] Too small: expected string to have >=1 characters; \
         [body.image] Invalid input: expected string, received null; \
         [body.rememberMe] Invalid input: expected boolean, received string"
    );
}

#[test]
fn t02_every_wrong_type_is_named_as_javascript_names_it() {
    for (value, kind) in [
        (json!(1), "number"),
        (json!(null), "null"),
        (json!([]), "array"),
        (json!({}), "object"),
        (json!(true), "boolean"),
    ] {
        let body = Body::Json(json!({"email": value, "password": "x"}));
        assert_eq!(told(&body, sign_in), format!("[body.email] Invalid input: expected string, received {kind}"));
    }
}

#[test]
fn a_whole_that_is_no_object_is_the_only_issue() {
    for (body, kind) in [
        (Body::Absent, "undefined"),
        (Body::Json(json!([])), "array"),
        (Body::Json(json!(null)), "null"),
        (Body::Json(json!("ada")), "string"),
        (Body::Json(json!(1)), "number"),
        (Body::Json(json!(false)), "boolean"),
    ] {
        assert_eq!(told(&body, sign_in), format!("[body] Invalid input: expected object, received {kind}"));
        assert_eq!(
            told(&body, sign_up),
            format!(
                "[body] Invalid input: expected object, received {kind}; [body] Invalid input: expected record, received {kind}"
            )
        );
        assert_eq!(
            told(&body, |form| form.record()),
            format!("[body] Invalid input: expected record, received {kind}")
        );
    }
}

#[test]
fn nobody_reads_defaults_out_of_a_body_that_is_none() {
    let expected = "[body] Invalid input: expected object, received undefined";
    assert_eq!(told(&Body::Absent, |form| form.optional_string("a")), expected);
    assert_eq!(told(&Body::Absent, |form| form.optional_bool("a")), expected);
    assert_eq!(told(&Body::Absent, |form| form.email("a")), expected);
    assert_eq!(told(&Body::Absent, |form| form.optional_nested("a", |_| ())), expected);
}

#[test]
fn an_optional_object_may_be_absent_but_not_null() {
    let read = |form: &mut Form| {
        form.optional_object();
        form.optional_bool("disableRedirect");
    };
    assert_eq!(told(&Body::Absent, read), "fine");
    assert_eq!(told(&Body::Json(json!({})), read), "fine");
    assert_eq!(told(&Body::Json(json!(null)), read), "[body] Invalid input: expected object, received null");
}

#[test]
fn a_form_is_read_like_json_whose_values_are_strings() {
    let body = super::super::body::parse(
        Some("application/x-www-form-urlencoded"),
        b"email=a%40b.co&password=x&rememberMe=false",
        true,
    )
    .unwrap();
    assert_eq!(told(&body, sign_in), "[body.rememberMe] Invalid input: expected boolean, received string");
}

#[test]
fn t05_a_repeated_parameter_is_an_array_and_fits_nowhere() {
    let query = Query::parse("token=a&token=b");
    let mut form = Form::query(&query);
    form.string("token");
    form.string("callbackURL");
    assert_eq!(
        form.finish().unwrap_err().to_string(),
        "[query.token] Invalid input: expected string, received array; [query.callbackURL] Invalid input: expected string, received undefined"
    );
}

#[test]
fn fields_of_a_field_are_told_by_their_path() {
    let body =
        Body::Json(json!({"idToken": {"token": 1, "user": {"name": true}}, "scopes": ["a", 2, null], "data": []}));
    let read = |form: &mut Form| {
        form.optional_nested("idToken", |token| {
            token.string("token");
            token.optional_nested("user", |user| user.optional_string("name"));
        });
        form.optional_strings("scopes");
        form.optional_record_field("data");
        form.issue("additionalParams", "additionalParams cannot include reserved OAuth parameters");
        form.issue("", "Invalid input");
    };
    assert_eq!(
        told(&body, read),
        "[body.idToken.token] Invalid input: expected string, received number; \
         [body.idToken.user.name] Invalid input: expected string, received boolean; \
         [body.scopes.1] Invalid input: expected string, received number; [body.scopes.2] Invalid input: expected string, received null; \
         [body.data] Invalid input: expected record, received array; \
         [body.additionalParams] additionalParams cannot include reserved OAuth parameters; [body] Invalid input"
    );
}

#[test]
fn t03_a_nul_is_an_issue_wherever_it_is_read() {
    let nul = |place: &str| format!("[{place}] Invalid input: the character U+0000 is not allowed");
    let body = Body::Json(json!({"a": "x\0", "list": ["", "\0"], "map": {"k": ["\0"]}}));
    assert_eq!(told(&body, |form| assert_eq!(form.string("a"), "")), nul("body.a"));
    assert_eq!(told(&body, |form| assert_eq!(form.nonempty_string("a"), "")), nul("body.a"));
    assert_eq!(told(&body, |form| assert_eq!(form.optional_string("a"), None)), nul("body.a"));
    assert_eq!(told(&body, |form| form.email("a")), "[body.a] Invalid email address");
    assert_eq!(told(&body, |form| form.optional_strings("list")), nul("body.list.1"));
    assert_eq!(told(&body, |form| assert_eq!(form.optional_object_field("map"), None)), nul("body.map"));
    assert_eq!(told(&body, |form| assert_eq!(form.optional_record_field("map"), None)), nul("body.map"));
    assert_eq!(told(&Body::Json(json!({"deep": [{"k\0": 1}]})), |form| form.record()), nul("body.deep"));
    assert_eq!(told(&Body::Json(json!({"k\0": 1})), |form| form.record()), nul("body.k\0"));
    let query = Query::parse("token=%00");
    let mut form = Form::query(&query);
    form.string("token");
    assert_eq!(form.finish().unwrap_err().to_string(), nul("query.token"));
}

#[test]
fn t03_a_nul_is_told_once_though_a_record_reads_it_again() {
    let body = Body::Json(json!({"name": "\0", "email": "a@b.co", "password": "x"}));
    assert_eq!(told(&body, sign_up), "[body.name] Invalid input: the character U+0000 is not allowed");
}

#[test]
fn t03_other_control_characters_are_read_as_they_are() {
    let body = Body::Json(json!({"name": "a\r\n\u{202e}\u{feff}"}));
    assert_eq!(told(&body, |form| assert_eq!(form.string("name"), "a\r\n\u{202e}\u{feff}")), "fine");
}

proptest! {
    #[test]
    fn t02_whatever_json_comes_the_reader_answers(text in "[\\[\\]{}\":,0-9a\\\\u]{0,40}", field in "[a0]{0,2}") {
        if let Ok(body) = super::super::body::parse(Some("application/json"), text.as_bytes(), false) {
            let mut form = Form::body(&body);
            form.optional_strings(&field);
            form.optional_nested(&field, |nested| nested.string(&field));
            form.record();
            let _ = form.finish();
        }
    }
}
