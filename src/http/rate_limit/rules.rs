//! Which limit a path has: the general one, a stricter one that is built in or a plugin's own, or the operator's.

use super::super::endpoint::Endpoint;
use super::super::router::parameters;
use crate::base::text::glob::Glob;

/// So many requests within a window, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub window: i64,
    pub max: u32,
}

impl Rule {
    /// So many requests within seconds.
    pub const fn new(seconds: i64, max: u32) -> Self {
        Self { window: seconds * 1000, max }
    }
}

/// What guesses a password, or makes accounts.
const CREDENTIALS: Rule = Rule::new(10, 3);
/// What sends mail.
const MAIL: Rule = Rule::new(60, 3);

/// Paths and all below and beside that start so.
const STARTING: [(&str, Rule); 5] = [
    ("/sign-in", CREDENTIALS),
    ("/sign-up", CREDENTIALS),
    ("/change-password", CREDENTIALS),
    ("/change-email", CREDENTIALS),
    ("/forget-password", MAIL),
];

const EXACT: [(&str, Rule); 4] = [
    ("/request-password-reset", MAIL),
    ("/send-verification-email", MAIL),
    ("/email-otp/send-verification-otp", MAIL),
    ("/email-otp/request-password-reset", MAIL),
];

/// An operator's rule for paths.
#[derive(Clone, Debug)]
pub struct CustomRule {
    /// As it was written, with `*` and `?` for what may differ.
    pub path: String,
    /// None for no limit.
    pub rule: Option<Rule>,
}

/// All rules, in their order.
pub struct Rules {
    general: Rule,
    custom: Vec<(CustomRule, Option<Glob>)>,
}

impl Rules {
    pub fn new(general: Rule, custom: Vec<CustomRule>) -> Self {
        let with_glob = |rule: CustomRule| {
            let glob = Glob::is_pattern(&rule.path).then(|| Glob::new(&rule.path));
            (rule, glob)
        };
        Self { general, custom: custom.into_iter().map(with_glob).collect() }
    }

    /// The limit of what has none of its own.
    pub fn general(&self) -> Rule {
        self.general
    }

    /// What requests to an endpoint are counted as, and the limit; None for no limit.
    ///
    /// They are counted by the path that the endpoint has, `/reset-password/:token`: the token in it is nobody else's
    /// business, and whoever tries many has one count. A path of its own counts only where the operator has named it.
    pub fn of<'a>(&'a self, endpoint: &'a Endpoint, sent: &str) -> (&'a str, Option<Rule>) {
        let path = &*endpoint.path;
        let built_in = endpoint.rate_limit.or_else(|| built_in(path)).unwrap_or(self.general);
        for (custom, glob) in &self.custom {
            match glob {
                Some(glob) if glob.matches(path) => return (path, custom.rule),
                None if custom.path == path => return (path, custom.rule),
                None if path.contains("/:") && sent.ends_with(&*custom.path) && fits(path, &custom.path) => {
                    return (&custom.path, custom.rule);
                }
                _ => {}
            }
        }
        (path, Some(built_in))
    }

    /// The longest time for which a count matters, in milliseconds.
    pub fn longest_window(&self) -> i64 {
        let custom = self.custom.iter().filter_map(|(custom, _)| custom.rule);
        let rules = custom.chain([self.general, CREDENTIALS, MAIL]);
        // A plugin's own are never longer than an hour.
        rules.map(|rule| rule.window).fold(3_600_000, i64::max)
    }
}

/// Whether a path is one of a pattern's.
fn fits(pattern: &str, path: &str) -> bool {
    parameters(pattern, path).is_some()
}

fn built_in(path: &str) -> Option<Rule> {
    let exact = EXACT.iter().find(|(exact, _)| *exact == path);
    exact.or_else(|| STARTING.iter().find(|(start, _)| path.starts_with(start))).map(|(_, rule)| *rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::cx::Cx;
    use crate::http::reply::Reply;

    fn route(path: &str) -> Endpoint {
        Endpoint::post(path, async |_: &Cx, (): ()| Ok(Reply::done()))
    }

    const GENERAL: Rule = Rule::new(10, 100);

    #[test]
    fn what_is_built_in_is_stricter_than_the_general_rule() {
        let rules = Rules::new(GENERAL, Vec::new());
        for (path, rule) in [
            ("/get-session", GENERAL),
            ("/sign-in/email", CREDENTIALS),
            ("/sign-up/email", CREDENTIALS),
            ("/change-password", CREDENTIALS),
            ("/change-email", CREDENTIALS),
            ("/request-password-reset", MAIL),
            ("/send-verification-email", MAIL),
            ("/reset-password", GENERAL),
        ] {
            assert_eq!(rules.of(&route(path), path), (path, Some(rule)), "{path}");
        }
    }

    #[test]
    fn a_plugins_rule_goes_before_what_is_built_in_and_an_operators_before_both() {
        let own = Rule::new(60, 5);
        let custom = |path: &str, rule| CustomRule { path: path.to_owned(), rule };
        let endpoint = route("/sign-in/magic-link").rate_limit(own);
        let of = |custom: Vec<CustomRule>| Rules::new(GENERAL, custom).of(&endpoint, "/sign-in/magic-link").1;
        assert_eq!(of(Vec::new()), Some(own));
        let operators = Rule::new(1, 1);
        assert_eq!(
            of(vec![custom("/sign-in/*", Some(operators)), custom("/sign-in/magic-link", None)]),
            Some(operators)
        );
        assert_eq!(of(vec![custom("/sign-in/magic-link", None), custom("/sign-in/*", Some(operators))]), None);
        assert_eq!(of(vec![custom("/*", Some(operators))]), Some(own), "a star crosses no slash");
        assert_eq!(of(vec![custom("/**", Some(operators))]), Some(operators));
    }

    #[test]
    fn t79_paths_with_parameters_have_one_count_unless_the_operator_names_one() {
        let endpoint = route("/callback/:id");
        let rule = Rule::new(1, 1);
        let rules = Rules::new(GENERAL, vec![CustomRule { path: "/callback/google".to_owned(), rule: Some(rule) }]);
        assert_eq!(rules.of(&endpoint, "/api/auth/callback/x"), ("/callback/:id", Some(GENERAL)));
        assert_eq!(rules.of(&endpoint, "/api/auth/callback/google"), ("/callback/google", Some(rule)));
        let rules = Rules::new(GENERAL, vec![CustomRule { path: "/callback/*".to_owned(), rule: Some(rule) }]);
        assert_eq!(rules.of(&endpoint, "/api/auth/callback/x"), ("/callback/:id", Some(rule)));
    }
}
