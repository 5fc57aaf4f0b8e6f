//! The whole configuration: every section, read from one set of sources.

use crate::config::secret::SecretsConfig;
use crate::config::{Fault, Reader, Record, Section, Sources};
use crate::crypto::TokenDigest;
use crate::http::config::{ServerConfig, SiteConfig};
use crate::logs::config::LogConfig;
use crate::oauth::config::{AccountConfig, read_social};
use crate::oauth::spec::Spec;
use crate::plugins;
use crate::plugins::admin::config::AdminConfig;
use crate::plugins::bearer::config::BearerConfig;
use crate::plugins::jwt::config::JwtConfig;
use crate::routes;
use crate::session::config::SessionConfig;
use crate::store::config::{DatabaseConfig, NamesConfig};
use crate::traces::config::TracesConfig;
use crate::users::admins::Admins;
use crate::users::config::{EmailAndPasswordConfig, UserConfig, read_error_url};

/// Everything that can be configured. Made once at start, never changed, passed along.
#[derive(Clone, Debug)]
pub struct Config {
    pub site: SiteConfig,
    pub server: ServerConfig,
    pub secrets: SecretsConfig,
    pub database: DatabaseConfig,
    pub names: NamesConfig,
    pub session: SessionConfig,
    pub email_and_password: EmailAndPasswordConfig,
    pub user: UserConfig,
    pub account: AccountConfig,
    /// Those of `[social_providers]` and of the generic-oauth plugin.
    pub providers: Vec<Spec>,
    /// Where browsers are sent with an error; absent for the built-in page.
    pub error_url: Option<String>,
    pub admin_tokens: Vec<TokenDigest>,
    pub admin: AdminConfig,
    pub jwt: JwtConfig,
    pub bearer: BearerConfig,
    pub log: LogConfig,
    pub traces: TracesConfig,
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
        Ok((config, record))
    }

    fn read(reader: &mut Reader) -> Self {
        let root = &mut reader.root();
        let server = ServerConfig::read(root);
        let site = SiteConfig::read(root, &server);
        let secrets = SecretsConfig::read(root, site.production);
        let database = DatabaseConfig::read(root);
        let email_and_password = EmailAndPasswordConfig::read(root);
        let mut user = UserConfig::read(root);
        let mut session = SessionConfig::read(root);
        let admin_tokens = Admins::read_tokens(root);
        let admin = AdminConfig::read(root);
        admin.add_fields(root, &mut user.additional_fields, &mut session.additional_fields);
        let names = NamesConfig::read(root, &user.additional_fields, &session.additional_fields);
        let error_url = read_error_url(root);
        let jwt = JwtConfig::read(root);
        refuse_taken_path(root, &jwt);
        let bearer = BearerConfig::read(root);
        let account = AccountConfig::read(root);
        let providers = providers(root);
        let log = LogConfig::read(root);
        let traces = TracesConfig::read(root);
        Self {
            site,
            server,
            secrets,
            database,
            names,
            session,
            email_and_password,
            user,
            account,
            providers,
            error_url,
            admin_tokens,
            admin,
            jwt,
            bearer,
            log,
            traces,
        }
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
    let taken = path == "/token" || routes::endpoints().iter().any(|endpoint| *endpoint.path == *path);
    if jwt.enabled && taken {
        root.at(&["plugins", "jwt", "jwks"]).refuse("jwks_path", "is the path of another endpoint");
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
