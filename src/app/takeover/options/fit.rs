//! Settings that this version takes, found by loading them: what the loader refuses has no counterpart.

use super::translate::Setting;
use crate::app::Config;
use crate::base::Random;
use crate::base::random::ALPHANUMERIC;
use crate::config::{Record, Sources};

/// Settings, sorted out.
pub struct Fitted {
    pub accepted: Vec<Setting>,
    /// Each with the loader's word on it.
    pub refused: Vec<(Setting, String)>,
    /// What a deployment with the accepted ones would be; none where they do not load at all.
    pub record: Option<Record>,
    /// What one without any would be.
    defaults: Option<Record>,
}

/// Loads the settings, and takes out what is refused until they load. Derived defaults are those of the base URL in force
/// where the options name none.
pub fn fit(settings: Vec<Setting>, base_url: Option<&str>, random: &Random) -> Fitted {
    let secret = random.text(43, ALPHANUMERIC);
    let named = settings.iter().find(|setting| setting.path() == "base_url").map(Setting::line);
    let base = named.or_else(|| base_url.map(|url| format!("base_url = {url}"))).unwrap_or_default();
    let load = |settings: &[Setting]| {
        let variables = settings.iter().filter_map(|setting| setting.variable.clone());
        let mut environment: Vec<_> = variables.map(|name| (name, "x".repeat(43))).collect();
        environment.push(("BETTER_AUTH_SECRET".to_owned(), secret.clone()));
        let lines = settings.iter().filter(|setting| setting.path() != "base_url").map(Setting::line);
        let text = [base.clone()].into_iter().chain(lines).collect::<Vec<_>>().join("\n");
        Config::load(&Sources { text: Some(text), environment, ..Sources::default() })
    };
    let defaults = load(&[]).ok().map(|(_, record)| record);
    let (mut accepted, mut refused) = (settings, Vec::new());
    let record = loop {
        match load(&accepted) {
            Ok((_, record)) => break Some(record),
            Err(faults) => {
                let before = accepted.len();
                for fault in faults {
                    let is_meant = |setting: &mut Setting| concerns(&fault.key, &setting.path());
                    refused.extend(accepted.extract_if(.., is_meant).map(|setting| (setting, fault.text.clone())));
                }
                // What is at fault is none of them: nothing can be said.
                if accepted.len() == before {
                    break None;
                }
            }
        }
    };
    Fitted { accepted, refused, record, defaults }
}

/// Whether a fault of a key is about a setting: it is that one, or one above or below it.
fn concerns(fault: &str, setting: &str) -> bool {
    let below = |path: &str, above: &str| path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'));
    let setting = setting.strip_suffix("_env").unwrap_or(setting);
    fault == setting || below(setting, fault) || below(fault, setting)
}

impl Fitted {
    /// The lines of a `signet.toml` with what differs from the defaults.
    pub fn lines(&self) -> Vec<String> {
        let value = |record: &Option<Record>, path: &str| {
            record.as_ref().and_then(|record| record.entry(path)).and_then(|entry| entry.value.clone())
        };
        let changes = self.accepted.iter().filter(|setting| {
            let path = setting.path();
            let (set, unset) = (value(&self.record, &path), value(&self.defaults, &path));
            set.is_none() || set != unset || path == "base_url"
        });
        changes.map(Setting::line).collect()
    }
}
