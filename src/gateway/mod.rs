//! The gateway: other services behind this one. Browsers keep their cookie, the services see a token that lives for
//! minutes, and neither sees the other's.
//!
//! What is passed on is streamed in both directions. The path stays below the prefix and below the upstream, headers that
//! say who somebody is are ours alone, and cookies of ours go neither there nor come from there. `docs/gateway.md` has all
//! of it.

mod cache;
mod clients;
pub mod config;
mod cookies;
mod forwarded;
mod headers;
mod path;
mod refusal;
mod seen;
mod tunnel;
mod upload;
mod way;

use std::sync::Arc;

use self::clients::Clients;
use self::config::RouteConfig;
use self::cookies::OurCookies;
use self::forwarded::Site;
use self::way::Way;
use crate::base::{Clock, Error, Result};
use crate::http::beyond::{Beyond, Found, Passage};
use crate::http::config::SiteConfig;
use crate::outbound::Direct;
use crate::session::cookies::Cookies;
use crate::tokens::Tokens;

/// The ways to other services.
pub struct Gateway {
    /// Longest prefix first.
    ways: Vec<Way>,
}

impl Gateway {
    /// None where no route is configured.
    ///
    /// # Errors
    /// Where a route names a template that is none, or no client can be made.
    pub fn new(
        routes: &[RouteConfig],
        site: &SiteConfig,
        cookies: &Cookies,
        tokens: Option<&Arc<Tokens>>,
        clock: &Clock,
    ) -> Result<Option<Self>> {
        let Some(tokens) = tokens.filter(|_| !routes.is_empty()) else { return Ok(None) };
        let ours = Arc::new(OurCookies::new(cookies, &site.cookies.prefix));
        let place = Arc::new(Site::new(&site.base_url));
        let direct = Arc::new(Direct::new().map_err(Error::broken)?);
        let mut ways = Vec::new();
        for route in routes {
            if tokens.template(route.template.as_deref()).is_none() {
                let template = route.template.as_deref().unwrap_or_default();
                let text =
                    format!("gateway.routes names the template {template:?} for {}, and there is none", route.label());
                return Err(Error::broken(text));
            }
            let clients = Clients::new(Arc::clone(&direct), route.connect_timeout);
            ways.push(Way::new(route, clients, (Arc::clone(&ours), Arc::clone(&place)), Arc::clone(tokens), clock));
        }
        ways.sort_by_key(|way| std::cmp::Reverse(way.prefix_length()));
        Ok(Some(Self { ways }))
    }
}

impl Beyond for Gateway {
    /// The longest prefix has a path. Where a laxer server than this one would see another prefix in it, the path is
    /// nobody's: it could slip the checks of that prefix by its spelling.
    fn find(&self, path: &str) -> Found<'_> {
        let Some(path) = path::plain(path) else { return Found::Unclear };
        let place = |path: &str, lax: bool| self.ways.iter().position(|way| way.covers(path, lax));
        match (place(&path, false), place(&path::lax(&path), true)) {
            (Some(exact), Some(lax)) if exact == lax => Found::Passage(&self.ways[exact], path.into_owned()),
            _ => Found::Nowhere,
        }
    }

    fn passages(&self) -> Vec<&dyn Passage> {
        self.ways.iter().map(|way| way as &dyn Passage).collect()
    }
}
