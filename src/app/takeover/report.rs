//! What was found.

use serde_json::{Value, json};

/// Whether somebody is worse off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
    /// Worth knowing; nobody is logged out, locked out or let in.
    Note,
    /// Somebody would be logged out, locked out, or let in past a check.
    Bad,
}

/// What a finding is about, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Schema,
    Ids,
    Sessions,
    Keys,
    Passwords,
    Guards,
    Options,
}

/// One line of the report.
#[derive(Clone, Debug)]
pub struct Finding {
    pub level: Level,
    pub topic: Topic,
    /// Stable, for programs.
    pub code: &'static str,
    /// One or two sentences, with what to do where it is bad.
    pub text: String,
    pub count: Option<i64>,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// The Better Auth options as lines of `signet.toml`; empty where none were given.
    pub settings: Vec<String>,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Bad => "bad",
        }
    }
}

impl Topic {
    pub const ALL: [Self; 7] =
        [Self::Schema, Self::Ids, Self::Sessions, Self::Keys, Self::Passwords, Self::Guards, Self::Options];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Ids => "ids",
            Self::Sessions => "sessions",
            Self::Keys => "keys",
            Self::Passwords => "passwords",
            Self::Guards => "guards",
            Self::Options => "options",
        }
    }
}

impl Report {
    pub fn ok(&mut self, topic: Topic, code: &'static str, text: impl Into<String>) {
        self.add(Level::Ok, topic, code, text, None);
    }

    pub fn note(&mut self, topic: Topic, code: &'static str, text: impl Into<String>) {
        self.add(Level::Note, topic, code, text, None);
    }

    pub fn bad(&mut self, topic: Topic, code: &'static str, text: impl Into<String>) {
        self.add(Level::Bad, topic, code, text, None);
    }

    pub fn add(&mut self, level: Level, topic: Topic, code: &'static str, text: impl Into<String>, count: Option<i64>) {
        self.findings.push(Finding { level, topic, code, text: text.into(), count });
    }

    pub fn is_bad(&self) -> bool {
        self.count(Level::Bad) > 0
    }

    pub fn is_bad_about(&self, topic: Topic) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Bad && finding.topic == topic)
    }

    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    pub fn json(&self) -> Value {
        let findings = self.findings.iter().map(|finding| {
            let mut line = json!({
                "level": finding.level.as_str(), "topic": finding.topic.as_str(), "code": finding.code, "text": finding.text,
            });
            if let Some(count) = finding.count {
                line["count"] = count.into();
            }
            line
        });
        let mut report = json!({
            "verdict": if self.is_bad() { "bad" } else { "ok" },
            "findings": findings.collect::<Vec<_>>(),
        });
        if !self.settings.is_empty() {
            report["settings"] = self.settings.clone().into();
        }
        report
    }
}
