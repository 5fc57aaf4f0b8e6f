//! `[plugins.jwt]`.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use crate::base::text::duration::parse_span;
use crate::config::secret::SecretsConfig;
use crate::config::{Given, Section, Unset};
use crate::crypto::jose::{Algorithm, KeyKind};
use crate::tokens::config::{KeyChoice, TemplateConfig, TokenConfig};

/// The tokens and the keys that sign them.
#[derive(Clone, Debug)]
pub struct JwtConfig {
    pub enabled: bool,
    /// No `set-auth-jwt` on `/get-session`.
    pub disable_setting_jwt_header: bool,
    /// The default token.
    pub token: TokenConfig,
    pub templates: Vec<TemplateConfig>,
    pub jwks: JwksConfig,
}

/// The life of keys. All spans are seconds; the key ring corrects those that do not fit together.
#[derive(Clone, Debug)]
pub struct JwksConfig {
    /// Of newly minted keys.
    pub key_kind: KeyKind,
    /// Below the base path; starts with `/`.
    pub jwks_path: String,
    /// How long a key signs; absent for ever.
    pub rotation_interval: Option<i64>,
    /// How long a key is published after it signed last.
    pub grace_period: i64,
    /// The `max-age` that verifiers are given.
    pub cache_max_age: i64,
    /// How long a key is published before it signs.
    pub publish_lead: i64,
    /// How often other replicas' keys are looked for.
    pub poll_interval: i64,
    /// Whose keys are imported at start; absent for `keys`, which need not be there.
    pub import_dir: Option<PathBuf>,
    /// Private keys in clear in the database.
    pub disable_private_key_encryption: bool,
}

/// Ten years.
const LONGEST: i64 = 315_360_000;
/// A century: a Better Auth without a limit may have kept its keys for longer than anybody signs.
const LONGEST_GRACE: i64 = 10 * LONGEST;
const MONTH: i64 = 2_592_000;
/// Below there is no safety, above signatures take too long.
const MODULUS_LENGTHS: RangeInclusive<i64> = 2048..=8192;

impl JwtConfig {
    /// Reads `[plugins.jwt]`. No secret of a template may be one of `secrets` unnoticed.
    pub fn read(root: &mut Section<'_>, secrets: &SecretsConfig) -> Self {
        let mut plugins = root.table("plugins");
        let mut section = plugins.table("jwt");
        let enabled = section.bool("enabled", true, "`/token`, `/jwks` and `set-auth-jwt`.");
        let doc = "`/get-session` answers without `set-auth-jwt`.";
        let disable_setting_jwt_header = section.bool("disable_setting_jwt_header", false, doc);
        Self {
            enabled,
            disable_setting_jwt_header,
            token: TokenConfig::read(&mut section.table("jwt")),
            templates: TemplateConfig::read_all(&mut section.table("templates"), secrets),
            jwks: JwksConfig::read(&mut section.table("jwks")),
        }
    }

    /// What keys are made, an algorithm each, the default tokens' first.
    pub fn key_kinds(&self) -> Vec<KeyKind> {
        let mut kinds = vec![self.jwks.key_kind];
        for algorithm in self.templates.iter().filter_map(TemplateConfig::ring_algorithm) {
            if kinds.iter().all(|kind| kind.algorithm != algorithm) {
                kinds.push(algorithm.into());
            }
        }
        kinds
    }

    /// The life, in seconds, of the longest-lived token that says which session it was made for; None where none does.
    pub fn longest_life_of_a_sessions_token(&self) -> Option<i64> {
        let all = [&self.token].into_iter().chain(self.templates.iter().map(|template| &template.token));
        all.filter(|token| token.names_the_session()).map(|token| token.expiration_time).max()
    }

    /// The life, in seconds, of the longest-lived token that a key of the ring signs.
    pub fn longest_life(&self) -> i64 {
        let of_ring = self.templates.iter().filter(|template| !matches!(template.key, KeyChoice::Shared(..)));
        let lives = of_ring.map(|template| template.token.expiration_time);
        lives.fold(self.token.expiration_time, i64::max)
    }
}

impl JwksConfig {
    fn read(section: &mut Section<'_>) -> Self {
        let key_kind = key_kind(&mut section.table("key_pair_config"));
        let unset = Unset::Is("\"/jwks\"".to_owned());
        let doc = "Where the keys are served, below the base path.";
        let jwks_path = section.ask("jwks_path", "path", unset, doc, jwks_path);
        let unset = Unset::Is(MONTH.to_string());
        let kind = "seconds, or a span like `\"30d\"`; `false` for never";
        let doc = "How long a key signs before a new one takes over.";
        let rotation_interval = section.ask("rotation_interval", kind, unset, doc, rotation_interval);
        let doc = "How long a key is published after it signed last.";
        let grace_period = section.span("grace_period", MONTH, 0..=LONGEST_GRACE, doc);
        let doc = "How long verifiers may keep the keys (`max-age`).";
        let cache_max_age = section.span("cache_max_age", 300, 0..=LONGEST, doc);
        let doc = "How long a key is published before it signs.";
        let publish_lead = section.span("publish_lead", 3_600, 0..=LONGEST, doc);
        let doc = "How often other replicas' keys are looked for.";
        let poll_interval = section.span("poll_interval", 2, 1..=3_600, doc);
        let doc = "A folder of keys, `.pem` (PKCS#8) or `.jwk`, each of which is imported once, at start.";
        let import_dir = section.optional_text("import_dir", "`keys`, where there is one", doc).map(PathBuf::from);
        let doc = "Private keys are stored in clear. Whoever reads the database can then sign.";
        let disable_private_key_encryption = section.bool("disable_private_key_encryption", false, doc);
        if disable_private_key_encryption {
            section.warn(
                "disable_private_key_encryption",
                "stores private keys in clear: whoever reads the database or a backup can sign tokens",
            );
        }
        Self {
            key_kind,
            jwks_path: jwks_path.unwrap_or_else(|| "/jwks".to_owned()),
            rotation_interval: rotation_interval.unwrap_or(Some(MONTH)),
            grace_period,
            cache_max_age,
            publish_lead,
            poll_interval,
            import_dir,
            disable_private_key_encryption,
        }
    }
}

/// `[plugins.jwt.jwks.key_pair_config]`.
fn key_kind(section: &mut Section<'_>) -> KeyKind {
    let algorithms = Algorithm::ALL.map(|algorithm| (algorithm.as_str(), algorithm));
    let algorithm = section.choice("alg", &algorithms, &[], "The algorithm of newly minted keys.");
    let curve = section.optional_choice("crv", "the algorithm's", &[("Ed25519", ())], &[], "The curve of EdDSA keys.");
    if curve.is_some() && algorithm != Algorithm::EdDSA {
        section.refuse("crv", "goes with `alg = \"EdDSA\"` alone; remove it");
    }
    let kind = KeyKind::from(algorithm);
    let doc = "The bits of RS256 and PS256 keys. Long ones sign slowly and take seconds (4096) or minutes (8192) to make, the first one before the server listens.";
    let modulus_length = section.optional_integer("modulus_length", "`2048`", MODULUS_LENGTHS, doc);
    if modulus_length.is_some() && !algorithm.is_rsa() {
        section.refuse("modulus_length", "goes with `alg = \"RS256\"` or `\"PS256\"`; remove it");
    }
    let modulus_length = modulus_length.and_then(|bits| u32::try_from(bits).ok());
    KeyKind { modulus_length: modulus_length.unwrap_or(kind.modulus_length), ..kind }
}

/// The interval; nothing where rotation is off, which Better Auth also writes as 0.
fn rotation_interval(given: Given<'_>) -> Result<Option<i64>, String> {
    let seconds = match given.value {
        toml::Value::Boolean(false) => 0,
        toml::Value::Integer(seconds) => *seconds,
        toml::Value::String(text) => parse_span(text)?,
        _ => return Err(given.mismatch("a number of seconds, a span like \"30d\", or false")),
    };
    match seconds {
        0 => Ok(None),
        1..=LONGEST => Ok(Some(seconds)),
        _ => Err(format!("is {seconds} seconds, and must be from 1 second to 10 years, or false")),
    }
}

fn jwks_path(given: Given<'_>) -> Result<String, String> {
    let text = given.text().ok_or_else(|| given.mismatch("a path in quotes"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~');
    let fits = text.len() > 1 && text.starts_with('/') && !text.contains("..") && text.bytes().all(plain);
    let fits = fits && !text.contains("//") && !text.ends_with('/');
    fits.then(|| text.to_owned())
        .ok_or_else(|| "must be a path like \"/jwks\": letters, digits and `-._~/`, no `..`".to_owned())
}
