//! What a body says of additional fields: which may be set, which are missing, what they default to.

use serde_json::{Map, Value};

use crate::base::error::{Error, Issue, Result};
use crate::base::json::kind;
use crate::base::text::plain;
use crate::base::time::Timestamp;
use crate::base::{Field, FieldKind};

/// The additional fields of something new: defaults are applied, a required field must be there.
///
/// # Errors
/// 400 `MISSING_FIELD`, `FIELD_NOT_ALLOWED` (a field that is not for input and has no default), `VALIDATION_ERROR`.
pub fn for_creation(fields: &[Field], body: &Map<String, Value>) -> Result<Map<String, Value>> {
    let mut taken = Map::new();
    for field in fields {
        let given = body.get(&field.name).filter(|_| field.input || field.default.is_none());
        let value = match given {
            Some(value) if !field.input => refuse_if_set(field, value).map(|()| None)?,
            Some(value) => Some(fitting(field, value)?),
            None => None,
        };
        match value.or_else(|| field.default.clone()) {
            Some(value) => drop(taken.insert(field.name.clone(), value)),
            None if field.required => return Err(missing(field)),
            None => {}
        }
    }
    Ok(taken)
}

/// The additional fields that a body changes; what is not for input may not be set.
///
/// # Errors
/// 400 `FIELD_NOT_ALLOWED`, `VALIDATION_ERROR`.
pub fn for_update(fields: &[Field], body: &Map<String, Value>) -> Result<Map<String, Value>> {
    let mut taken = Map::new();
    for field in fields {
        match body.get(&field.name) {
            Some(value) if !field.input => refuse_if_set(field, value)?,
            Some(value) => drop(taken.insert(field.name.clone(), fitting(field, value)?)),
            None => {}
        }
    }
    Ok(taken)
}

fn refuse_if_set(field: &Field, value: &Value) -> Result<()> {
    let falsy = match value {
        Value::Null => true,
        Value::Bool(on) => !on,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    if falsy {
        return Ok(());
    }
    Err(Error::worded(400, Some("FIELD_NOT_ALLOWED".into()), format!("{} is not allowed to be set", field.name)))
}

fn missing(field: &Field) -> Error {
    Error::worded(400, Some("MISSING_FIELD".into()), format!("{} is required", field.name))
}

/// A value that its column can hold. Better Auth passes on whatever comes, and the database answers for it.
///
/// # Errors
/// 400 `VALIDATION_ERROR`.
pub fn fitting(field: &Field, value: &Value) -> Result<Value> {
    if !plain::storable_json(value) {
        return Err(unfit(field, "the character U+0000 is not allowed".into()));
    }
    let fits = match (field.kind, value) {
        (_, Value::Null) => !field.required,
        (FieldKind::String, Value::String(_)) | (FieldKind::Json, _) => true,
        (FieldKind::Number, Value::Number(_)) | (FieldKind::Boolean, Value::Bool(_)) => true,
        (FieldKind::Date, Value::String(text)) => return date(field, text),
        _ => false,
    };
    if fits { Ok(value.clone()) } else { Err(mismatch(field, value)) }
}

fn date(field: &Field, text: &str) -> Result<Value> {
    let moment = Timestamp::parse(text).ok_or_else(|| mismatch(field, &Value::String(text.into())))?;
    Ok(Value::String(moment.to_string()))
}

fn mismatch(field: &Field, value: &Value) -> Error {
    let expected = match field.kind {
        FieldKind::String => "string",
        FieldKind::Number => "number",
        FieldKind::Boolean => "boolean",
        FieldKind::Date => "date",
        FieldKind::Json => "JSON",
    };
    unfit(field, format!("expected {expected}, received {}", kind(value)))
}

fn unfit(field: &Field, why: String) -> Error {
    let text = format!("Invalid input: {why}").into();
    Error::Invalid(vec![Issue { place: format!("body.{}", field.name), text }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(kind: FieldKind) -> Field {
        Field::optional("own", kind)
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[track_caller]
    fn created(field: Field, body: Value) -> Result<Value, String> {
        for_creation(&[field], &object(&body)).map(Value::Object).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn updated(field: Field, body: Value) -> Result<Value, String> {
        for_update(&[field], &object(&body)).map(Value::Object).map_err(|error| error.to_string())
    }

    #[test]
    fn a_default_stands_in_for_what_is_absent_at_creation_alone() {
        let with_default = Field { default: Some(json!("member")), required: true, ..field(FieldKind::String) };
        assert_eq!(created(with_default.clone(), json!({})), Ok(json!({"own": "member"})));
        assert_eq!(created(with_default.clone(), json!({"own": "guest"})), Ok(json!({"own": "guest"})));
        assert_eq!(updated(with_default, json!({})), Ok(json!({})));
    }

    #[test]
    fn what_is_required_must_be_there_at_creation_whoever_may_set_it() {
        for input in [true, false] {
            let required = Field { required: true, input, ..field(FieldKind::String) };
            assert_eq!(created(required.clone(), json!({})), Err("400 own is required".into()));
            assert_eq!(updated(required, json!({})), Ok(json!({})));
        }
        assert_eq!(created(field(FieldKind::String), json!({})), Ok(json!({})));
    }

    #[test]
    fn t12_what_is_not_for_input_is_never_taken_from_a_body() {
        let closed = Field { input: false, ..field(FieldKind::String) };
        let refused = Err("400 own is not allowed to be set".to_owned());
        for set in [json!("admin"), json!(1), json!(true), json!([]), json!({})] {
            assert_eq!(created(closed.clone(), json!({"own": set})), refused, "{set}");
            assert_eq!(updated(closed.clone(), json!({"own": set})), refused, "{set}");
        }
        for falsy in [json!(null), json!(false), json!(0), json!(-0.0), json!("")] {
            assert_eq!(created(closed.clone(), json!({"own": falsy})), Ok(json!({})), "{falsy}");
            assert_eq!(updated(closed.clone(), json!({"own": falsy})), Ok(json!({})), "{falsy}");
        }
        let with_default = Field { default: Some(json!("member")), ..closed };
        assert_eq!(created(with_default.clone(), json!({"own": "admin"})), Ok(json!({"own": "member"})));
        assert_eq!(updated(with_default, json!({"own": "admin"})), refused);
    }

    #[test]
    fn t12_what_is_not_declared_is_passed_over() {
        let body = json!({"role": "admin", "emailVerified": true, "id": "x", "__proto__": {}, "own": "a"});
        assert_eq!(created(field(FieldKind::String), body.clone()), Ok(json!({"own": "a"})));
        assert_eq!(updated(field(FieldKind::String), body), Ok(json!({"own": "a"})));
    }

    #[test]
    fn a_value_of_another_type_is_400_where_better_auth_asks_the_database() {
        let values = [json!("abc"), json!(5), json!(true), json!([1]), json!({"a": 1})];
        let kinds = ["string", "number", "boolean", "array", "object"];
        for (kind, expected, fitting) in [
            (FieldKind::String, "string", 0..1),
            (FieldKind::Number, "number", 1..2),
            (FieldKind::Boolean, "boolean", 2..3),
            (FieldKind::Date, "date", 0..0),
            (FieldKind::Json, "JSON", 0..5),
        ] {
            for (place, value) in values.iter().enumerate() {
                let wanted = if fitting.contains(&place) {
                    Ok(json!({"own": value}))
                } else {
                    Err(format!("[body.own] Invalid input: expected {expected}, received {}", kinds[place]))
                };
                assert_eq!(created(field(kind), json!({"own": value})), wanted);
                assert_eq!(updated(field(kind), json!({"own": value})), wanted);
            }
        }
    }

    #[test]
    fn null_unsets_what_is_not_required() {
        for kind in [FieldKind::String, FieldKind::Number, FieldKind::Boolean, FieldKind::Date, FieldKind::Json] {
            assert_eq!(updated(field(kind), json!({"own": null})), Ok(json!({"own": null})));
            let required = Field { required: true, ..field(kind) };
            assert!(updated(required, json!({"own": null})).unwrap_err().ends_with("received null"));
        }
    }

    #[test]
    fn t10_a_date_is_written_in_the_one_form_and_lies_within_the_years_0_to_9999() {
        for (text, written) in [
            ("2026-11-20T12:27:50.364999+01:00", "2026-11-20T11:27:50.364Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("0000-01-01T00:00:00+23:59", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999-23:59", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(updated(field(FieldKind::Date), json!({"own": text})), Ok(json!({"own": written})), "{text}");
        }
        for text in [
            "",
            "now",
            "2026-11-20",
            "+275760-09-13T00:00:00Z",
            "275760-09-13T00:00:00Z",
            "-000001-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
        ] {
            assert!(updated(field(FieldKind::Date), json!({"own": text})).is_err(), "{text}");
        }
    }

    #[test]
    fn t03_a_nul_fits_nowhere_and_its_spelling_is_a_text_like_any_other() {
        for (kind, value) in
            [(FieldKind::String, json!("a\0")), (FieldKind::Json, json!(["a\0"])), (FieldKind::Json, json!({"\0": 1}))]
        {
            let told = updated(field(kind), json!({"own": value})).unwrap_err();
            assert_eq!(told, "[body.own] Invalid input: the character U+0000 is not allowed");
        }
        let spelled = json!({"own": ["\\u0000"]});
        assert_eq!(updated(field(FieldKind::Json), spelled.clone()), Ok(spelled));
    }
}
