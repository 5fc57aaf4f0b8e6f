//! What is logged, and how it is written.

use crate::config::Section;

/// Better Auth's `logger`, and Signet's `log`.
#[derive(Clone, Copy, Debug)]
pub struct LogConfig {
    level: Level,
    pub colours: bool,
    pub format: LogFormat,
}

/// The least level that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    /// Nothing is.
    Off,
}

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    Pretty,
    Json,
}

impl LogConfig {
    /// Reads `[logger]` and `[log]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut logger = root.table("logger");
        let levels = [
            ("info", Level::Info),
            ("trace", Level::Trace),
            ("debug", Level::Debug),
            ("success", Level::Info),
            ("warn", Level::Warn),
            ("error", Level::Error),
        ];
        let doc = "The least level that is logged. `info` has a line for each request; `RUST_LOG` goes before it.";
        let level = logger.choice("level", &levels, &[], doc);
        let disabled = logger.bool("disabled", false, "Nothing is logged, faults neither.");
        let colours = !logger.bool("disable_colors", false, "Log lines on a terminal have no colours.");
        let formats = [("auto", LogFormat::Auto), ("pretty", LogFormat::Pretty), ("json", LogFormat::Json)];
        let doc = "How log lines are written. `auto` is pretty on a terminal and JSON elsewhere.";
        let format = root.table("log").choice("format", &formats, &[], doc);
        Self { level: if disabled { Level::Off } else { level }, colours, format }
    }

    /// As directives: other crates have nothing to tell an operator below a warning, and actix would write a line about
    /// every malformed request that anybody sends.
    pub fn filter(&self) -> &'static str {
        match self.level {
            Level::Trace => "warn,actix_http=off,signet=trace",
            Level::Debug => "warn,actix_http=off,signet=debug",
            Level::Info => "warn,actix_http=off,signet=info",
            Level::Warn => "warn,actix_http=off",
            Level::Error => "error",
            Level::Off => "off",
        }
    }
}
