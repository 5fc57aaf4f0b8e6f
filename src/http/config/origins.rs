//! `trusted_origins`: whose pages may act for users and whither users may be sent.

use crate::config::Section;

/// The option itself.
pub(super) fn trusted(root: &mut Section<'_>, production: bool) -> Vec<String> {
    let doc = "Other origins that are trusted: `https://app.example.com`, `https://*.example.com`, `myapp://`.";
    read(root, "trusted_origins", doc, production)
}

/// A list of origins, each judged.
pub(super) fn read(root: &mut Section<'_>, name: &str, doc: &str, production: bool) -> Vec<String> {
    let origins = root.list(name, &[], doc);
    for origin in &origins {
        if origin.trim().is_empty() || origin.trim() != origin {
            root.refuse(name, format!("holds {origin:?}; write origins without spaces"));
        } else if trusts_strangers(origin) {
            let fault = format!(
                "holds {origin:?}, which anybody's site can match; name origins, or a wildcard below a domain of your own, like \"https://*.example.com\""
            );
            if production { root.refuse(name, fault) } else { root.warn(name, fault) }
        } else if never_matches(origin) {
            root.warn(name, format!("holds {origin:?}, which matches nothing: write scheme, host and port in small letters, without a path or a last `/`"));
        }
    }
    origins
}

/// Whether a wildcard leaves open the domain itself: `*`, `https://*`, `*.com`, `https://example.*`, `*example.com`.
fn trusts_strangers(origin: &str) -> bool {
    if !origin.contains(['*', '?']) {
        return false;
    }
    let (scheme, rest) = origin.split_once("://").unwrap_or(("", origin));
    let web = scheme.is_empty() || scheme.contains(['*', '?']) || matches!(scheme, "http" | "https");
    let host = rest.split(['/', '\\']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    if !host.contains(['*', '?']) {
        return false;
    }
    let is_wild = |label: &str| label.contains(['*', '?']);
    let mut labels: Vec<&str> = host.split('.').collect();
    let addresses = host.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '*' | '?'));
    if addresses {
        // An address is owned from its left end.
        labels.reverse();
    }
    let fixed = labels.iter().rev().take_while(|label| !is_wild(label) && !label.is_empty()).count();
    let needed = if addresses { 1 } else { 2 };
    web && fixed < needed
}

/// Whether a plain web origin is written as no browser writes it.
fn never_matches(origin: &str) -> bool {
    let web = origin.starts_with("http://") || origin.starts_with("https://");
    let wild = origin.contains(['*', '?']);
    web && !wild && url::Url::parse(origin).map_or(true, |url| url.origin().ascii_serialization() != origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_must_leave_a_domain_or_a_network_of_ones_own() {
        for origin in [
            "*",
            "**",
            "https://*",
            "*://*",
            "*.com",
            "https://*.com",
            "https://example.*",
            "*example.com",
            "https://*:*",
            "*.*.*.*",
            "http*://*",
        ] {
            assert!(trusts_strangers(origin), "{origin}");
        }
        for origin in [
            "https://app.example.com",
            "https://*.shop.example.com",
            "*.example.org",
            "myapp://",
            "myapp://*",
            "10.*.*.*",
            "http://192.168.*.*:3000",
            "https://example.com:*",
            "http://localhost:*",
        ] {
            assert!(!trusts_strangers(origin), "{origin}");
        }
    }
}
