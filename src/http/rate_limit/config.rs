//! `[rate_limit]`. What its table is called stands with the names of the other tables.

use super::super::config::SiteConfig;
use super::rules::{CustomRule, Rule};
use crate::config::{Section, Unset};

/// How often a client may ask.
#[derive(Clone, Debug)]
pub struct RateLimitConfig {
    pub enabled: bool,
    /// For every path that has no other.
    pub rule: Rule,
    /// In the order of their declaration.
    pub custom_rules: Vec<CustomRule>,
    pub storage: Storage,
}

/// Where requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Each replica counts for itself.
    Memory,
    Database,
    /// Redis.
    Secondary,
}

/// A month: what is longer was meant as milliseconds.
const LONGEST: i64 = 2_678_400;
const MOST: i64 = 1_000_000;

impl RateLimitConfig {
    /// Reads `[rate_limit]`.
    pub fn read(root: &mut Section<'_>, site: &SiteConfig, has_secondary: bool) -> Self {
        let production = site.production;
        let mut section = root.table("rate_limit");
        let unset =
            "`true` in production, that is where the host of `base_url` is neither localhost nor a loopback address";
        let doc = "Whether requests are counted, and answered 429 where one client sends too many.";
        let enabled = section.optional_bool("enabled", unset, doc);
        if enabled == Some(false) && production {
            section.warn("enabled", "lets anybody try passwords as fast as they can be hashed");
        }
        let enabled = enabled.unwrap_or(production);
        section.resolve("enabled", enabled.to_string());
        if enabled && site.client_address.disabled {
            section.warn("enabled", "does nothing where `advanced.ip_address.disable_ip_tracking` is `true`");
        }
        let doc = "How long a request counts after the last one that was let through.";
        let window = section.span("window", 10, 1..=LONGEST, doc);
        let doc = "How many requests to one path a client may make within it.";
        let max = section.integer("max", 100, 1..=MOST, doc);
        let rule = Rule::new(window, count(max));
        let custom_rules = custom_rules(&mut section, rule);
        Self { enabled, rule, custom_rules, storage: storage(&mut section, has_secondary) }
    }
}

impl RateLimitConfig {
    /// Whether the database needs a table for them.
    pub fn is_in_database(&self) -> bool {
        self.enabled && self.storage == Storage::Database
    }
}

fn storage(section: &mut Section<'_>, has_secondary: bool) -> Storage {
    const NAME: &str = "storage";
    let choices =
        [("memory", Storage::Memory), ("database", Storage::Database), ("secondary-storage", Storage::Secondary)];
    let unset = "`\"secondary-storage\"` where there is one, else `\"memory\"`";
    let doc = "Where requests are counted: by each replica for itself, or by all together in the database or in Redis.";
    let storage = section.optional_choice(NAME, unset, &choices, &[], doc);
    if storage == Some(Storage::Secondary) && !has_secondary {
        section.refuse(NAME, "needs `secondary_storage.url`");
    }
    storage.unwrap_or(if has_secondary { Storage::Secondary } else { Storage::Memory })
}

/// Reads the rules that an operator has made for paths.
fn custom_rules(section: &mut Section<'_>, general: Rule) -> Vec<CustomRule> {
    let mut table = section.table("custom_rules");
    let mut rules = Vec::new();
    for path in table.own_names() {
        let rule = if table.table(&path).own_names().is_empty() {
            unlimited(&mut table, &path);
            None
        } else {
            let mut own = table.table(&path);
            let doc = "For these paths below the base path, `*` standing for anything but a `/`; `false` in the place of the \
                table is no limit. The first rule that fits counts.";
            let window = own.span("window", general.window / 1000, 1..=LONGEST, doc);
            let max = own.integer("max", i64::from(general.max), 1..=MOST, "How many requests, likewise.");
            Some(Rule::new(window, count(max)))
        };
        rules.push(CustomRule { path, rule });
    }
    rules
}

/// `false` for no limit. In Better Auth a rule can also be a function.
fn unlimited(table: &mut Section<'_>, path: &str) {
    const WANTED: &str = "{ window = 10, max = 100 }, or false for no limit";
    let kind = "`{ window, max }` or `false`";
    table.ask(path, kind, Unset::Says("the limit of all paths"), "No limit for these paths.", |given| {
        match given.value {
            toml::Value::Boolean(false) => Ok(()),
            toml::Value::String(_) => Err(format!("is code in Better Auth and no setting; write {WANTED}")),
            _ => Err(given.mismatch(WANTED)),
        }
    });
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
