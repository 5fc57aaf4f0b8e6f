//! The text of a line. Characters that steer (line ends, escapes, directions of writing) are written out in both styles.

use std::fmt::Debug;

use tracing::Level;
use tracing::field::{Field, Visit};

use crate::base::Timestamp;

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `2026-11-20T11:27:50.364Z  INFO signet::access answered route=/ok status=200`
    Pretty { colours: bool },
    /// `{"time":"2026-11-20T11:27:50.364Z","level":"info","target":"signet::access","message":"answered",…}`
    Json,
}

/// What an event says.
#[derive(Default)]
pub struct Said {
    message: String,
    /// Where a record of the `log` crate comes from.
    pub target: Option<String>,
    fields: Vec<(&'static str, Value)>,
}

enum Value {
    Text(String),
    /// A number or a boolean, which both styles write alike.
    Bare(String),
}

impl Said {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::Text(text) | Value::Bare(text)) => self.message = text,
            ("log.target", Value::Text(text)) => self.target = Some(text),
            (name, _) if name.starts_with("log.") => {}
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Value::Text(value.to_owned()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Value::Bare(value.to_string()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Value::Bare(value.to_string()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Value::Bare(value.to_string()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON knows neither infinities nor NaN.
        let text = value.to_string();
        self.add(field, if value.is_finite() { Value::Bare(text) } else { Value::Text(text) });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, Value::Text(format!("{value:?}")));
    }
}

/// Where and when an event happened.
pub struct Frame<'a> {
    pub time: Timestamp,
    pub level: Level,
    pub target: &'a str,
    pub request: Option<&'a str>,
}

/// The line of an event, its end included.
pub fn write(style: Style, frame: &Frame<'_>, said: &Said) -> String {
    let mut line = match style {
        Style::Json => json(frame, said),
        Style::Pretty { colours } => pretty(frame, said, colours),
    };
    line.push('\n');
    line
}

fn json(frame: &Frame<'_>, said: &Said) -> String {
    let mut line = format!("{{\"time\":\"{}\",\"level\":\"{}\"", frame.time, lower(frame.level));
    member(&mut line, "target", frame.target);
    member(&mut line, "message", &said.message);
    if let Some(request) = frame.request {
        member(&mut line, "request", request);
    }
    for (name, value) in &said.fields {
        match value {
            Value::Text(text) => member(&mut line, name, text),
            // `name` is an identifier of ours.
            Value::Bare(text) => line.extend([",\"", name, "\":", text]),
        }
    }
    line.push('}');
    line
}

fn member(line: &mut String, name: &str, text: &str) {
    line.extend([",\"", name, "\":\""]);
    for char in text.chars() {
        match char {
            '"' | '\\' => line.extend(['\\', char]),
            _ if steers(char) => char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line.push_str(&hex(*unit))),
            _ => line.push(char),
        }
    }
    line.push('"');
}

/// A UTF-16 unit as JSON escapes it.
fn hex(unit: u16) -> String {
    format!("\\u{unit:04x}")
}

fn pretty(frame: &Frame<'_>, said: &Said, colours: bool) -> String {
    let (on, off) = if colours { (colour(frame.level), "\u{1b}[0m") } else { ("", "") };
    let mut line = format!("{} {on}{:>5}{off} {} ", frame.time, frame.level.as_str(), frame.target);
    tame(&mut line, &said.message);
    for (name, value) in &said.fields {
        line.extend([" ", name, "="]);
        match value {
            // Quoted, so that a text cannot pass for further fields; `Debug` writes out what steers.
            Value::Text(text) if !is_word(text) => line.push_str(&format!("{text:?}")),
            Value::Text(text) | Value::Bare(text) => line.push_str(text),
        }
    }
    if let Some(request) = frame.request {
        line.push_str(" request=");
        tame(&mut line, request);
    }
    line
}

/// A text whose quotes stay, but not what steers.
fn tame(line: &mut String, text: &str) {
    for char in text.chars() {
        if steers(char) { line.extend(char.escape_debug()) } else { line.push(char) }
    }
}

/// Whether a character does more than stand there: controls, and whatever else Rust does not print.
fn steers(char: char) -> bool {
    !matches!(char, ' '..='~') && char.escape_debug().len() > 1
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/:._-+".contains(&byte))
}

fn lower(level: Level) -> &'static str {
    match level {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::TRACE | Level::DEBUG => "\u{1b}[2m",
        Level::INFO => "\u{1b}[32m",
        Level::WARN => "\u{1b}[33m",
        Level::ERROR => "\u{1b}[31m",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLES: [Style; 2] = [Style::Json, Style::Pretty { colours: false }];

    fn line(style: Style, message: &str, fields: &[(&'static str, &str)]) -> String {
        let frame = Frame {
            time: Timestamp::from_millis(1_795_174_070_364),
            level: Level::WARN,
            target: "signet::x",
            request: Some("r1"),
        };
        let fields = fields.iter().map(|(name, text)| (*name, Value::Text((*text).to_owned())));
        let mut said = Said { message: message.to_owned(), target: None, fields: fields.collect() };
        said.fields.push(("status", Value::Bare("200".to_owned())));
        write(style, &frame, &said)
    }

    #[test]
    fn a_line_says_when_how_grave_where_what_and_for_which_request() {
        assert_eq!(
            line(STYLES[0], "it \"is\"", &[("route", "/ok")]),
            "{\"time\":\"2026-11-20T11:27:50.364Z\",\"level\":\"warn\",\"target\":\"signet::x\",\
             \"message\":\"it \\\"is\\\"\",\"request\":\"r1\",\"route\":\"/ok\",\"status\":200}\n"
        );
        assert_eq!(
            line(STYLES[1], "it \"is\"", &[("route", "/ok"), ("note", "a=b c")]),
            "2026-11-20T11:27:50.364Z  WARN signet::x it \"is\" route=/ok note=\"a=b c\" status=200 request=r1\n"
        );
    }

    #[test]
    fn t09_what_steers_is_written_out_and_a_line_stays_one() {
        let hostile = "a\r\nb\u{1b}[31m\u{9b}2J\u{2028}\u{202e}\u{85}\u{7f}\0\u{e0001}é 漢";
        for style in STYLES {
            let line = line(style, hostile, &[("text", hostile)]);
            let body = line.strip_suffix('\n').expect("a line ends");
            assert!(body.chars().all(|char| !steers(char)), "{body}");
            assert!(body.contains("é 漢"), "{body}");
        }
        let json: serde_json::Value = serde_json::from_str(&line(STYLES[0], hostile, &[])).expect("JSON");
        assert_eq!(json["message"], hostile, "a reader of JSON gets it whole");
    }

    #[test]
    fn t09_a_value_passes_for_no_further_field() {
        let line = line(STYLES[1], "x", &[("text", "a status=500")]);
        assert!(line.contains(" text=\"a status=500\" status=200 "), "{line}");
    }
}
