//! Users whom another program keeps out, by a ban or a second factor that nothing here enforces: let in with a password
//! alone they would have got past it. What holds for them is said by the configuration, and unless it is, nothing starts.

use crate::base::{Error, Result, code};
use crate::config::Section;
use crate::store::Store;
use crate::store::bars::{Bar, BarKind, COUNTED};

/// What is done about such users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unenforced {
    /// With any of them there the server does not start, and whoever becomes one later is turned away.
    Stop,
    /// They are turned away.
    Refuse,
    /// They are let in.
    Allow,
}

/// What is done about each kind.
#[derive(Clone, Copy, Debug)]
pub struct GuardsConfig {
    pub bans: Unenforced,
    pub second_factors: Unenforced,
}

/// The bars of the database, and what is done about each.
pub struct Guards {
    store: Store,
    bars: Vec<(Bar, Unenforced)>,
}

impl GuardsConfig {
    /// Reads them out of `[user]`.
    pub fn read(section: &mut Section<'_>) -> Self {
        let choices = [("stop", Unenforced::Stop), ("refuse", Unenforced::Refuse), ("allow", Unenforced::Allow)];
        let doc = "With `plugins.admin` off, and users whom a Better Auth has banned: `\"stop\"` does not start, `\"refuse\"` \
            turns them away, `\"allow\"` lets them in.";
        let bans = section.choice("unenforced_bans", &choices, &[], doc);
        let doc = "With users who have a second factor, which Signet cannot ask for: `\"stop\"` does not start, `\"refuse\"` \
            turns them away at sign-in, `\"allow\"` lets them in without it.";
        let second_factors = section.choice("unenforced_second_factors", &choices, &[], doc);
        Self { bans, second_factors }
    }

    pub fn of(self, kind: BarKind) -> Unenforced {
        match kind {
            BarKind::Ban => self.bans,
            BarKind::SecondFactor => self.second_factors,
        }
    }
}

impl Guards {
    /// Looks for the columns.
    pub async fn find(store: &Store, config: GuardsConfig) -> Result<Self> {
        let bars = store.unenforced_bars().await?.into_iter().map(|bar| {
            let policy = config.of(bar.kind);
            (bar, policy)
        });
        Ok(Self { store: store.clone(), bars: bars.filter(|(_, policy)| *policy != Unenforced::Allow).collect() })
    }

    /// Whether the server may start.
    ///
    /// # Errors
    /// One line that says who is concerned, and what to do.
    pub async fn check_start(&self) -> Result<()> {
        for (bar, policy) in &self.bars {
            let count = if *policy == Unenforced::Stop { self.store.barred(bar).await? } else { 0 };
            if count > 0 {
                return Err(Error::broken(told(bar.kind, count)));
            }
        }
        Ok(())
    }

    /// Whether a user may have a new session or, with `goes_on`, go on with one: whoever opened that has shown the second
    /// factor.
    ///
    /// # Errors
    /// 403 `BANNED_USER`, `SECOND_FACTOR_REQUIRED`.
    pub async fn admit(&self, user_id: &str, goes_on: bool) -> Result<()> {
        let asked = self.bars.iter().filter(|(bar, _)| !(goes_on && bar.kind == BarKind::SecondFactor));
        for (bar, _) in asked {
            if self.store.is_barred(bar, user_id).await? {
                let code = match bar.kind {
                    BarKind::Ban => code::BANNED_USER,
                    BarKind::SecondFactor => code::SECOND_FACTOR_REQUIRED,
                };
                return Err(Error::refused(403, code));
            }
        }
        Ok(())
    }
}

fn told(kind: BarKind, count: i64) -> String {
    let (are, have) = if count == 1 { ("is", "has") } else { ("are", "have") };
    let users = match count {
        1 => "1 user".to_owned(),
        COUNTED => format!("{COUNTED} users or more"),
        _ => format!("{count} users"),
    };
    match kind {
        BarKind::Ban => format!(
            "{users} of this database {are} banned, and plugins.admin is off, so nothing would keep them out. Set \
             plugins.admin.enabled = true; or user.unenforced_bans = \"refuse\" to turn them away, \"allow\" to let them in"
        ),
        BarKind::SecondFactor => format!(
            "{users} of this database {have} a second factor, which Signet cannot ask for. Keep Better Auth for \
             their sign-ins and set user.unenforced_second_factors = \"refuse\" to turn them away here; or \"allow\" to let \
             them in without it"
        ),
    }
}
