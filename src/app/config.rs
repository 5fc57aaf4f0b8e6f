//! The whole configuration: every section, read from one set of sources.

use std::sync::Arc;

use super::beside;
use crate::config::secret::SecretsConfig;
use crate::config::{Fault, Reader, Record, Section, Setting, Sources};
use crate::crypto::TokenDigest;
use crate::gateway::config::{self as gateway, RouteConfig};
use crate::http::config::cors::CorsConfig;
use crate::http::config::{ServerConfig, SiteConfig};
use crate::http::rate_limit::config::RateLimitConfig;
use crate::http::resource_servers::ResourceServers;
use crate::logs::config::LogConfig;
use crate::mail::config::MailConfig;
use crate::oauth::config::{AccountConfig, read_social};
use crate::oauth::spec::Spec;
use crate::pages::config::PagesConfig;
use crate::plugins;
use crate::plugins::admin::config::AdminConfig;
use crate::plugins::bearer::config::BearerConfig;
use crate::plugins::forward_auth::config::ForwardAuthConfig;
use crate::plugins::jwt::config::JwtConfig;
use crate::plugins::open_api::config::OpenApiConfig;
use crate::plugins::revocations::config::RevocationsConfig;
use crate::plugins::token_api::config::TokenApiConfig;
use crate::plugins::username::config::UsernameConfig;
use crate::routes;
use crate::session::config::SessionConfig;
use crate::store::audit::config::AuditConfig;
use crate::store::config::{DatabaseConfig, DatabaseUrl, NamesConfig};
use crate::store::kv::config::SecondaryConfig;
use crate::store::session::config::SessionHomeConfig;
use crate::store::side_by_side::BetterAuth;
use crate::store::verification::config::VerificationConfig;
use crate::traces::config::TracesConfig;
use crate::users::admins::Admins;
use crate::users::config::{EmailAndPasswordConfig, EmailVerificationConfig, UserConfig, read_error_url};
use crate::webhooks::config::WebhooksConfig;

/// Everything that can be configured. Made once at start, never changed, passed along.
#[derive(Clone, Debug)]
pub struct Config {
    pub site: SiteConfig,
    pub server: ServerConfig,
    pub cors: CorsConfig,
    pub secrets: SecretsConfig,
    pub database: DatabaseConfig,
    pub names: NamesConfig,
    /// The other server of the same users; absent where Signet is alone.
    pub side_by_side: Option<BetterAuth>,
    pub session: SessionConfig,
    pub email_and_password: EmailAndPasswordConfig,
    pub email_verification: EmailVerificationConfig,
    pub user: UserConfig,
    pub mail: MailConfig,
    pub webhooks: Option<WebhooksConfig>,
    pub account: AccountConfig,
    /// Those of `[social_providers]` and of the generic-oauth plugin.
    pub providers: Vec<Spec>,
    /// Where browsers are sent with an error; absent for the built-in page.
    pub error_url: Option<String>,
    pub audit: AuditConfig,
    pub admin_tokens: Vec<TokenDigest>,
    pub admin: AdminConfig,
    pub jwt: JwtConfig,
    pub gateway: Vec<RouteConfig>,
    pub pages: PagesConfig,
    pub bearer: BearerConfig,
    pub forward_auth: ForwardAuthConfig,
    pub open_api: OpenApiConfig,
    pub revocations: RevocationsConfig,
    pub resource_servers: ResourceServers,
    pub username: UsernameConfig,
    pub token_api: TokenApiConfig,
    pub verification: VerificationConfig,
    pub session_home: SessionHomeConfig,
    pub secondary_storage: Option<SecondaryConfig>,
    pub rate_limit: RateLimitConfig,
    pub log: LogConfig,
    pub traces: TracesConfig,
    /// All of it, as it may be shown.
    pub settings: Arc<[Setting]>,
}

impl Config {
    /// Reads and checks the configuration. The record says what every key is, where it was set, and what is unwise.
    ///
    /// # Errors
    /// Every fault that was found, each a line of its own.
    pub fn load(sources: &Sources) -> Result<(Self, Record), Vec<Fault>> {
        let mut reader = Reader::open(sources).map_err(|fault| vec![fault])?;
        let config = Self::read(&mut reader);
        let record = reader.finish()?;
        Ok((Self { settings: record.settings().collect(), ..config }, record))
    }

    fn read(reader: &mut Reader) -> Self {
        let root = &mut reader.root();
        let server = ServerConfig::read(root);
        let site = SiteConfig::read(root, &server);
        let cors = CorsConfig::read(root, &site);
        let secrets = SecretsConfig::read(root, site.production);
        let database = DatabaseConfig::read(root);
        let side_by_side = BetterAuth::read(root);
        let email_and_password = EmailAndPasswordConfig::read(root, side_by_side.as_ref());
        let email_verification = EmailVerificationConfig::read(root);
        let mut user = UserConfig::read(root);
        let mail = MailConfig::read(root, site.production);
        let webhooks = WebhooksConfig::read(root);
        refuse_missing_mail(root, &mail, &email_and_password);
        let mut session = SessionConfig::read(root);
        let audit = AuditConfig::read(root).with(&database);
        let admin_tokens = Admins::read_tokens(root);
        let admin = AdminConfig::read(root);
        if matches!(database.url, DatabaseUrl::Nowhere) {
            session.cookie_cache.go_stateless(root, session.expires_in);
        } else {
            session.cookie_cache.stay_a_cache(root);
        }
        let declared = user.additional_fields.len();
        admin.add_fields(root, &mut user.additional_fields, &mut session.additional_fields);
        let username = UsernameConfig::read(root);
        let before = user.additional_fields.len() - declared;
        username.add_fields(root, &mut user.additional_fields, before);
        let names = NamesConfig::read(root, &user.additional_fields, &session.additional_fields);
        let error_url = read_error_url(root);
        let mut jwt = JwtConfig::read(root, &secrets);
        let token_api = TokenApiConfig::read(root);
        token_api.settle(root, &site.base_path, jwt.enabled, username.enabled, &mut jwt.templates);
        let forward_auth = ForwardAuthConfig::read(root);
        let templates = jwt.templates.iter().map(|template| template.name.as_str()).collect();
        let has_roles = user.additional_fields.iter().any(|field| field.name == "role");
        let gateway = gateway::read(root, &site, has_roles, jwt.enabled.then_some(templates));
        let taken: Vec<_> = gateway.iter().map(RouteConfig::label).collect();
        let own_fields = &user.additional_fields[user.additional_fields.len() - declared..];
        let pages = PagesConfig::read(root, &site, &taken, own_fields);
        refuse_taken_path(root, &jwt);
        refuse_unknown_template(root, &jwt, &forward_auth);
        warn_of_passing_keys(root, &jwt, &database);
        if let Some(other) = &side_by_side {
            beside::check(root, other, &jwt, &database);
        }
        let bearer = BearerConfig::read(root);
        let open_api = OpenApiConfig::read(root);
        let revocations = RevocationsConfig::read(root);
        let resource_servers = ResourceServers::read(root);
        check_revocation(root, &jwt, &database, &revocations, &resource_servers);
        let verification = VerificationConfig::read(root);
        let secondary_storage = SecondaryConfig::read(root, site.production);
        if secondary_storage.is_some() && matches!(database.url, DatabaseUrl::Nowhere) {
            let text = "without a database is not supported yet; sessions are in cookies there: remove it";
            root.table("secondary_storage").refuse("url", text);
        }
        if webhooks.is_some() && matches!(database.url, DatabaseUrl::Nowhere) {
            let text = "is on without a database: what has not left yet is lost with the process. Give it a database";
            root.table("webhooks").warn("enabled", text);
        }
        let session_home = SessionHomeConfig::read(root, secondary_storage.is_some(), side_by_side.as_ref());
        let rate_limit = RateLimitConfig::read(root, &site, secondary_storage.is_some());
        let account = AccountConfig::read(root);
        let providers = providers(root);
        let log = LogConfig::read(root);
        let traces = TracesConfig::read(root);
        Self {
            site,
            server,
            cors,
            secrets,
            database,
            names,
            side_by_side,
            session,
            email_and_password,
            email_verification,
            user,
            mail,
            webhooks,
            account,
            providers,
            error_url,
            audit,
            admin_tokens,
            admin,
            jwt,
            gateway,
            pages,
            bearer,
            forward_auth,
            open_api,
            revocations,
            resource_servers,
            username,
            token_api,
            verification,
            session_home,
            secondary_storage,
            rate_limit,
            log,
            traces,
            settings: Arc::default(),
        }
    }
}

/// Refuses to ask for verified addresses where no address can be verified.
fn refuse_missing_mail(root: &mut Section<'_>, mail: &MailConfig, settings: &EmailAndPasswordConfig) {
    if settings.require_email_verification && !mail.is_on() {
        let text = "needs mail, or nobody could ever sign in; set `mail.transport`";
        root.table("email_and_password").refuse("require_email_verification", text);
    }
}

/// The built-in providers, and those of the deployment's own.
fn providers(root: &mut Section<'_>) -> Vec<Spec> {
    let mut providers = read_social(root);
    let own = plugins::generic_oauth::config::read(root, &providers);
    providers.extend(own);
    providers
}

/// Refuses to serve the keys where another endpoint is.
fn refuse_taken_path(root: &mut Section<'_>, jwt: &JwtConfig) {
    let path = jwt.jwks.jwks_path.as_str();
    let taken = matches!(path, "/token" | "/forward-auth")
        || routes::endpoints().iter().any(|endpoint| *endpoint.path == *path);
    if jwt.enabled && taken {
        root.at(&["plugins", "jwt", "jwks"]).refuse("jwks_path", "is the path of another endpoint");
    }
}

/// Refuses forward auth with tokens of a template that is not there.
fn refuse_unknown_template(root: &mut Section<'_>, jwt: &JwtConfig, forward_auth: &ForwardAuthConfig) {
    let Some(name) = forward_auth.template.as_ref().filter(|_| forward_auth.enabled) else { return };
    if !jwt.enabled || !jwt.templates.iter().any(|template| template.name == *name) {
        let text = "names no template of `[plugins.jwt.templates]`";
        root.at(&["plugins", "forward_auth"]).refuse("template", text);
    }
}

/// Without a database the signing keys live no longer than the process, and no other replica has them.
fn warn_of_passing_keys(root: &mut Section<'_>, jwt: &JwtConfig, database: &DatabaseConfig) {
    if jwt.enabled && matches!(database.url, DatabaseUrl::Nowhere) {
        let text = "is on without a database: each start makes new signing keys, and no verifier takes the tokens of the \
                    old ones, or of another replica. Give it a database, or turn it off";
        root.at(&["plugins", "jwt"]).warn("enabled", text);
    }
}

/// What is revoked is about JWTs, and is remembered by the database.
fn check_revocation(
    root: &mut Section<'_>,
    jwt: &JwtConfig,
    database: &DatabaseConfig,
    revocations: &RevocationsConfig,
    servers: &ResourceServers,
) {
    let missing = match (jwt.enabled, matches!(database.url, DatabaseUrl::Nowhere)) {
        (false, _) => Some("needs the jwt plugin, whose tokens it is about; set plugins.jwt.enabled = true"),
        (true, true) => Some("needs a database: without one nobody remembers which sessions there are"),
        (true, false) => None,
    };
    if let Some(missing) = missing {
        if revocations.enabled {
            root.at(&["plugins", "revocations"]).refuse("enabled", missing);
        }
        if !servers.is_empty() {
            root.table("resource_servers").refuse("", missing);
        }
    }
    let mut section = root.at(&["plugins", "revocations"]);
    if revocations.enabled && !revocations.public && servers.is_empty() {
        section.refuse("public", "is off, and there is no [resource_servers.NAME] that could read the feed");
    }
    if revocations.enabled && jwt.longest_life_of_a_sessions_token().is_none() {
        let text = "is on, and no token says which session it was made for, so ended sessions are not listed; give a \
                    template the claim sid = \"{session.id}\"";
        section.warn("enabled", text);
    }
}

/// `docs/configuration.md`.
pub fn reference() -> String {
    let mut reader = Reader::sample();
    Config::read(&mut reader);
    reader.reference()
}

#[cfg(test)]
mod tests;
