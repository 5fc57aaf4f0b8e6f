//! Spans of time as people write them: `15m`, `7 days`, `1.5 hours ago`.

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
/// What JavaScript can still count one by one.
const LONGEST: f64 = 9_007_199_254_740_991.0;

/// Reads a span as whole seconds, decimals rounded; negative with a `-` or with `ago`.
///
/// The grammar is Better Auth's, in any case of letters: an optional sign, a number, a unit (`s`, `m`, `h`, `d`, `w`,
/// `mo` of 30 days, `y` of 365.25 days, or their longer names), optionally ` ago` or ` from now` where there is no sign.
/// A bare number is refused, since Better Auth takes it for a moment and people for seconds.
pub fn parse_span(text: &str) -> Result<i64, String> {
    let lower = text.to_ascii_lowercase();
    let (sign, rest) = sign(&lower);
    let (number, rest) = number(rest.strip_prefix(' ').unwrap_or(rest)).ok_or_else(|| not_a_span(text))?;
    if rest.is_empty() {
        return Err(format!("\"{text}\" has no unit: write \"{text}s\""));
    }
    let (unit, direction) = direction(rest.strip_prefix(' ').unwrap_or(rest));
    let unit = unit_seconds(unit).ok_or_else(|| not_a_span(text))?;
    let sign = match (sign, direction) {
        (None, None) => 1,
        (Some(sign), None) | (None, Some(sign)) => sign,
        (Some(_), Some(_)) => return Err(not_a_span(text)),
    };
    let seconds = (number * unit).round();
    if seconds > LONGEST {
        return Err(format!("\"{text}\" is too long"));
    }
    Ok(sign * seconds as i64)
}

fn not_a_span(text: &str) -> String {
    format!("{text:?} is no span of time: write it as \"15m\", \"1h\" or \"7 days\"")
}

fn sign(text: &str) -> (Option<i64>, &str) {
    match text.as_bytes().first() {
        Some(b'+') => (Some(1), &text[1..]),
        Some(b'-') => (Some(-1), &text[1..]),
        _ => (None, text),
    }
}

/// Digits, or digits with a dot and more digits, and what follows them.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = !whole.is_empty() && !decimals.is_empty() && !decimals.contains('.');
    is_number.then(|| number.parse().ok()).flatten().map(|number| (number, rest))
}

fn direction(text: &str) -> (&str, Option<i64>) {
    match (text.strip_suffix(" ago"), text.strip_suffix(" from now")) {
        (Some(unit), _) => (unit, Some(-1)),
        (_, Some(unit)) => (unit, Some(1)),
        _ => (text, None),
    }
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7.0 * DAY,
        "mo" | "month" | "months" => 30.0 * DAY,
        "y" | "yr" | "yrs" | "year" | "years" => 365.25 * DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_are_read_in_every_unit_and_any_case() {
        for (text, seconds) in [
            ("900s", 900),
            ("15m", 900),
            ("15 Minutes", 900),
            ("1h", 3600),
            ("2 HRS", 7200),
            ("1 day", 86_400),
            ("7d", 604_800),
            ("1w", 604_800),
            ("1mo", 2_592_000),
            ("1y", 31_557_600),
            ("0s", 0),
            ("+ 5 sec", 5),
            ("-5m", -300),
            (" 5m", 300),
            ("5m ago", -300),
            ("5 mins from now", 300),
        ] {
            assert_eq!(parse_span(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn decimals_are_rounded_to_whole_seconds() {
        assert_eq!(parse_span("1.5h"), Ok(5400));
        assert_eq!(parse_span("0.4s"), Ok(0));
        assert_eq!(parse_span("0.5s"), Ok(1));
        assert_eq!(parse_span("-0.5s"), Ok(-1));
    }

    #[test]
    fn a_bare_number_is_refused_with_the_hint_to_name_seconds() {
        assert!(parse_span("900").unwrap_err().ends_with("write \"900s\""));
        assert!(parse_span("-5").unwrap_err().ends_with("write \"-5s\""));
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in [
            "",
            "abc",
            "m",
            "1.m",
            ".5m",
            "1..5m",
            "1.5.2m",
            "5  m",
            "5m ",
            "- -5m",
            "-5m ago",
            "+5m from now",
            "5 ago",
            "1e3s",
            "5x",
            "٣m",
        ] {
            assert!(parse_span(text).is_err(), "{text}");
        }
        assert!(parse_span("99999999999999999y").unwrap_err().contains("too long"));
        assert!(parse_span(&format!("{}s", "9".repeat(400))).unwrap_err().contains("too long"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[-+]? ?[0-9.]{0,25} ?[a-z]{0,6}( ago| from now)?") {
            let _ = parse_span(&text);
        }

        #[test]
        fn whole_seconds_are_read_as_they_are(seconds in 0..=9_007_199_254_740_991i64) {
            prop_assert_eq!(parse_span(&format!("{seconds}s")), Ok(seconds));
        }
    }
}
