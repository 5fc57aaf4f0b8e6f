//! What is wrong with a setting.

use std::fmt;

use super::source::Source;

/// One thing that is wrong, or as a warning unwise, as one line: the key, where it was set, what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key's full path; empty where the whole file is at fault.
    pub key: String,
    pub source: Source,
    /// What is wrong and the remedy. Never holds a value that may be secret.
    pub text: String,
}

impl Fault {
    /// A fault of a key.
    pub fn new(key: impl Into<String>, source: Source, text: impl Into<String>) -> Self {
        Self { key: key.into(), source, text: text.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.key.as_str(), &self.source) {
            ("", source) => write!(formatter, "{source}: ")?,
            (key, Source::Default) => write!(formatter, "`{key}`: ")?,
            (key, source) => write!(formatter, "`{key}` ({source}): ")?,
        }
        // One line whatever the text quotes.
        for letter in self.text.chars() {
            fmt::Write::write_char(formatter, if letter.is_control() { ' ' } else { letter })?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
