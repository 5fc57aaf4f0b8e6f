//! The text of a line. Characters that steer (line ends, escapes, directions of writing) are written out in both styles.

use std::fmt::{Debug, Display, Write};

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

/// What most lines have room in.
const USUAL_LENGTH: usize = 256;

/// What an event says. Its fields are written as they come.
pub struct Said {
    style: Style,
    message: String,
    /// Where a record of the `log` crate comes from.
    pub target: Option<String>,
    fields: String,
}

enum Value<'a> {
    Text(&'a str),
    /// A number or a boolean, which both styles write alike.
    Bare(&'a dyn Display),
}

impl Said {
    pub fn new(style: Style) -> Self {
        Self { style, message: String::new(), target: None, fields: String::with_capacity(USUAL_LENGTH / 2) }
    }

    fn add(&mut self, name: &'static str, value: Value<'_>) {
        match (name, value) {
            ("message", Value::Text(text)) => text.clone_into(&mut self.message),
            ("message", Value::Bare(value)) => self.message = value.to_string(),
            ("log.target", Value::Text(text)) => self.target = Some(text.to_owned()),
            (name, _) if name.starts_with("log.") => {}
            (name, value) => match self.style {
                Style::Json => json_field(&mut self.fields, name, value),
                Style::Pretty { .. } => pretty_field(&mut self.fields, name, value),
            },
        }
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), Value::Text(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), Value::Bare(&value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), Value::Bare(&value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), Value::Bare(&value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON knows neither infinities nor NaN.
        if value.is_finite() {
            self.add(field.name(), Value::Bare(&value));
        } else {
            self.add(field.name(), Value::Text(&value.to_string()));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "message" => self.message = text,
            name => self.add(name, Value::Text(&text)),
        }
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
pub fn write(frame: &Frame<'_>, said: &Said) -> String {
    let mut line = String::with_capacity(USUAL_LENGTH);
    match said.style {
        Style::Json => json(&mut line, frame, said),
        Style::Pretty { colours } => pretty(&mut line, frame, said, colours),
    }
    line.push('\n');
    line
}

fn json(line: &mut String, frame: &Frame<'_>, said: &Said) {
    line.push_str("{\"time\":\"");
    show(line, &frame.time);
    line.extend(["\",\"level\":\"", lower(frame.level), "\""]);
    member(line, "target", frame.target);
    member(line, "message", &said.message);
    if let Some(request) = frame.request {
        member(line, "request", request);
    }
    line.extend([&said.fields, "}"]);
}

fn json_field(line: &mut String, name: &str, value: Value<'_>) {
    match value {
        Value::Text(text) => member(line, name, text),
        Value::Bare(value) => {
            // `name` is an identifier of ours.
            line.extend([",\"", name, "\":"]);
            show(line, value);
        }
    }
}

fn member(line: &mut String, name: &str, text: &str) {
    line.extend([",\"", name, "\":\""]);
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        line.push_str(text);
    } else {
        escape(line, text);
    }
    line.push('"');
}

fn escape(line: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            '"' | '\\' => line.extend(['\\', char]),
            _ if steers(char) => char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line.push_str(&hex(*unit))),
            _ => line.push(char),
        }
    }
}

fn show(line: &mut String, value: &dyn Display) {
    write!(line, "{value}").expect("a String takes all that is written to it");
}

/// A UTF-16 unit as JSON escapes it.
fn hex(unit: u16) -> String {
    format!("\\u{unit:04x}")
}

fn pretty(line: &mut String, frame: &Frame<'_>, said: &Said, colours: bool) {
    let (on, off) = if colours { (colour(frame.level), "\u{1b}[0m") } else { ("", "") };
    show(line, &format_args!("{} {on}{:>5}{off} {} ", frame.time, frame.level.as_str(), frame.target));
    tame(line, &said.message);
    line.push_str(&said.fields);
    if let Some(request) = frame.request {
        line.push_str(" request=");
        tame(line, request);
    }
}

fn pretty_field(line: &mut String, name: &str, value: Value<'_>) {
    line.extend([" ", name, "="]);
    match value {
        Value::Text(text) if is_word(text) => line.push_str(text),
        // Quoted, so that a text cannot pass for further fields; `Debug` writes out what steers.
        Value::Text(text) => show(line, &format_args!("{text:?}")),
        Value::Bare(value) => show(line, value),
    }
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
        let mut said = Said::new(style);
        said.add("message", Value::Text(message));
        fields.iter().for_each(|(name, text)| said.add(name, Value::Text(text)));
        said.add("status", Value::Bare(&200));
        write(&frame, &said)
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
