//! `signet doctor database`: what will become of the users of a database.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use crate::app::takeover::{self, Known, Level, Report, Topic};
use crate::base::{Clock, Random};
use crate::cli::{Failure, away, config, is_missing, secret};
use crate::store::config::DatabaseUrl;

#[derive(Args)]
pub struct DatabaseArgs {
    /// The options of the Better Auth that has the database, as JSON: what `JSON.stringify(auth.options)` gives. `-` for
    /// standard input.
    #[arg(long, value_name = "FILE")]
    options: Option<PathBuf>,
    /// The session cookie of a signed-in browser, `NAME=VALUE` or the value alone. Can be given several times.
    #[arg(long, value_name = "COOKIE")]
    cookie: Vec<String>,
    /// A file of such cookies, one a line.
    #[arg(long, value_name = "FILE")]
    cookies: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub async fn run(file: Option<&Path>, args: DatabaseArgs) -> Result<(), Failure> {
    let (mut config, record) = config::read(file)?;
    if matches!(config.database.url, DatabaseUrl::Nowhere) {
        let text = "There is no database to look at (database.url = \"none\"). Set database.url, or DATABASE_URL.";
        return Err(Failure::Misconfigured(vec![text.to_owned()]));
    }
    let options = args.options.as_deref().map(options).transpose()?;
    let mut cookies = args.cookie;
    if let Some(path) = &args.cookies {
        let lines = read(path)?;
        cookies.extend(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    let has_secret = secret::is_known(&config);
    let random = Random::system();
    secret::find(&mut config, &random)?;
    let report = if is_missing(&config) {
        let mut report = Report::default();
        let text = "There is no such SQLite file. Check database.url.";
        report.bad(Topic::Schema, "no-database", text);
        report
    } else {
        let known =
            Known { config: &config, record: &record, cookies: &cookies, options: options.as_ref(), has_secret };
        takeover::examine(known, Clock::System, random).await.map_err(away)?
    };
    match args.json {
        true => println!("{}", report.json()),
        false => print(&report),
    }
    match report.count(Level::Bad) {
        0 => Ok(()),
        count => Err(Failure::Refused(format!(
            "Somebody would be logged out, locked out or let in: {count} of the findings {} bad.",
            if count == 1 { "is" } else { "are" }
        ))),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let text = match path.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin()),
        false => std::fs::read_to_string(path),
    };
    text.map_err(|error| Failure::Misconfigured(vec![format!("{} cannot be read: {error}.", path.display())]))
}

fn options(path: &Path) -> Result<Value, Failure> {
    // The error of the parser could quote what stands there, which may be a secret.
    let parsed = serde_json::from_str(&read(path)?).ok().filter(Value::is_object);
    parsed.ok_or_else(|| {
        let text = "is no JSON object. Write it with JSON.stringify(auth.options).";
        Failure::Misconfigured(vec![format!("{} {text}", path.display())])
    })
}

fn print(report: &Report) {
    for topic in Topic::ALL {
        let mut findings = report.findings.iter().filter(|finding| finding.topic == topic).peekable();
        if findings.peek().is_some() {
            println!("{}", topic.as_str());
        }
        for finding in findings {
            let mark = match finding.level {
                Level::Ok => "ok",
                Level::Note => "note",
                Level::Bad => "BAD",
            };
            let count = finding.count.filter(|count| !finding.text.contains(&count.to_string()));
            let count = count.map(|count| format!(" ({count})")).unwrap_or_default();
            println!("  {mark:<5} {}{count}", finding.text);
        }
    }
    if !report.settings.is_empty() {
        println!("the options as signet.toml");
        report.settings.iter().for_each(|line| println!("    {line}"));
    }
    if !report.is_bad() {
        println!("Nobody is logged out, locked out or let in.");
    }
}
