//! All statements of this floor, rendered for a deployment.

use super::Store;
use super::account::Accounts;
use super::audit::Audit;
use super::bulk::Bulk;
use super::engine::{Dialect, Statement};
use super::first_admin::FirstAdmins;
use super::outbox::Outboxes;
use super::provider::Providers;
use super::rate_limit::RateLimits;
use super::refresh_token::RefreshTokens;
use super::revocation::Revocations;
use super::session::Sessions;
use super::template::Renderer;
use super::user::Users;
use super::verification::Verifications;
use crate::base::Result;

/// The statements of this floor, rendered.
pub(super) struct Statements {
    pub(super) users: Users,
    pub(super) sessions: Sessions,
    pub(super) accounts: Accounts,
    pub(super) providers: Providers,
    pub(super) verifications: Verifications,
    pub(super) rate_limits: RateLimits,
    pub(super) refresh_tokens: RefreshTokens,
    pub(super) outboxes: Outboxes,
    pub(super) bulk: Bulk,
    pub(super) first_admins: FirstAdmins,
    pub(super) audit: Audit,
    pub(super) revocations: Revocations,
    pub(super) clock: Clocks,
    pub(super) probe: Probe,
}

statements! {
    pub(super) struct Clocks {
        // Not `now()`, which stands still in a transaction, also while that waits for a lock.
        now: "SELECT clock_timestamp() AS now",
    }
}

statements! {
    pub(super) struct Probe {
        answers: "SELECT 1 AS one",
    }
}

impl Statements {
    pub(super) fn render(renderer: &Renderer) -> Result<Self> {
        Ok(Self {
            users: Users::render(renderer)?,
            sessions: Sessions::render(renderer)?,
            accounts: Accounts::render(renderer)?,
            providers: Providers::render(renderer)?,
            verifications: Verifications::render(renderer)?,
            rate_limits: RateLimits::render(renderer)?,
            refresh_tokens: RefreshTokens::render(renderer)?,
            outboxes: Outboxes::render(renderer)?,
            bulk: Bulk::render(renderer)?,
            first_admins: FirstAdmins::render(renderer)?,
            audit: Audit::render(renderer)?,
            revocations: Revocations::render(renderer)?,
            clock: Clocks::render(renderer)?,
            probe: Probe::render(renderer)?,
        })
    }
}

impl Store {
    /// Every statement of this floor. For tests.
    pub fn all_statements(&self) -> Vec<&Statement> {
        let Statements { users, sessions, accounts, providers, verifications, outboxes, .. } = self.statements();
        let Statements { revocations, rate_limits, bulk, first_admins, audit, clock, probe, .. } = self.statements();
        let audit = if self.layout().audit() { audit.all() } else { Vec::new() };
        let revocations = if self.layout().jwt() { revocations.all() } else { Vec::new() };
        let rate_limits = if self.layout().rate_limits() { rate_limits.all() } else { Vec::new() };
        let refresh_tokens = match self.layout().refresh_tokens() {
            true => self.statements().refresh_tokens.all(),
            false => Vec::new(),
        };
        let clock = if self.renderer().dialect == Dialect::Postgres { clock.all() } else { Vec::new() };
        let accounts = [accounts.all(), providers.all(), bulk.all(), first_admins.all()].concat();
        let rows = [users.all(), sessions.all(), accounts, verifications.all(), outboxes.all()].concat();
        [rows, revocations, rate_limits, refresh_tokens, audit, clock, probe.all()].concat()
    }
}
