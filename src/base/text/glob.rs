//! Patterns with wildcards, as trusted origins and rules for rate limits use them.

/// A pattern in which `*` stands for any run of characters but `/` and `\`, `**` for any run at all and `?` for one
/// character but `/` and `\`. It matches a text as a whole, and there is nothing that escapes a wildcard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Just(char),
    One,
    Run,
    AnyRun,
}

impl Glob {
    /// Reads a pattern; one without wildcards matches itself alone.
    pub fn new(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        for letter in pattern.chars() {
            let piece = match letter {
                '*' if pieces.pop_if(|last| matches!(last, Piece::Run | Piece::AnyRun)).is_some() => Piece::AnyRun,
                '*' => Piece::Run,
                '?' => Piece::One,
                _ => Piece::Just(letter),
            };
            pieces.push(piece);
        }
        Self(pieces)
    }

    /// Whether a text has a wildcard in it.
    pub fn is_pattern(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// Whether the pattern matches the whole text. The time grows with the product of both lengths, whatever they are.
    pub fn matches(&self, text: &str) -> bool {
        let mut reached = vec![false; self.0.len() + 1];
        reached[0] = true;
        self.step_over_runs(&mut reached);
        for letter in text.chars() {
            reached = self.after(letter, &reached);
            self.step_over_runs(&mut reached);
        }
        reached[self.0.len()]
    }

    /// The places in the pattern that can be reached with one more letter.
    fn after(&self, letter: char, reached: &[bool]) -> Vec<bool> {
        let separates = matches!(letter, '/' | '\\');
        let mut next = vec![false; reached.len()];
        for (place, piece) in self.0.iter().enumerate().filter(|(place, _)| reached[*place]) {
            match piece {
                Piece::Just(wanted) => next[place + 1] |= *wanted == letter,
                Piece::One => next[place + 1] |= !separates,
                Piece::Run => next[place] |= !separates,
                Piece::AnyRun => next[place] = true,
            }
        }
        next
    }

    /// A run may be empty.
    fn step_over_runs(&self, reached: &mut [bool]) {
        for (place, piece) in self.0.iter().enumerate() {
            if reached[place] && matches!(piece, Piece::Run | Piece::AnyRun) {
                reached[place + 1] = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::new(pattern).matches(text)
    }

    #[test]
    fn a_star_crosses_dots_but_no_slashes() {
        assert!(matches("*.example.com", "a.b.example.com"));
        assert!(matches("/sign-in/*", "/sign-in/email"));
        assert!(matches("*", ""));
        assert!(!matches("/sign-in/*", "/sign-in/a/b"));
        assert!(!matches("a*b", "a\\b"));
        assert!(!matches("*.example.com", "example.com"));
    }

    #[test]
    fn two_stars_cross_slashes_too() {
        assert!(matches("/a/**", "/a/b/c"));
        assert!(matches("a***b", "a/\\b"));
    }

    #[test]
    fn a_question_mark_is_exactly_one_character() {
        assert!(matches("a?c", "abc"));
        assert!(matches("a?c", "aéc"));
        assert!(!matches("a?c", "ac"));
        assert!(!matches("a?c", "a/c"));
    }

    #[test]
    fn the_whole_text_has_to_match_and_other_characters_mean_themselves() {
        assert!(!matches("a", "ab"));
        assert!(!matches("a", "ba"));
        assert!(!matches("a.c", "abc"));
        assert!(matches("[a]+(b)|c$", "[a]+(b)|c$"));
    }

    #[test]
    fn many_stars_against_a_long_text_take_no_time() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(20_000).replace('a', "ab")));
    }

    proptest! {
        #[test]
        fn a_text_matches_itself_and_never_panics(text in "[^*?]{0,40}", pattern in "\\PC{0,20}") {
            prop_assert!(matches(&text, &text));
            prop_assert!(matches("**", &text));
            let _ = matches(&pattern, &text);
        }
    }
}
