//! The options of a Better Auth, set beside the configuration in force: what has a counterpart, as lines of
//! `signet.toml`; what has none; and what is set otherwise here.

mod fit;
mod providers;
mod table;
mod translate;

use std::collections::HashSet;

use self::fit::Fitted;
use self::table::Weight;
use super::Known;
use super::ask::ADOPT;
use super::report::{Level, Report, Topic};
use crate::base::text::parse_span;
use crate::base::{Random, Result};
use crate::config::{MASK, Record, Support};
use crate::crypto::{CookieSigner, Secrets};
use secrecy::SecretString;
use serde_json::Value;

/// Judges the options, and writes them as settings.
pub fn judge(options: &Value, known: &Known<'_>, random: &Random, report: &mut Report) -> Result<()> {
    secret(options, known, report);
    secondary_storage(options, known, report);
    for (path, sentence) in translate::hollow(options) {
        report.note(Topic::Options, "code", format!("{path}: {sentence}."));
    }
    let settings = translate::settings(options);
    let fitted = fit::fit(settings, current(known.record, "base_url"), random);
    let mut told = HashSet::new();
    for (setting, why) in &fitted.refused {
        let (level, sentence) = table::without_counterpart(&setting.path());
        // One line for a provider, however many options it has.
        if setting.path().starts_with("social_providers.") && !told.insert(setting.part().to_owned()) {
            continue;
        }
        let text = match sentence {
            "" => format!("{} has no counterpart: {why}.", setting.theirs),
            sentence => format!("{} has no counterpart: {sentence}.", setting.theirs),
        };
        report.add(level, Topic::Options, "no-counterpart", text, None);
    }
    differences(&fitted, known, report);
    report.note(
        Topic::Options,
        "functions",
        "Functions are not in the JSON. Mails are sent by [mail], definePayload is plugins.jwt.jwt.claims, getSubject is \
         plugins.jwt.jwt.subject; other code of yours has no counterpart.",
    );
    report.settings = fitted.lines();
    Ok(())
}

/// What a key is in force as, as TOML.
fn current<'r>(record: &'r Record, path: &str) -> Option<&'r str> {
    record.entry(path).and_then(|entry| entry.value.as_deref())
}

/// Compares the secrets, and shows none. A signature made with theirs is tried with ours.
fn secret(options: &Value, known: &Known<'_>, report: &mut Report) {
    let listed = options["secrets"].as_array().and_then(|all| all.first()).and_then(|first| first["value"].as_str());
    let Some(theirs) = listed.or_else(|| options["secret"].as_str()).filter(|text| !text.is_empty()) else { return };
    let ours = &known.config.secrets;
    let all = Secrets::new(ours.secrets.clone(), ours.secret.clone());
    let (Ok(all), Ok(theirs)) = (all, Secrets::new(Vec::new(), Some(SecretString::from(theirs)))) else { return };
    let probe = CookieSigner::new(&theirs).sign("probe");
    let accepts = |secrets: &Secrets| CookieSigner::new(secrets).open_decoded(&probe).is_some();
    let first = Secrets::new(Vec::new(), Some(all.current().clone()));
    match (accepts(&all), first.is_ok_and(|first| accepts(&first))) {
        (false, _) => {
            let text = "The secret of the options is not the configured one: every cookie would be refused, and everybody \
                        logged out. Set BETTER_AUTH_SECRET to it.";
            report.bad(Topic::Options, "secret", text);
        }
        (true, false) => {
            let text = "The secret of the options is configured, but not as the current one: Better Auth would refuse the \
                        cookies that Signet signs. Put it first to go back or to run both.";
            report.note(Topic::Options, "secret-order", text);
        }
        (true, true) => report.ok(Topic::Options, "secret", "The secret of the options is the configured one."),
    }
}

/// Sessions that are in Redis alone are in no table.
fn secondary_storage(options: &Value, known: &Known<'_>, report: &mut Report) {
    if options["secondaryStorage"].is_null() || known.config.session_home.adopt {
        return;
    }
    match options["session"]["storeSessionInDatabase"].as_bool() {
        Some(true) => {
            let text = "secondaryStorage: sessions are in the database too, so nobody is logged out without it. Set \
                        secondary_storage.url to share them and the limits.";
            report.note(Topic::Options, "secondary-storage", text);
        }
        _ => {
            let text = format!(
                "secondaryStorage: Better Auth keeps sessions there and in no table, so everybody would be logged out. Set \
                 secondary_storage.url and {ADOPT} = true."
            );
            report.bad(Topic::Options, "secondary-storage", text);
        }
    }
}

/// Whether two values mean the same: a span of time is a number of seconds or a text.
fn is_same(one: Option<&str>, other: Option<&str>) -> bool {
    let seconds = |value: &str| value.parse().ok().or_else(|| parse_span(value.trim_matches('"')).ok());
    one == other || one.and_then(seconds).is_some_and(|span| other.and_then(seconds) == Some(span))
}

/// What is set otherwise here than there.
fn differences(fitted: &Fitted, known: &Known<'_>, report: &mut Report) {
    let Some(theirs) = &fitted.record else { return };
    let ours = known.record;
    let built = theirs.entries.iter().chain(&ours.entries).filter(|entry| entry.support == Support::Built);
    let mut paths: Vec<&str> = built.map(|entry| entry.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let listed = fitted.accepted.iter().find(|setting| setting.path() == providers::LIST);
    let mut differences =
        listed.map_or(0, |listed| providers::compare(listed.value(), &known.config.providers, report));
    for path in paths {
        let weight = table::weight(path);
        let told = fitted.accepted.iter().any(|setting| !setting.implied && setting.path() == path);
        if !told && (weight == Weight::None || table::ELSEWHERE_TOO.contains(&path)) {
            continue;
        }
        // A provider that only one of the two has is told of by its client id.
        let named = path.strip_prefix("social_providers.").and_then(|rest| rest.split_once('.'));
        if let Some((provider, option)) = named {
            let client = format!("social_providers.{provider}.client_id");
            if option != "client_id" && (current(theirs, &client).is_none() || current(ours, &client).is_none()) {
                continue;
            }
        }
        let (there, here) = (current(theirs, path), current(ours, path));
        let shown = |value: Option<&str>| value.unwrap_or("not set").to_owned();
        let masked = |value: Option<&str>| value.is_some_and(|value| value.contains(MASK));
        if is_same(there, here) || path == providers::LIST || (masked(there) && masked(here)) {
            continue;
        }
        let harm = weight.harm(there, here);
        if harm.is_none() && !told {
            continue;
        }
        let (level, why) = match harm {
            Some(why) => (Level::Bad, format!(": {why}")),
            None => (Level::Note, String::new()),
        };
        differences += 1;
        let text = format!("`{path}` is {} here and {} at Better Auth{why}.", shown(here), shown(there));
        report.add(level, Topic::Options, "difference", text, None);
    }
    if differences == 0 {
        report.ok(Topic::Options, "same", "What has a counterpart is set as at Better Auth.");
    }
}
