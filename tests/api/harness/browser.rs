//! A browser: a cookie jar and an origin.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Server, wire};

/// A browser of one server.
#[derive(Clone)]
pub struct Browser<'s> {
    server: &'s Server,
    pub jar: BTreeMap<String, String>,
    /// Sent with everything but a GET.
    pub origin: Option<String>,
    /// Sent with everything.
    pub headers: Vec<(String, String)>,
}

/// An answer as it came.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl<'s> Browser<'s> {
    pub fn new(server: &'s Server) -> Self {
        Self { server, jar: BTreeMap::new(), origin: Some(server.origin().to_owned()), headers: Vec::new() }
    }

    /// The same browser in front of another server of the site.
    pub fn at<'o>(&self, server: &'o Server) -> Browser<'o> {
        let Self { jar, origin, headers, .. } = self.clone();
        Browser { server, jar, origin, headers }
    }

    /// With one more header on every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without an origin, as a program sends requests.
    pub fn without_origin(mut self) -> Self {
        self.origin = None;
        self
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    /// Posts JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], Some(body.to_string().as_bytes())).await
    }

    /// Sends a request below the base path, or, where the path begins with `!`, below the origin.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let base_path = &self.server.parts().house.site.base_path;
        let path = path.strip_prefix('!').map_or_else(|| format!("{base_path}{path}"), str::to_owned);
        let mut sent: Vec<(String, String)> = self.headers.clone();
        sent.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let has = |sent: &[(String, String)], name: &str| sent.iter().any(|(given, _)| given == name);
        if !self.jar.is_empty() && !has(&sent, "cookie") {
            let line = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            sent.push(("cookie".into(), line));
        }
        if let Some(origin) = self.origin.clone().filter(|_| method != "GET" && !has(&sent, "origin")) {
            sent.push(("origin".into(), origin));
        }
        self.server.secrets.add_request(&path, &sent, body);
        let answer = wire::answer(self.server.address, &wire::request(method, &path, &sent, body)).await;
        let answer = answer.unwrap_or_else(|| panic!("{method} {path} got no answer"));
        self.server.secrets.add_answer(&answer);
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.cookies() {
            let (name, rest) = line.split_once('=').expect("a cookie has a name");
            let value = rest.split(';').next().unwrap_or_default();
            if line.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The Set-Cookie lines in order.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str()).collect()
    }

    /// The code of a refusal.
    pub fn code(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        body.get("code")?.as_str().map(str::to_owned)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {:?} {}", self.status, self.headers, self.text())
    }
}
