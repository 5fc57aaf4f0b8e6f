//! The parts of a server, and how they are put together.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::database::{open_secondary, open_store_with};
use super::keys::{keeper, secrets};
use super::{Config, beside, import};
use crate::base::text::origin::TrustedOrigins;
use crate::base::{Clock, Error, Random, Result};
use crate::crypto::jose::Hs256;
use crate::crypto::{CookieSigner, Passwords, Sealer, Secrets};
use crate::gateway::Gateway;
use crate::gateway::config::RouteConfig;
use crate::http::beyond::Beyond;
use crate::http::cors::Cors;
use crate::http::house::House;
use crate::http::page::ErrorPage;
use crate::http::rate_limit::{RateLimits, Shared};
use crate::http::readiness::{Stopping, Vitals};
use crate::http::router::Router;
use crate::http::serve::Service;
use crate::http::traffic::Traffic;
use crate::http::visit::RequestIds;
use crate::keyring::{Keeper, Policy};
use crate::mail::{self, Mail, Postman, Writer};
use crate::oauth::OAuth;
use crate::oauth::config::AccountConfig;
use crate::outbound::Outbound;
use crate::outbox::{Carrier, Outbox};
use crate::pages::{Features, Pages};
use crate::plugins::admin::config::AdminConfig;
use crate::plugins::discovery::Discovered;
use crate::plugins::revocations::Feed;
use crate::plugins::{self, Plugin};
use crate::routes;
use crate::session::Sessions;
use crate::session::account_cookie::AccountCookie;
use crate::session::cookie_cache::CookieCache;
use crate::session::cookies::Cookies;
use crate::store::Store;
use crate::store::config::DatabaseUrl;
use crate::tokens::Tokens;
use crate::traces::Traces;
use crate::users::admins::Admins;
use crate::users::first_admin::FirstAdmin;
use crate::users::guards::Guards;
use crate::users::sign_ins::SignIns;
use crate::webhooks::{self, Messenger, Reporter};

/// How long a start waits for a database that is away.
const PATIENCE: Duration = Duration::from_secs(30);
/// The parts of a server, without its listener.
pub struct Parts {
    pub house: Arc<House>,
    cors: Option<Cors>,
    pub outbox: Arc<Outbox>,
    pub(super) vitals: Arc<Vitals>,
    /// What was revoked lately. None where nobody is to hear of it.
    pub(super) feed: Option<Arc<Feed>>,
    /// Who takes what from the outbox. Without any, nobody looks there.
    pub(super) carriers: Vec<Arc<dyn Carrier>>,
    /// None where the jwt plugin is off.
    pub keeper: Option<Arc<Keeper>>,
    plugins: Vec<Plugin>,
    pages: Arc<Pages>,
    gateway: Option<Gateway>,
    pub(super) config: Config,
}

/// Whose pages may call from scripts.
fn cors(config: &Config) -> Result<Option<Cors>> {
    let origins = TrustedOrigins::new(&config.site.origin, config.cors.origins.clone()).map_err(Error::broken)?;
    Ok(config.cors.enabled.then_some(Cors { origins, max_age: config.cors.max_age }))
}

/// Who writes and sends the mails.
fn postman(
    config: &Config,
    store: &Store,
    secrets: &Secrets,
    outbound: Outbound,
    (clock, random): (Clock, Random),
) -> Result<Option<Postman>> {
    let writer = Writer {
        store: store.clone(),
        tokens: Hs256::new(secrets),
        random: random.clone(),
        base_url: format!("{}{}", config.site.origin, config.site.base_path),
        user_fields: config.user.additional_fields.clone(),
        lives: mail::Lives {
            verification: config.email_verification.expires_in,
            reset_password: config.email_and_password.reset_password_token_expires_in,
            delete_account: config.user.delete_token_expires_in,
        },
    };
    Postman::new(&config.mail, &config.site.app_name, writer, outbound, clock).map_err(Error::broken)
}

/// Refuses a route that is to read the database whatever is cached, and that nobody serves: it may be misspelt.
fn check_routes(always_read: &[String], plugins: &[Plugin], gateway: &[RouteConfig]) -> Result<()> {
    let core = routes::endpoints();
    let is_route = |named: &String| {
        let mut all = core.iter().chain(plugins.iter().flat_map(|plugin| &plugin.endpoints));
        let is_prefix = gateway.iter().any(|route| route.label() == named);
        named == "*" || is_prefix || all.any(|endpoint| *endpoint.path == **named)
    };
    always_read.iter().find(|named| !is_route(named)).map_or(Ok(()), |named| {
        Err(Error::broken(format!("session.cookie_cache.always_read names {named}, which is no route of this server")))
    })
}

/// What the pages have to show.
fn features(config: &Config) -> Features {
    let open_api = Some(&config.open_api).filter(|open_api| open_api.enabled && !open_api.disable_default_reference);
    Features {
        username: config.username.enabled,
        admin: config.admin.enabled,
        keys: config.jwt.enabled,
        audit: config.audit.enabled,
        jwks_path: config.jwt.enabled.then(|| config.jwt.jwks.jwks_path.clone()),
        reference_path: open_api.map(|open_api| open_api.path.clone()),
    }
}

/// Who makes the first admin, where somebody with a password can be one for longer than the process lives.
fn first_admin(config: &Config, store: &Store) -> Option<FirstAdmin> {
    let AdminConfig { enabled, admins, default_role, .. } = &config.admin;
    let lasts = !matches!(config.database.url, DatabaseUrl::Nowhere);
    let wanted = *enabled && config.email_and_password.enabled && lasts;
    wanted.then(|| FirstAdmin::new(store.clone(), admins, default_role)).flatten()
}

/// The plugins for those who verify tokens, and the feed of what was revoked, which is up to date.
async fn about_tokens(
    config: &Config,
    store: &Store,
    tokens: Option<&Arc<Tokens>>,
) -> Result<(Option<Arc<Feed>>, Vec<Plugin>)> {
    let Some(tokens) = tokens else { return Ok((None, Vec::new())) };
    let servers = Arc::new(config.resource_servers.clone());
    let mut plugins: Vec<Plugin> = plugins::resource_servers::plugin(&servers, tokens).into_iter().collect();
    let enabled = config.revocations.enabled;
    plugins.push(plugins::discovery::plugin(
        &config.site,
        &Discovered {
            issuer: tokens.default().issuer(),
            algorithms: config.jwt.key_kinds().iter().map(|kind| kind.algorithm.as_str()).collect(),
            jwks_path: &config.jwt.jwks.jwks_path,
            introspects: !servers.is_empty(),
            revocations_path: enabled.then_some(plugins::revocations::PATH),
        },
    )?);
    if !enabled {
        return Ok((None, plugins));
    }
    if let Some(lifetime) = config.jwt.longest_life_of_a_sessions_token() {
        // A cookie that was not taken back makes tokens for as long as the cache is believed.
        let cache = &config.session.cookie_cache;
        store.list_ended_sessions(lifetime + if cache.enabled { cache.max_age } else { 0 });
    }
    let feed = Arc::new(Feed::new(store.clone()));
    feed.look().await?;
    plugins.extend(plugins::revocations::plugin(&config.revocations, &feed, tokens, &servers));
    Ok((Some(feed), plugins))
}

impl Parts {
    /// Opens the database, brings it up to date, and puts everything together.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database is away.
    pub async fn assemble(config: Config, clock: Clock, random: Random) -> Result<Self> {
        Self::assemble_with(config, None, clock, random).await
    }

    /// As [`Parts::assemble_with`], but a database that is away is waited for: it may be starting beside this server.
    pub async fn assemble_patiently(
        config: Config,
        policy: Option<Policy>,
        clock: Clock,
        random: Random,
    ) -> Result<Self> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match Self::assemble_with(config.clone(), policy, clock.clone(), random.clone()).await {
                Err(Error::Unavailable { reason, .. }) if tokio::time::Instant::now() < deadline => {
                    tracing::warn!("waiting for the database: {reason}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// As [`Parts::assemble`], with a key policy made by hand in place of the configured and corrected one.
    pub async fn assemble_with(config: Config, policy: Option<Policy>, clock: Clock, random: Random) -> Result<Self> {
        let secondary = open_secondary(&config, &clock).await?;
        let store = open_store_with(&config, secondary, clock.clone(), random.clone()).await?;
        store.migrate().await?;
        let secrets = secrets(&config)?;
        let keeper = if config.jwt.enabled {
            let keeper = keeper(&config, policy, &secrets, store.clone(), clock.clone(), random.clone())?;
            keeper.look().await?;
            if let Some(fault) = beside::fault_of_keys(&keeper, config.side_by_side.as_ref())? {
                return Err(Error::broken(fault));
            }
            import::import(&keeper, &config.jwt.jwks).await?;
            keeper.tick().await?;
            Some(Arc::new(keeper))
        } else {
            None
        };
        let passwords =
            Passwords::new(config.email_and_password.password.clone(), random.clone()).map_err(Error::broken)?;
        for stored in store.password_samples().await? {
            passwords.kind_of(stored.expose_secret()).into_iter().for_each(|kind| passwords.note_present(kind));
        }
        let signer = || CookieSigner::new(&secrets);
        let cookies = Cookies::new(&config.site.cookies, signer());
        let sessions = Sessions::new(config.session.clone(), cookies, store.clone(), clock.clone(), random.clone());
        let session_fields = &config.session.additional_fields;
        let cookie_cache = &config.session.cookie_cache;
        let cache = CookieCache::new(cookie_cache, &secrets, session_fields, &config.user.additional_fields);
        // Without a database a row is this process's alone; a cookie finds its way back to any.
        let state_in_cookie = config.account.state_in_cookie || cookie_cache.stateless;
        let keeps_account = config.account.store_account_cookie || cookie_cache.stateless;
        let account_cookie = keeps_account.then(|| AccountCookie::new(&secrets, cookie_cache.max_age));
        let sessions = sessions.cached(cache).with_accounts(account_cookie, state_in_cookie);
        let tokens = keeper.as_ref().map(|keeper| {
            let (kinds, ring) = ((&config.jwt.token, config.jwt.templates.as_slice()), Arc::clone(keeper.ring()));
            Arc::new(Tokens::new(kinds, &config.site.origin, ring, (clock.clone(), random.clone())))
        });
        let jwt = keeper
            .as_ref()
            .zip(tokens.as_ref())
            .map(|(keeper, tokens)| plugins::jwt::plugin(&config.jwt, &config.site, keeper, Arc::clone(tokens)));
        let admin = plugins::admin::plugin(&config.admin, store.clone(), clock.clone());
        let bearer = plugins::bearer::plugin(&config.bearer, signer());
        let username = plugins::username::plugin(&config.username, store.clone());
        let (time, chance) = (clock.clone(), random.clone());
        let token_api =
            plugins::token_api::plugin(&config.token_api, &config.site, tokens.as_ref(), store.clone(), (time, chance));
        let audit = plugins::audit::plugin(&config.audit, &store);
        let forward_auth = plugins::forward_auth::plugin(&config.forward_auth, &config.site);
        let plugins = [admin, audit, jwt, bearer, username, token_api, forward_auth];
        let mut plugins: Vec<Plugin> = plugins.into_iter().flatten().collect();
        let (feed, about_tokens) = about_tokens(&config, &store, tokens.as_ref()).await?;
        plugins.extend(about_tokens);
        let sealer = Sealer::new(&secrets);
        let outbox =
            Outbox::new(store.clone(), sealer, random.clone(), clock.clone(), &[mail::CARRIER, webhooks::CARRIER]);
        let outbox = Arc::new(outbox);
        let vitals = Arc::new(Vitals {
            ring: keeper.as_ref().map(|keeper| Arc::clone(keeper.ring())),
            outbox: Arc::clone(&outbox),
            stopping: Stopping::default(),
            started_at: clock.now(),
        });
        plugins.push(plugins::operations::plugin(&config.settings, &vitals));
        let core = routes::endpoints();
        let all = core.iter().chain(plugins.iter().flat_map(|plugin| &plugin.endpoints));
        let moved = [("/jwks", config.jwt.jwks.jwks_path.as_str()), ("/api/v1", config.token_api.base_path.as_str())];
        let open_api = plugins::open_api::plugin(&config.open_api, &config.site, all, &moved)?;
        plugins.extend(open_api);
        check_routes(&cookie_cache.always_read, &plugins, &config.gateway)?;
        let trusted =
            TrustedOrigins::new(&config.site.origin, config.site.trusted_origins.clone()).map_err(Error::broken)?;
        let outbound = Outbound::default();
        let postman = postman(&config, &store, &secrets, outbound.clone(), (clock.clone(), random.clone()))?;
        let postman = postman.map(|postman| Arc::new(postman) as Arc<dyn Carrier>);
        let messenger = config.webhooks.as_ref().map(|wanted| {
            let user_fields = config.user.additional_fields.clone();
            store.watch(Arc::new(Reporter::new(wanted, user_fields, outbox.packer(), clock.clone())));
            Arc::new(Messenger::new(wanted, outbound.clone(), clock.clone())) as Arc<dyn Carrier>
        });
        let carriers = postman.into_iter().chain(messenger).collect();
        let oauth = OAuth::new(
            AccountConfig { state_in_cookie, ..config.account.clone() },
            config.providers.clone(),
            &secrets,
            (store.clone(), outbound.clone()),
            (clock.clone(), random.clone()),
        );
        let (limits, shared) = (&config.rate_limit, Shared::of(&config.rate_limit, &store));
        let rate_limits = RateLimits::new(limits, &config.site, shared, clock.clone());
        let guards = Guards::find(&store, config.user.guards).await?;
        let pages = Pages::new(&config.pages, &config.site, features(&config));
        let house = House {
            first_admin: first_admin(&config, &store),
            trusted,
            guards,
            site: config.site.clone(),
            email_and_password: config.email_and_password.clone(),
            email_verification: config.email_verification,
            mail: Mail::new(&config.mail, Arc::clone(&outbox)),
            user_fields: config.user.additional_fields.clone(),
            session_fields: config.session.additional_fields.clone(),
            user: config.user.clone(),
            error_url: config.error_url.clone(),
            error_page: Arc::clone(&pages) as Arc<dyn ErrorPage>,
            store,
            sessions,
            passwords,
            mail_tokens: Hs256::new(&secrets),
            clock,
            random,
            outbound,
            oauth,
            admins: Admins {
                tokens: config.admin_tokens.clone(),
                users: config.admin.enabled.then(|| config.admin.admins.clone()),
            },
            sign_ins: SignIns::default(),
            tokens,
            rate_limits,
            stateless: cookie_cache.stateless,
            moments: plugins.iter().map(|plugin| Arc::clone(&plugin.moments)).collect(),
        };
        let (cookies, tokens) = (&house.sessions.cookies, house.tokens.as_ref());
        let gateway = Gateway::new(&config.gateway, &config.site, cookies, tokens, &house.clock)?;
        Ok(Self {
            house: Arc::new(house),
            cors: cors(&config)?,
            outbox,
            vitals,
            feed,
            carriers,
            keeper,
            plugins,
            pages,
            gateway,
            config,
        })
    }

    pub(super) fn service(&mut self, traces: Traces) -> Service {
        let endpoints =
            routes::endpoints().into_iter().chain(self.plugins.drain(..).flat_map(|plugin| plugin.endpoints));
        let endpoints = endpoints.chain(self.pages.endpoints());
        Service {
            house: Arc::clone(&self.house),
            router: Router::new(&self.config.site, endpoints.collect())
                .with_beyond(self.gateway.take().map(|gateway| Box::new(gateway) as Box<dyn Beyond>)),
            cors: self.cors.take(),
            body_limit: self.config.server.body_limit,
            strays: Traffic::default(),
            traces,
            request_ids: RequestIds::new(self.house.random.clone()),
        }
    }
}
