//! Time as the protocol knows it: milliseconds since 1970 UTC, one text form, and a clock that is passed in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;

/// What a four-digit year can say: 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
const YEARS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// A moment with JavaScript's precision: whole milliseconds since 1970-01-01T00:00:00Z, within the years 0 to 9999.
///
/// Its text form, on the wire and in SQLite, is always `2026-11-20T11:27:50.364Z`, so that texts compare as moments do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment so many milliseconds after 1970, held within the years 0 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(*YEARS.start(), *YEARS.end()))
    }

    /// The moment so many seconds after 1970, held within the years 0 to 9999.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970, as `Date.getTime()` gives them.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down: a JWT's NumericDate.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment moved by seconds, which may be negative.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// This moment moved by milliseconds, which may be negative.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this moment, negative if `earlier` is later.
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Reads an ISO 8601 date and time with any offset and precision; what is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
        Some(Self::from(moment))
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        Self::from_millis((moment.unix_timestamp_nanos().div_euclid(1_000_000)) as i64)
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(moment: Timestamp) -> Self {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.0) * 1_000_000)
            .expect("a Timestamp lies within the years 0 to 9999")
    }
}

impl fmt::Display for Timestamp {
    /// Digit by digit: each line of the log and each answer that shows a session has some.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp(self.seconds()).map_err(|_| fmt::Error)?;
        let (year, month, day) = moment.to_calendar_date();
        let (hour, minute, second) = moment.to_hms();
        let mut text = *b"0000-00-00T00:00:00.000Z";
        write_digits(&mut text[..4], year.unsigned_abs());
        write_digits(&mut text[5..7], u8::from(month).into());
        write_digits(&mut text[8..10], day.into());
        write_digits(&mut text[11..13], hour.into());
        write_digits(&mut text[14..16], minute.into());
        write_digits(&mut text[17..19], second.into());
        write_digits(&mut text[20..23], self.0.rem_euclid(1000) as u32);
        formatter.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The last digits of a number, as many as there are places.
fn write_digits(places: &mut [u8], mut number: u32) {
    for place in places.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where the time comes from: the machine, or a test's hand.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved; its copies move with it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at a moment until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.millis())))
    }

    /// The present moment.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
                Timestamp::from_millis(since.as_millis() as i64)
            }
            Self::Manual(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock; the machine's clock cannot be moved and stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(millis) = self {
            millis.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_three_digits_and_z() {
        assert_eq!(Timestamp::from_millis(1_795_174_070_364).to_string(), "2026-11-20T11:27:50.364Z");
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MIN).to_string(), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn what_is_written_can_be_read_and_offsets_are_resolved() {
        let moment = Timestamp::from_millis(1_795_174_070_364);
        assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment));
        assert_eq!(Timestamp::parse("2026-11-20T12:27:50.364999+01:00"), Some(moment));
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn seconds_are_rounded_down_also_before_1970() {
        assert_eq!(Timestamp::from_millis(1999).seconds(), 1);
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
    }
}
