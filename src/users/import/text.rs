//! What exports write in various ways: moments, truth values, JSON within a column.

use serde_json::{Map, Value};

use crate::base::Timestamp;

/// Below are seconds since 1970, above milliseconds: as seconds it is the year 5138, as milliseconds 1973.
const MILLIS: i64 = 100_000_000_000;

/// A moment: ISO 8601, also as Postgres prints it and without a zone (then UTC); a number of seconds or milliseconds, also
/// as text; MongoDB's `{"$date": …}`.
pub fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => of_number(number.as_i64().or_else(|| number.as_f64().map(|number| number as i64))?),
        Value::String(text) => of_text(text.trim()),
        Value::Object(fields) => fields.get("$date").and_then(moment),
        _ => None,
    }
}

fn of_number(number: i64) -> Option<Timestamp> {
    Some(if number.abs() < MILLIS { Timestamp::from_seconds(number) } else { Timestamp::from_millis(number) })
}

fn of_text(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return of_number(number);
    }
    if let Some(moment) = Timestamp::parse(text) {
        return Some(moment);
    }
    let (date, rest) = text.split_at_checked(10)?;
    if rest.is_empty() {
        return Timestamp::parse(&format!("{date}T00:00:00Z"));
    }
    let rest = rest.strip_prefix([' ', 'T'])?;
    let rest = rest.strip_suffix(" UTC").unwrap_or(rest).trim_end();
    // `+00` and `+0000` of Postgres and others.
    let zoned = rest.rfind(['+', '-']).map(|place| (rest[..place].trim_end(), &rest[place..]));
    let whole = match zoned {
        Some((time, zone)) if zone.len() == 3 => format!("{date}T{time}{zone}:00"),
        Some((time, zone)) if zone.len() == 5 => format!("{date}T{time}{}:{}", &zone[..3], &zone[3..]),
        Some((time, zone)) => format!("{date}T{time}{zone}"),
        None if rest.ends_with(['Z', 'z']) => format!("{date}T{rest}"),
        None => format!("{date}T{rest}Z"),
    };
    Timestamp::parse(&whole)
}

/// A truth value, also as a text or as a number.
pub fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => number.as_i64().filter(|number| (0..=1).contains(number)).map(|number| number == 1),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A text that says something; a number as it is written.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// JSON that a column of a CSV file may hold as its text.
pub fn json(value: &Value) -> Option<Value> {
    match value {
        Value::Object(_) | Value::Array(_) => Some(value.clone()),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// What stands at a path of names with dots between, through JSON in columns.
pub fn at(row: &Map<String, Value>, path: &str) -> Option<Value> {
    // A name may have dots of its own.
    if let Some(value) = row.get(path) {
        return Some(value.clone());
    }
    let (first, rest) = path.split_once('.')?;
    match json(row.get(first)?)? {
        Value::Object(inner) => at(&inner, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moments_are_read_however_they_are_written() {
        for value in [
            json!("2024-03-05T06:07:08.9Z"),
            json!("2024-03-05T06:07:08.900+00:00"),
            json!("2024-03-05 06:07:08.9+00"),
            json!("2024-03-05 07:07:08.9+0100"),
            json!("2024-03-05 06:07:08.9"),
            json!("2024-03-05T06:07:08.9"),
            json!("2024-03-05 06:07:08.9 UTC"),
            json!("2024-03-05 06:07:08.9 +0000 UTC"),
            json!("2024-03-05 01:37:08.9-04:30"),
            json!(1_709_618_828_900_i64),
            json!("1709618828900"),
            json!({"$date": "2024-03-05T06:07:08.9Z"}),
            json!({"$date": 1_709_618_828_900_i64}),
        ] {
            let read = moment(&value).map(|moment| moment.to_string());
            assert_eq!(read.as_deref(), Some("2024-03-05T06:07:08.900Z"), "{value}");
        }
        let seconds = moment(&json!(1_709_618_828)).map(|moment| moment.to_string());
        assert_eq!(seconds.as_deref(), Some("2024-03-05T06:07:08.000Z"));
        assert_eq!(
            moment(&json!("2024-03-05")).map(|moment| moment.to_string()).as_deref(),
            Some("2024-03-05T00:00:00.000Z")
        );
        for value in [json!("yesterday"), json!(""), json!("2024-13-05 06:07:08"), json!(null), json!("2024-03-05é")] {
            assert_eq!(moment(&value), None, "{value}");
        }
    }

    #[test]
    fn a_path_leads_through_json_in_a_column() {
        let row = json!({"a.b": 1, "meta": "{\"plan\": {\"name\": \"pro\"}}", "own": {"x": [1]}});
        let row = row.as_object().unwrap();
        assert_eq!(at(row, "a.b"), Some(json!(1)));
        assert_eq!(at(row, "meta.plan.name"), Some(json!("pro")));
        assert_eq!(at(row, "own.x"), Some(json!([1])));
        assert_eq!(at(row, "own.y"), None);
    }
}
