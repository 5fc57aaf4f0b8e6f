//! What must hold whatever is sent: the invariants I1 to I4 of the threats.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::Server;
use crate::harness::browser::Answer;

/// The columns that a request could change, as one line a row.
const ROWS: [(&str, &[&str]); 4] = [
    ("user", &["id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"]),
    ("session", &["id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent"]),
    ("account", &["id", "accountId", "providerId", "userId", "password", "updatedAt"]),
    ("verification", &["id", "identifier", "value", "expiresAt"]),
];

/// What no answer to a client may repeat of the inside.
const INSIDE: [&str; 12] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "sqlx",
    "sqlite",
    "postgres",
    "serde",
    " at line ",
    "column ",
    "panicked",
    ".rs:",
    "/src/",
];

/// The rows of a server as they were.
pub struct Watch<'s> {
    server: &'s Server,
    rows: Vec<String>,
}

impl<'s> Watch<'s> {
    pub async fn over(server: &'s Server) -> Self {
        Self { server, rows: rows(server).await }
    }

    /// The one check after an attack: no fault of the server's own (I1), which still answers (I2); a refusal in the
    /// protocol's form that tells nothing of the inside (I3), sets no session and has changed no row (I4).
    #[track_caller]
    pub fn refused(&self, what: &str, answer: &Answer) -> impl Future<Output = ()> {
        assert!((400..500).contains(&answer.status), "{what}: should be refused: {answer:?}");
        sound(what, answer);
        assert!(answer.cookies().iter().all(|line| line.contains("=; Max-Age=0")), "{what}: sets a cookie: {answer:?}");
        self.unchanged(what.to_owned())
    }

    /// That no row has changed, and that the server still answers.
    pub async fn unchanged(&self, what: String) {
        assert_eq!(rows(self.server).await, self.rows, "{what}: rows changed");
        alive(self.server).await;
    }
}

/// I1 and I3.
#[track_caller]
pub fn sound(what: &str, answer: &Answer) {
    assert!(answer.status < 500, "{what}: {answer:?}");
    if answer.status < 400 {
        return;
    }
    let text = answer.text();
    assert!(INSIDE.iter().all(|inside| !text.contains(inside)), "{what}: tells of the inside: {text}");
    if answer.header("content-type") == Some("application/json") && !answer.body.is_empty() {
        let body: Value = answer.json();
        let members: Vec<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
        assert!(matches!(members[..], ["message", "code"] | ["message"]), "{what}: {text}");
        assert!(body.as_object().expect("an object").values().all(Value::is_string), "{what}: {text}");
    }
}

/// I2.
async fn alive(server: &Server) {
    let started = Instant::now();
    assert_eq!(server.browser().get("/ok").await.status, 200);
    assert!(started.elapsed() < Duration::from_secs(10), "/ok took {:?}", started.elapsed());
}

/// All rows of users, sessions, accounts and verification values.
pub async fn rows(server: &Server) -> Vec<String> {
    let mut all = Vec::new();
    for (table, columns) in ROWS {
        let parts: Vec<String> =
            columns.iter().map(|column| format!("COALESCE(CAST({{{table}.{column}}} AS text), '-')")).collect();
        let template = format!("SELECT {} AS line FROM {{{table}}} ORDER BY 1", parts.join(" || '|' || "));
        let statement = server.store().renderer().statement("rows", &template).expect("a template");
        let rows = server.store().fetch_all(&statement, &[]).await.expect("the rows");
        all.extend(rows.iter().map(|row| format!("{table}: {}", row.text("line").expect("a text"))));
    }
    all
}
