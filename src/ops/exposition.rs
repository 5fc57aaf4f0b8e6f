//! Prometheus' text format, version 0.0.4.

use std::fmt::{Display, Write};

use crate::base::meter::{BOUNDS, SpreadReading};

/// What a family of samples is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Families of samples, one after the other.
#[derive(Default)]
pub struct Exposition {
    text: String,
    family: &'static str,
}

type Labels<'a> = [(&'static str, &'a str)];

impl Exposition {
    /// Begins a family.
    pub fn family(&mut self, kind: Kind, name: &'static str, help: &str) -> &mut Self {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.push(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        self.family = name;
        self
    }

    /// Adds a sample of the family.
    pub fn sample(&mut self, labels: &Labels<'_>, value: impl Display) -> &mut Self {
        self.line("", labels, value);
        self
    }

    /// Adds the samples of a histogram, in seconds.
    pub fn spread(&mut self, labels: &Labels<'_>, read: &SpreadReading) -> &mut Self {
        let bounds = BOUNDS.iter().map(|millis| (*millis as f64 / 1000.0).to_string());
        let buckets = bounds.zip(read.up_to).chain([("+Inf".to_owned(), read.count)]);
        for (bound, count) in buckets {
            let labels: Vec<_> = labels.iter().copied().chain([("le", bound.as_str())]).collect();
            self.line("_bucket", &labels, count);
        }
        self.line("_sum", labels, read.sum.as_secs_f64());
        self.line("_count", labels, read.count);
        self
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, suffix: &str, labels: &Labels<'_>, value: impl Display) {
        let family = self.family;
        self.push(format_args!("{family}{suffix}"));
        for (place, (name, value)) in labels.iter().enumerate() {
            let opening = if place == 0 { '{' } else { ',' };
            self.push(format_args!("{opening}{name}=\"{}\"", escaped(value)));
        }
        let closing = if labels.is_empty() { "" } else { "}" };
        self.push(format_args!("{closing} {value}\n"));
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        self.text.write_fmt(text).expect("a String takes all that is written to it");
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::meter::Spread;
    use std::time::Duration;

    #[test]
    fn samples_stand_below_what_they_are() {
        let mut text = Exposition::default();
        text.family(Kind::Gauge, "a", "What a is.").sample(&[], 1).sample(&[("x", "1"), ("y", "a\"\\\nb")], 0.5);
        assert_eq!(
            text.finish(),
            "# HELP a What a is.\n# TYPE a gauge\na 1\na{x=\"1\",y=\"a\\\"\\\\\\nb\"} 0.5\n",
            "and a label's value is one line"
        );
    }

    #[test]
    fn a_histogram_ends_with_all_of_it() {
        let spread = Spread::default();
        spread.note(Duration::from_millis(3));
        spread.note(Duration::from_secs(60));
        let mut text = Exposition::default();
        text.family(Kind::Histogram, "h_seconds", "Some.").spread(&[("x", "1")], &spread.read());
        let text = text.finish();
        for line in [
            "h_seconds_bucket{x=\"1\",le=\"0.002\"} 0",
            "h_seconds_bucket{x=\"1\",le=\"0.005\"} 1",
            "h_seconds_bucket{x=\"1\",le=\"10\"} 1",
            "h_seconds_bucket{x=\"1\",le=\"+Inf\"} 2",
            "h_seconds_sum{x=\"1\"} 60.003",
            "h_seconds_count{x=\"1\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
