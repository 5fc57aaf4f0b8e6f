//! `deploy/prometheus/alerts.yml`: rules that Prometheus takes, that fire when they should, and that are explained.

use std::collections::BTreeSet;

use super::metrics::{Scrape, busy};
use super::promtool;

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/prometheus/alerts.yml");
const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deploy/alerts.yml");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The words that stand after a beginning: `SignetGone` after `- alert: `.
fn words_after(text: &str, beginning: &str) -> BTreeSet<String> {
    let is_of_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let rests = text.split(beginning).skip(1);
    rests.map(|rest| rest.chars().take_while(|char| is_of_word(*char)).collect()).collect()
}

#[test]
fn prometheus_takes_the_rules() {
    assert_eq!(promtool(&["check", "rules", RULES], ""), (true, String::new()));
}

#[test]
fn each_alert_fires_when_it_should_and_no_other_does() {
    let (passed, said) = promtool(&["test", "rules", TESTS], "");
    assert!(passed, "{said}");
}

#[test]
fn every_alert_is_tested_and_explained() {
    let alerts = words_after(&read(RULES), "- alert: ");
    assert!(alerts.contains("SignetKeyTooOld"), "{alerts:?}");
    assert_eq!(words_after(&read(TESTS), "alertname=\""), alerts, "tested");
    assert_eq!(words_after(&read(PAGE), "\n| `Signet"), words_after(&read(RULES), "- alert: Signet"), "explained");
}

#[actix_web::test]
async fn alerts_are_about_metrics_that_there_are() {
    let served: BTreeSet<String> = Scrape::of(&busy().await).await.kinds.into_keys().collect();
    for file in [RULES, TESTS] {
        let asked: BTreeSet<_> =
            words_after(&read(file), "signet_").iter().map(|name| format!("signet_{name}")).collect();
        assert!(asked.is_subset(&served), "{file}: {:?}", asked.difference(&served));
    }
}
