//! E-mail addresses, in the one form in which they are stored, looked up and written to.

use std::fmt;

/// An e-mail address: ASCII, lower-case, of the syntax that Better Auth accepts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// Reads an address and lower-cases it. Nothing is trimmed: a space around it makes it invalid.
    pub fn parse(text: &str) -> Option<Self> {
        Self::is_valid_syntax(text).then(|| Self(text.to_ascii_lowercase()))
    }

    /// Whether the text is an address in Zod's sense: ASCII only, no quoting, no address literals, no limit of length.
    pub fn is_valid_syntax(text: &str) -> bool {
        text.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain))
    }

    /// The address, lower-case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Letters, digits and `_ ' + - .`; dots neither first, last nor doubled; an apostrophe not last.
fn is_local_part(local: &str) -> bool {
    local.split('.').all(|atom| !atom.is_empty())
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_'+-.".contains(&byte))
        && !local.ends_with('\'')
}

/// Labels that begin with a letter or a digit, then a last one of at least two letters.
fn is_domain(domain: &str) -> bool {
    let Some((labels, last)) = domain.rsplit_once('.') else { return false };
    labels.split('.').all(is_label) && last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_label(label: &str) -> bool {
    label.starts_with(|first: char| first.is_ascii_alphanumeric())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_of_the_accepted_syntax_are_read_and_lower_cased() {
        assert_eq!(Email::parse("Ann.One@Example.COM").unwrap().as_str(), "ann.one@example.com");
        assert_eq!(Email::parse("Ann.One@Example.COM").unwrap().to_string(), "ann.one@example.com");
        for text in
            ["a@b.co", "_@b.co", "o'brien@b.co", "a+tag@b.co", "a-@b.co", "9@9.9.co", "a@b-.c-d.museum", "'a@b.co"]
        {
            assert!(Email::is_valid_syntax(text), "{text}");
        }
    }

    #[test]
    fn there_is_no_limit_of_length() {
        assert!(Email::is_valid_syntax(&format!("{}@{}.com", "a".repeat(65), "b".repeat(64))));
    }

    #[test]
    fn what_the_reference_rejects_is_rejected() {
        for text in [
            "",
            "a",
            "@",
            "@b.co",
            "a@",
            "a@b",
            "a@b.c",
            "a@b.c1",
            "a@b.1co",
            "a@1.2.3.4",
            "a@[1.2.3.4]",
            "\"a b\"@b.co",
            "a@b_c.co",
            "a/b@b.co",
            "a!b@b.co",
            "a.@b.co",
            ".a@b.co",
            "a..b@b.co",
            "a'@b.co",
            "a@b.co.",
            "a@.co",
            "a@-b.co",
            "a@b..co",
            "a@b.c-o",
        ] {
            assert!(!Email::is_valid_syntax(text), "{text}");
        }
    }

    #[test]
    fn t04_tricks_of_identity_are_no_addresses() {
        for text in [
            "victim@x.com ",
            " victim@x.com",
            "victim＠x.com",
            "a@x.com,b@y.com",
            "a@x.com>\nBcc: b@y.com",
            "a@x.com\n",
            "a@b@x.com",
            "\u{212a}im@x.com",
            "d\u{131}m@x.com",
            "a@bücher.de",
            "a@x.com\0",
            "<a@x.com>",
            "a@x.com;b@y.com",
        ] {
            assert_eq!(Email::parse(text), None, "{text:?}");
        }
        assert_eq!(Email::parse("Victim@x.com"), Email::parse("victim@X.COM"));
    }

    proptest! {
        #[test]
        fn t04_whatever_is_read_is_ascii_lower_case_with_one_at_sign_and_reads_as_itself(text in "\\PC*|[a-zA-Z'.+@-]{0,20}") {
            if let Some(email) = Email::parse(&text) {
                prop_assert!(email.as_str().bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
                prop_assert_eq!(Email::parse(email.as_str()), Some(email));
            }
        }
    }
}
