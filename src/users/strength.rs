//! Passwords that are guessed first: common ones, patterns, and what is known of the user.

use zxcvbn::zxcvbn;

use crate::base::{Error, Result, code};

/// How many letters are looked at: what is longer is no common password.
const LOOKED_AT: usize = 72;

/// Whether a password is at least so hard to guess, on zxcvbn's scale from 0 to 4, by somebody who knows what is said
/// `about` its user.
///
/// # Errors
/// 400 `PASSWORD_TOO_WEAK`.
pub fn check(password: &str, least: u8, about: &[&str]) -> Result<()> {
    if least == 0 {
        return Ok(());
    }
    let looked_at: String = password.chars().take(LOOKED_AT).collect();
    let known: Vec<&str> = about.iter().flat_map(|text| [Some(*text), text.split('@').next()]).flatten().collect();
    if u8::from(zxcvbn(&looked_at, &known).score()) < least {
        return Err(Error::refused(400, code::PASSWORD_TOO_WEAK));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t20_common_passwords_patterns_and_ones_own_name_are_refused_where_that_is_wanted() {
        let about = ["ada.lovelace@example.com", "Ada Lovelace"];
        for weak in
            ["password", "password123", "12345678", "qwertyuiop", "iloveyou", "letmein1", "ada.lovelace", "lovelace1"]
        {
            assert!(check(weak, 2, &about).is_err(), "{weak}");
            assert!(check(weak, 0, &about).is_ok(), "{weak}");
        }
        assert!(check("ada.lovelace@example.com", 2, &about).is_err());
        for strong in ["correct horse battery staple", "kJ8vQ2mZpX4t", &"long ".repeat(40)] {
            assert!(check(strong, 2, &about).is_ok(), "{strong}");
        }
    }
}
