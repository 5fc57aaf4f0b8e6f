//! What was found, as a table or as JSON, and the exit code that follows.

use serde_json::{Value, json};

use super::battery::{Case, Class};
use super::probe::Answer;
use super::trap::Trap;
use crate::cli::Failure;

/// What the endpoint made of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Refused,
    Accepted,
    /// It fetched what the token named.
    Fetched,
    /// It answered 5xx: the token was too much for it.
    Failed,
    /// It did not say: too many requests, or no answer.
    Unknown,
}

impl Verdict {
    fn of(answer: &Answer) -> Self {
        match answer {
            Ok(200..300) => Self::Accepted,
            Ok(429) | Err(_) => Self::Unknown,
            Ok(500..) => Self::Failed,
            Ok(_) => Self::Refused,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Accepted => "ACCEPTED",
            Self::Fetched => "FETCHED",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    fn is_fault(self) -> bool {
        matches!(self, Self::Accepted | Self::Fetched)
    }
}

/// What became of one token.
struct Finding {
    case: Case,
    answer: Answer,
    verdict: Verdict,
}

/// All findings about an endpoint.
pub struct Report {
    url: String,
    template: Option<String>,
    /// The good token, before and after the others.
    control: Answer,
    last: Option<Answer>,
    findings: Vec<Finding>,
}

impl Report {
    pub fn new(url: &str, template: Option<&str>, control: Answer) -> Self {
        let template = template.map(str::to_owned);
        Self { url: url.to_owned(), template, control, last: None, findings: Vec::new() }
    }

    pub fn control_is_accepted(&self) -> bool {
        Verdict::of(&self.control) == Verdict::Accepted
    }

    pub fn note(&mut self, case: Case, answer: Answer) {
        let verdict = Verdict::of(&answer);
        self.findings.push(Finding { case, answer, verdict });
    }

    /// Notes which tokens made the endpoint fetch something, though it may have refused them then.
    pub fn note_fetched(&mut self, trap: &Trap) {
        for finding in &mut self.findings {
            let lured = finding.case.lure.as_deref().is_some_and(|path| trap.was_asked_for(path));
            if lured && finding.verdict != Verdict::Accepted {
                finding.verdict = Verdict::Fetched;
            }
        }
    }

    /// Notes how the good token fares in the end: an endpoint that locks everybody out refuses hostile tokens too.
    pub fn end(&mut self, control: Answer) {
        self.last = Some(control);
    }

    pub fn print(&self, as_json: bool) {
        if as_json { println!("{}", self.json()) } else { self.table() }
    }

    fn table(&self) {
        println!("{:<32} {:<7} {:<13} if it is accepted", "token", "class", "verdict");
        println!(
            "{:<32} {:<7} {:<13} (a good token)",
            "control",
            "-",
            shown(Verdict::of(&self.control), &self.control)
        );
        for Finding { case, answer, verdict } in &self.findings {
            let verdict = shown(*verdict, answer);
            println!("{:<32} {:<7} {verdict:<13} {}", case.name, case.class.as_str(), case.meaning);
        }
        if let Some(last) = &self.last {
            println!("{:<32} {:<7} {:<13} (a good token, again)", "control", "-", shown(Verdict::of(last), last));
        }
        let count = |class, is: fn(Verdict) -> bool| self.of(class, is).len();
        println!(
            "{} hostile tokens. Accepted that must be refused: {}; that should be: {}. Failed: {}. Not known: {}.",
            self.findings.len(),
            count(Some(Class::Must), Verdict::is_fault),
            count(Some(Class::Should), Verdict::is_fault),
            count(None, |verdict| verdict == Verdict::Failed),
            count(None, |verdict| verdict == Verdict::Unknown),
        );
    }

    fn json(&self) -> Value {
        let answer = |answer: &Answer| json!({ "verdict": word(Verdict::of(answer)), "status": answer.as_ref().ok() });
        let findings = self.findings.iter().map(|Finding { case, answer, verdict }| {
            json!({
                "name": case.name, "class": case.class.as_str(), "verdict": word(*verdict),
                "status": answer.as_ref().ok(), "error": answer.as_ref().err(), "meaning": case.meaning,
            })
        });
        json!({
            "url": self.url, "template": self.template, "control": answer(&self.control),
            "controlAgain": self.last.as_ref().map(answer), "tokens": findings.collect::<Vec<_>>(),
            "accepted": self.of(Some(Class::Must), Verdict::is_fault),
            "acceptedThatShouldNot": self.of(Some(Class::Should), Verdict::is_fault),
            "failed": self.of(None, |verdict| verdict == Verdict::Failed),
        })
    }

    /// The names of the tokens of a class with a verdict.
    fn of(&self, class: Option<Class>, is: fn(Verdict) -> bool) -> Vec<&str> {
        let found = self.findings.iter().filter(|finding| is(finding.verdict));
        let found = found.filter(|finding| class.is_none_or(|class| finding.case.class == class));
        found.map(|finding| finding.case.name.as_str()).collect()
    }

    /// # Errors
    /// [`Failure::Misconfigured`] where nothing can be said, [`Failure::Refused`] where a hostile token was accepted.
    pub fn judge(&self, strict: bool) -> Result<(), Failure> {
        for control in [Some(&self.control), self.last.as_ref()].into_iter().flatten() {
            if Verdict::of(control) != Verdict::Accepted {
                let told = match control {
                    Ok(status) => format!("it answered {status} to a good token"),
                    Err(fault) => format!("it did not answer a good token: {fault}"),
                };
                let text = format!(
                    "Nothing can be said of {}: {told}. It has to take tokens of this template (--template) in this \
                     header (--header), of a user whom it knows (--user), as often as they come (--pause).",
                    self.url
                );
                return Err(Failure::Misconfigured(vec![text]));
            }
        }
        let mut faults = self.of(Some(Class::Must), Verdict::is_fault);
        if strict {
            faults.extend(self.of(Some(Class::Should), Verdict::is_fault));
            faults.extend(self.of(None, |verdict| verdict == Verdict::Failed));
        }
        if !faults.is_empty() {
            return Err(Failure::Refused(format!("It accepts what it must not: {}.", faults.join(", "))));
        }
        let unknown = self.of(None, |verdict| verdict == Verdict::Unknown);
        match unknown.is_empty() {
            true => Ok(()),
            false => Err(Failure::Misconfigured(vec![format!(
                "It accepts nothing hostile as far as is known, and did not say what it makes of: {}.",
                unknown.join(", ")
            )])),
        }
    }
}

fn word(verdict: Verdict) -> String {
    verdict.as_str().to_ascii_lowercase()
}

fn shown(verdict: Verdict, answer: &Answer) -> String {
    answer.as_ref().map_or_else(|_| verdict.as_str().to_owned(), |status| format!("{} {status}", verdict.as_str()))
}
