//! What a proxy wants checked, in its query (`/forward-auth?role=admin`) or in its path (`/forward-auth;role=admin/…`).

use percent_encoding::percent_decode_str;

use crate::base::{Error, Result};
use crate::http::cx::Cx;
use crate::http::router::WIDE;

/// What every reading of a session takes from the query.
const OF_SESSIONS: [&str; 2] = ["disableCookieCache", "disableRefresh"];

/// What a proxy wants to know.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The template of the token.
    pub template: Option<String>,
    /// One of these the user must have; none: whoever is signed in.
    pub roles: Vec<String>,
    /// Whether a page load is sent to sign in; `None` goes by the proxy.
    pub redirect: Option<bool>,
    /// Whether those pass who are not signed in, as nobody.
    pub optional: bool,
}

impl Options {
    /// Reads the options. Where the path goes on, nothing of the query is an option: it is the visitor's own.
    ///
    /// # Errors
    /// 400 where anything is not understood: a check that is misspelt must not be left out.
    pub fn read(cx: &Cx) -> Result<Self> {
        let read = match cx.params.get(WIDE) {
            // A visitor's doing, and nothing for the log.
            Some(rest) if has_dots(rest) => return Err(refusal("the path has `.` or `..` for a segment".to_owned())),
            Some(rest) => Self::of_path(rest),
            None if is_the_visitors(cx) => {
                Err("the query is the visitor's own: write the options after a `;` in the path".to_owned())
            }
            None => Self::of(cx.query.pairs().iter().cloned(), &OF_SESSIONS),
        };
        read.map_err(|fault| {
            tracing::warn!("forward auth denies what it is asked: {fault}");
            refusal(fault)
        })
    }

    /// Those of `;role=admin;template=x/…`.
    fn of_path(rest: &str) -> std::result::Result<Self, String> {
        let segment = rest.split('/').next().unwrap_or_default();
        let given = segment.split(';').skip(1).map(|option| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            (name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into_owned())
        });
        Self::of(given, &[])
    }

    fn of(given: impl Iterator<Item = (String, String)>, others: &[&str]) -> std::result::Result<Self, String> {
        let (mut options, mut seen) = (Self::default(), Vec::new());
        for (name, value) in given {
            match name.as_str() {
                _ if seen.contains(&name) => return Err("an option is there twice".to_owned()),
                _ if others.contains(&name.as_str()) => {}
                "template" if !value.is_empty() => options.template = Some(value),
                "role" => options.roles = roles(&value)?,
                "redirect" => options.redirect = Some(truth(&name, &value)?),
                "optional" => options.optional = truth(&name, &value)?,
                _ => return Err("an option is unknown or empty".to_owned()),
            }
            seen.push(name);
        }
        if options.optional && !options.roles.is_empty() {
            return Err("`optional` lets everybody pass and `role` does not".to_owned());
        }
        Ok(options)
    }
}

fn refusal(fault: String) -> Error {
    Error::worded(400, Some("INVALID_OPTION".into()), fault)
}

/// Whether a path has segments that lead out of it. A proxy that resolves them takes it for another path: it passes on
/// `/forward-auth/../ok` as if that were for everybody.
fn has_dots(rest: &str) -> bool {
    let plain =
        rest.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/").replace('\\', "/");
    plain.split('/').any(|segment| matches!(segment.split(';').next(), Some("." | "..")))
}

fn roles(value: &str) -> std::result::Result<Vec<String>, String> {
    let roles: Vec<_> = value.split(',').map(|role| role.trim().to_owned()).collect();
    if roles.iter().any(String::is_empty) { Err("`role` names none".to_owned()) } else { Ok(roles) }
}

fn truth(name: &str, value: &str) -> std::result::Result<bool, String> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{name}` is `true` or `false`")),
    }
}

/// Whether the query is that of the request which the proxy asks about: some proxies keep it unless they are told
/// otherwise, and a visitor would choose the options.
fn is_the_visitors(cx: &Cx) -> bool {
    let query = cx.raw_query();
    let forwarded = cx.header_list("x-forwarded-uri");
    !query.is_empty() && forwarded.is_some_and(|uri| uri.split_once('?').is_some_and(|(_, visitors)| visitors == query))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_in_the_first_segment_and_nowhere_else() {
        let options =
            Options::of_path(";role=admin,editor;template=tasks;redirect=false/x;role=user?role=user").unwrap();
        assert_eq!(options.roles, ["admin", "editor"]);
        assert_eq!((options.template.as_deref(), options.redirect), (Some("tasks"), Some(false)));
        assert_eq!(Options::of_path("/;role=admin").unwrap(), Options::default());
        assert_eq!(Options::of_path(";role=a%2Cb%20c").unwrap().roles, ["a", "b c"]);
    }

    #[test]
    fn dots_are_seen_however_they_are_written() {
        for rest in [
            "/../x",
            "/x/%2E%2e",
            "/..;a/x",
            "/x\\..\\y",
            ";role=a/..",
            "/.",
            "/x/%2e",
            "/x%2f..%2Fy",
            "/x%5C..",
            "/.;",
        ] {
            assert!(has_dots(rest), "{rest}");
        }
        for rest in ["", "/", "/...", "/a.b/c", "/.well-known/x", ";role=a.b", ";role=.", "/a..b", "/%252e%252e"] {
            assert!(!has_dots(rest), "{rest}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_never_left_out() {
        for rest in [
            ";roles=admin",
            ";role=",
            ";role",
            ";role=a,",
            ";role=a;role=b",
            ";redirect=0",
            ";template=",
            ";",
            ";;",
            ";optional=yes",
            ";optional=true;role=admin",
            ";ROLE=admin",
            ";disableCookieCache=true",
        ] {
            assert!(Options::of_path(rest).is_err(), "{rest}");
        }
    }
}
