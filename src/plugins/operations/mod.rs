//! operations: what an operator wants to see of the server, over HTTP, for admins: the configuration in force, and how its
//! parts do.

mod admin;

use std::sync::Arc;

use super::Plugin;
use crate::config::Setting;
use crate::http::readiness::Vitals;
use crate::moments::Moments;

/// The plugin.
pub fn plugin(settings: &Arc<[Setting]>, vitals: &Arc<Vitals>) -> Plugin {
    let endpoints =
        vec![admin::configuration::endpoint(Arc::clone(settings)), admin::health::endpoint(Arc::clone(vitals))];
    Plugin { moments: Arc::new(Nothing), endpoints }
}

struct Nothing;

impl Moments for Nothing {}
