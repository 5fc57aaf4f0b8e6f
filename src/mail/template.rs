//! The form of a letter: a subject and a text, and the same as HTML. Built in, or from a folder of the operator's.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use minijinja::{Environment, UndefinedBehavior, context};

use super::letter::{Kind, Letter};

/// A mail's text, ready to be sent.
#[derive(Debug)]
pub struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The templates, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Templates(Arc<Environment<'static>>);

const BUILT_IN: [(&str, &str); 8] = [
    ("verification.txt", include_str!("templates/verification.txt")),
    ("verification.html", include_str!("templates/verification.html")),
    ("reset-password.txt", include_str!("templates/reset-password.txt")),
    ("reset-password.html", include_str!("templates/reset-password.html")),
    ("change-email.txt", include_str!("templates/change-email.txt")),
    ("change-email.html", include_str!("templates/change-email.html")),
    ("delete-account.txt", include_str!("templates/delete-account.txt")),
    ("delete-account.html", include_str!("templates/delete-account.html")),
];
/// What the built-in HTML is framed by.
const FRAME: (&str, &str) = ("frame.html", include_str!("templates/frame.html"));
/// How many letters of a name are shown.
const LONGEST_NAME: usize = 64;
/// How the first line of a text begins.
const SUBJECT: &str = "Subject:";

impl Templates {
    /// The built-in ones.
    pub fn built_in() -> Self {
        Self::load(None).expect("the built-in templates can be read")
    }

    /// The built-in ones, and in their place those of a folder.
    ///
    /// # Errors
    /// Which template cannot be used, and why: each is tried with a sample.
    pub fn load(folder: Option<&Path>) -> Result<Self, String> {
        let mut environment = Environment::new();
        // A name that is misspelt is found when the template is tried, not by who gets the mail.
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(format!("{} is no folder", folder.display()));
        }
        for (name, built_in) in BUILT_IN.into_iter().chain([FRAME]) {
            let text =
                folder.map_or(Ok(None), |folder| own(&folder.join(name)))?.unwrap_or_else(|| built_in.to_owned());
            environment.add_template_owned(name, text).map_err(|error| explained(name, &error))?;
        }
        let templates = Self(Arc::new(environment));
        for kind in Kind::ALL {
            templates.write(&sample(kind), "Example")?;
        }
        Ok(templates)
    }

    /// Writes a letter.
    ///
    /// # Errors
    /// Why its templates cannot be filled.
    pub fn write(&self, letter: &Letter, app_name: &str) -> Result<Written, String> {
        let kind = letter.kind.as_str();
        let text = self.fill(&format!("{kind}.txt"), letter, app_name)?;
        let html = self.fill(&format!("{kind}.html"), letter, app_name)?;
        let (subject, text) = text
            .strip_prefix(SUBJECT)
            .and_then(|text| text.split_once('\n'))
            .ok_or_else(|| format!("{kind}.txt must begin with a line `{SUBJECT} …`"))?;
        let text = text.trim().to_owned();
        Ok(Written { subject: subject.trim().to_owned(), text: text + "\n", html })
    }

    fn fill(&self, name: &str, letter: &Letter, app_name: &str) -> Result<String, String> {
        let values = context! {
            app_name,
            to => letter.to,
            url => letter.url,
            token => letter.token,
            otp => letter.otp,
            new_email => letter.new_email,
            user => letter.user.as_ref().map(in_one_line),
        };
        let filled = self.0.get_template(name).and_then(|template| template.render(values));
        filled.map_err(|error| explained(name, &error))
    }
}

/// A user whose name is one short line: whoever signs up with another's address chooses what its owner reads.
fn in_one_line(user: &Map<String, Value>) -> Map<String, Value> {
    let mut user = user.clone();
    if let Some(Value::String(name)) = user.get_mut("name") {
        let words = name.split_whitespace().collect::<Vec<_>>().join(" ");
        *name = words.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
    }
    user
}

fn own(path: &Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn explained(name: &str, error: &minijinja::Error) -> String {
    let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
    format!("{name}{line}: {}: {}", error.kind(), error.detail().unwrap_or("it cannot be used"))
}

fn sample(kind: Kind) -> Letter {
    let user = serde_json::json!({ "name": "Ada", "email": "ada@example.com" });
    Letter {
        kind,
        to: "ada@example.com".to_owned(),
        url: Some("https://example.com/".to_owned()),
        token: Some("token".to_owned()),
        otp: Some("000000".to_owned()),
        new_email: Some("new@example.com".to_owned()),
        user: user.as_object().cloned(),
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Templates")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_is_called_cannot_become_markup() {
        let mut letter = sample(Kind::Verification);
        let name = "<b>Eve</b>\r\nBcc: all@example.com";
        letter.user = serde_json::json!({ "name": name, "email": "eve@example.com" }).as_object().cloned();
        let written = Templates::built_in().write(&letter, "Example").unwrap();
        assert!(written.html.contains("&lt;b&gt;Eve"), "{}", written.html);
        assert!(!written.subject.contains('\n'));
    }

    #[test]
    fn a_folder_takes_the_place_of_what_it_has_and_of_no_more() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("verification.txt"), "Subject: Hello {{ user.name }}\n\n{{ url }}\n")
            .unwrap();
        let templates = Templates::load(Some(folder.path())).unwrap();
        let written = templates.write(&sample(Kind::Verification), "Example").unwrap();
        assert_eq!((written.subject.as_str(), written.text.as_str()), ("Hello Ada", "https://example.com/\n"));
        assert!(templates.write(&sample(Kind::ResetPassword), "Example").is_ok());
    }

    #[test]
    fn a_template_that_cannot_be_filled_is_told_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        for (text, fault) in [
            ("Subject: {{ nobody.name }}\n\n", "verification.txt, line 1"),
            ("Subject: {{ url\n\n", "verification.txt"),
            ("Hello", "must begin with a line `Subject: …`"),
        ] {
            std::fs::write(folder.path().join("verification.txt"), text).unwrap();
            let told = Templates::load(Some(folder.path())).unwrap_err();
            assert!(told.contains(fault), "{told}");
        }
        assert!(Templates::load(Some(&folder.path().join("missing"))).unwrap_err().contains("no folder"));
    }
}
