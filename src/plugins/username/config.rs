//! `[plugins.username]`.

use crate::base::code::Code;
use crate::base::{Field, FieldKind, Result, code};
use crate::config::Section;
use crate::crypto::password::utf16_length;

/// Names that users sign in with.
#[derive(Clone, Debug)]
pub struct UsernameConfig {
    pub enabled: bool,
    /// In UTF-16 code units, like the maximum.
    pub min_length: usize,
    pub max_length: usize,
    /// Whether names that differ in the case of letters alone are one.
    pub normalizes: bool,
    /// Whether a name that was chosen stays.
    pub immutable: bool,
    /// Whether users have a name for show beside it.
    pub has_display: bool,
}

impl UsernameConfig {
    /// Reads `[plugins.username]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut plugins = root.table("plugins");
        let mut section = plugins.table("username");
        let enabled = section.bool("enabled", false, "Users may have a user name, and sign in with it.");
        let min = section.integer("min_username_length", 3, 1..=255, "The shortest user name.");
        let max = section.integer("max_username_length", 30, 1..=255, "The longest user name.");
        if min > max {
            let text = format!("is {min}, more than max_username_length, {max}; no name would fit");
            section.refuse("min_username_length", text);
        }
        let doc = "User names are kept in lower case: `Ada` and `ada` are one.";
        let normalizes = section.bool("username_normalization", true, doc);
        let immutable = section.bool("immutable_username", false, "A user name that was chosen is never changed.");
        let doc = "Users have a `displayUsername`: the name as it was typed, or another one for show.";
        let has_display = section.bool("display_username", true, doc);
        let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Self { enabled, min_length: size(min), max_length: size(max), normalizes, immutable, has_display }
    }

    /// Puts the plugin's own fields before those that the deployment has declared, and after those of the plugins before
    /// it. A field of one of these names is refused.
    pub fn add_fields(&self, root: &mut Section<'_>, fields: &mut Vec<Field>, after: usize) {
        if !self.enabled {
            return;
        }
        let own = self.fields();
        for field in fields.iter().filter(|field| own.iter().any(|mine| mine.name == field.name)) {
            let text = "is a field of the username plugin; remove it here, or turn plugins.username off";
            root.at(&["user", "additional_fields"]).refuse(&field.name, text);
        }
        fields.splice(after..after, own);
    }

    /// In the order of Better Auth's own.
    fn fields(&self) -> Vec<Field> {
        let username = Field { unique: true, ..Field::optional("username", FieldKind::String) };
        let display = self.has_display.then(|| Field::optional("displayUsername", FieldKind::String));
        [username].into_iter().chain(display).collect()
    }

    /// What is amiss with a name.
    pub fn judge(&self, name: &str) -> Result<(), Code> {
        let length = utf16_length(name);
        if length < self.min_length {
            return Err(code::USERNAME_TOO_SHORT);
        }
        if length > self.max_length {
            return Err(code::USERNAME_TOO_LONG);
        }
        let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        if fits { Ok(()) } else { Err(code::INVALID_USERNAME) }
    }

    /// A name in the form in which it is kept and looked for.
    pub fn normalized(&self, name: &str) -> String {
        if self.normalizes { name.to_lowercase() } else { name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> UsernameConfig {
        UsernameConfig {
            enabled: true,
            min_length: 3,
            max_length: 5,
            normalizes: true,
            immutable: false,
            has_display: true,
        }
    }

    #[test]
    fn a_name_is_of_letters_digits_dots_and_underscores_and_neither_short_nor_long() {
        for (name, verdict) in [
            ("ada", Ok(())),
            ("A_1.z", Ok(())),
            ("ad", Err(code::USERNAME_TOO_SHORT)),
            ("", Err(code::USERNAME_TOO_SHORT)),
            ("adaada", Err(code::USERNAME_TOO_LONG)),
            ("a@b.c", Err(code::INVALID_USERNAME)),
            ("a b", Err(code::INVALID_USERNAME)),
            ("äda", Err(code::INVALID_USERNAME)),
            ("ada\n", Err(code::INVALID_USERNAME)),
            // Four units of UTF-16, and two characters.
            ("😀😀", Err(code::INVALID_USERNAME)),
            ("😀😀😀", Err(code::USERNAME_TOO_LONG)),
        ] {
            assert_eq!(config().judge(name), verdict, "{name}");
        }
    }

    #[test]
    fn case_matters_where_names_are_kept_as_they_are() {
        assert_eq!(config().normalized("Ada"), "ada");
        assert_eq!(UsernameConfig { normalizes: false, ..config() }.normalized("Ada"), "Ada");
    }
}
