//! Hexadecimal text: written in lower case, read in either.

use std::fmt::Write;

/// Two lower-case digits a byte.
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
        text
    })
}

/// The bytes of an even number of digits, `None` for anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_lower_case_and_either_case_is_read() {
        assert_eq!(encode(&[0x00, 0x0a, 0xff]), "000aff");
        assert_eq!(decode("000aFf"), Some(vec![0x00, 0x0a, 0xff]));
    }

    #[test]
    fn half_a_byte_a_sign_and_other_letters_are_refused() {
        for text in ["a", "+a", "0g", "é", "0x", " 0"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
