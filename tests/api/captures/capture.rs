//! An exchange with Better Auth, as it was recorded: `tests/captures/NAME.json`.

use serde_json::{Map, Value};

use crate::harness::browser::Answer;

pub struct Capture {
    pub name: String,
    whole: Value,
}

impl Capture {
    pub fn read(name: &str) -> Self {
        let path = format!("{}/tests/captures/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("no {path}"));
        Self { name: name.to_owned(), whole: serde_json::from_str(&text).expect("a capture is JSON") }
    }

    pub fn method(&self) -> &str {
        self.whole["request"]["method"].as_str().expect("a method")
    }

    pub fn path(&self) -> &str {
        self.whole["request"]["path"].as_str().expect("a path")
    }

    /// The request's headers as they were sent, but for the host.
    pub fn headers(&self) -> Vec<(&str, &str)> {
        let headers = self.whole["request"]["headers"].as_object().expect("headers");
        let sent = headers.iter().filter(|(name, _)| *name != "host");
        sent.map(|(name, value)| (name.as_str(), value.as_str().expect("a text"))).collect()
    }

    pub fn body(&self) -> Option<&str> {
        self.whole["request"]["body"].as_str()
    }

    /// A field of the JSON that was sent.
    pub fn sent(&self, name: &str) -> Option<String> {
        serde_json::from_str::<Value>(self.body()?).ok()?.get(name)?.as_str().map(str::to_owned)
    }

    /// The port of the recorded server, which names its configuration.
    pub fn port(&self) -> u16 {
        let host = self.whole["request"]["headers"]["host"].as_str().expect("a host");
        host.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    /// The token of the session whose cookie was sent.
    pub fn session_token(&self) -> Option<&str> {
        let cookies = self.whole["request"]["headers"]["cookie"].as_str()?;
        let value = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("better-auth.session_token="))?;
        value.split('.').next()
    }

    pub fn status(&self) -> u64 {
        self.whole["response"]["status"].as_u64().expect("a status")
    }

    /// The JSON that was answered.
    pub fn answered(&self) -> Value {
        serde_json::from_str(self.answered_text()).unwrap_or(Value::Null)
    }

    fn answered_text(&self) -> &str {
        self.whole["response"]["body"].as_str().expect("a body")
    }

    fn answered_headers(&self) -> &Map<String, Value> {
        self.whole["response"]["headers"].as_object().expect("headers")
    }

    /// The recorded answer as text, one line a header, in the order of their names; Set-Cookie lines as they came.
    pub fn expected(&self, with_cookies: bool) -> String {
        let mut lines = Vec::new();
        for (name, value) in self.answered_headers() {
            match value {
                Value::Array(values) if with_cookies => {
                    lines.extend(values.iter().filter_map(Value::as_str).map(|value| (name.as_str(), value)));
                }
                Value::String(value) if name != "content-length" => lines.push((name.as_str(), value)),
                _ => {}
            }
        }
        self.masked(&text(self.status(), lines, self.answered_text()))
    }

    /// An answer of ours, as text in the same form. `no-store` comes on top wherever there is a credential (deviation D22).
    pub fn received(&self, answer: &Answer) -> String {
        let kept = |name: &str| match name {
            "date" | "connection" | "content-length" | "x-request-id" => false,
            "cache-control" => self.answered_headers().contains_key(name),
            _ => true,
        };
        let lines = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let lines = lines.filter(|(name, _)| kept(name)).collect();
        self.masked(&text(answer.status.into(), lines, &answer.text()))
    }

    /// Numbers ids and tokens in the order in which they are met, so that the same one has the same number; takes their
    /// signatures and all dates away. What the request itself held stays, signatures too.
    fn masked(&self, text: &str) -> String {
        let request = self.whole["request"].to_string();
        let (mut masked, mut rest, mut seen) = (String::new(), text, Vec::new());
        while let Some(letter) = rest.chars().next() {
            let word = &rest[..rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len())];
            let step = if is_date(rest) {
                masked.push_str("<date>");
                DATE
            } else if word.len() == ID && !request.contains(word) {
                let number = seen.iter().position(|known| *known == word).unwrap_or_else(|| {
                    seen.push(word);
                    seen.len() - 1
                });
                masked.push_str(&format!("<{number}>"));
                ID + signature(&rest[ID..], &mut masked)
            } else {
                let step = word.len().max(letter.len_utf8());
                masked.push_str(&rest[..step]);
                step
            };
            rest = &rest[step..];
        }
        masked
    }
}

/// Letters of an id or a token.
const ID: usize = 32;
/// Letters of `2026-11-20T11:37:50.948Z`.
const DATE: usize = 24;

fn text(status: u64, mut headers: Vec<(&str, &str)>, body: &str) -> String {
    headers.sort_by_key(|(name, _)| *name);
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("{status}\n{headers}\n{body}")
}

fn is_date(text: &str) -> bool {
    let shape = |(letter, pattern): (u8, u8)| if pattern == b'0' { letter.is_ascii_digit() } else { letter == pattern };
    let pattern = b"0000-00-00T00:00:00.000Z";
    text.len() >= DATE && text.bytes().zip(*pattern).all(shape)
}

/// How long the signature is that follows a token in a cookie, if one does: 44 letters of base64, percent-encoded.
fn signature(rest: &str, masked: &mut String) -> usize {
    let Some(signature) = rest.strip_prefix('.') else { return 0 };
    let end =
        signature.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '%').unwrap_or(signature.len());
    if !signature[..end].ends_with("%3D") {
        return 0;
    }
    masked.push_str(".<signature>");
    end + 1
}
