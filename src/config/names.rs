//! How keys are written: dotted paths, with quotes where TOML wants them.

/// A path with one more name at its end.
pub(super) fn join(path: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let name = if bare { name.to_owned() } else { serde_json::Value::from(name).to_string() };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

/// Whether a path lies below another one.
pub(super) fn is_below(path: &str, above: &str) -> bool {
    above.is_empty() || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}
