//! The errors with which browsers come back from a provider.

/// RFC 6749 §4.1.2.1.
const OAUTH: [&str; 7] = [
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
];
/// OpenID Connect Core 1.0 §3.1.2.6.
const OPENID: [&str; 9] = [
    "interaction_required",
    "login_required",
    "account_selection_required",
    "consent_required",
    "invalid_request_uri",
    "invalid_request_object",
    "request_not_supported",
    "request_uri_not_supported",
    "registration_not_supported",
];

/// Whether a code is one that the standards have, and so says the same wherever it comes from.
pub fn is_standard(code: &str) -> bool {
    OAUTH.contains(&code) || OPENID.contains(&code)
}
