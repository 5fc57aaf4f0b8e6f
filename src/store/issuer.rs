//! The column `account.issuer`, which Better Auth 1.7.0 to 1.7.2 made and needs; others have it no more.

/// The issuer of each provider that had one of its own in those versions.
const OWN: &[(&str, &str)] = &[
    ("apple", "https://appleid.apple.com"),
    ("facebook", "https://www.facebook.com"),
    ("google", "https://accounts.google.com"),
    ("line", "https://access.line.me"),
];
/// Those whose issuer is that of the user's ID token.
const FROM_TOKEN: &[&str] = &["cognito", "microsoft"];

/// What the column has for an account, whose ID token named this issuer.
pub fn of(provider_id: &str, issuer: Option<&str>) -> String {
    if provider_id == "credential" {
        return "local:credential".to_owned();
    }
    let own = OWN.iter().find(|(provider, _)| *provider == provider_id).map(|(_, issuer)| *issuer);
    let named = issuer.filter(|_| FROM_TOKEN.contains(&provider_id));
    own.or(named).map_or_else(|| format!("local:oauth:{}", encoded(provider_id)), str::to_owned)
}

/// As JavaScript's `encodeURIComponent` has it.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => encoded.push(byte.into()),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn each_kind_of_account_has_the_issuer_that_better_auth_gave_it() {
        let microsoft = Some("https://login.microsoftonline.com/9188040d/v2.0");
        for (provider, issuer, expected) in [
            ("credential", None, "local:credential"),
            ("github", Some("https://github.com"), "local:oauth:github"),
            ("my idp/é", None, "local:oauth:my%20idp%2F%C3%A9"),
            ("google", Some("accounts.google.com"), "https://accounts.google.com"),
            ("microsoft", microsoft, "https://login.microsoftonline.com/9188040d/v2.0"),
            ("microsoft", None, "local:oauth:microsoft"),
        ] {
            assert_eq!(of(provider, issuer), expected);
        }
    }
}
