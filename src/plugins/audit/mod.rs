//! audit: what the audit trail tells, to admins and to users of themselves. `docs/audit.md` says what is in it.

mod admin;
mod asked;
mod counts;
mod list_activity;
mod shown;

use std::sync::Arc;

use super::Plugin;
use crate::moments::Moments;
use crate::store::Store;
use crate::store::audit::config::AuditConfig;

/// The plugin, where there is a trail.
pub fn plugin(config: &AuditConfig, store: &Store) -> Option<Plugin> {
    let endpoints = vec![
        admin::audit::endpoint(),
        admin::audit::export::endpoint(),
        admin::audit::counts::endpoint(store.clock().clone()),
        list_activity::endpoint(),
    ];
    config.enabled.then(|| Plugin { moments: Arc::new(Nothing), endpoints })
}

/// The plugin has no say in anything.
struct Nothing;

impl Moments for Nothing {}
