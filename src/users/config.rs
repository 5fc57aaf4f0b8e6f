//! `[email_and_password]`, `[user]` and `[on_api_error]`.

use std::num::NonZero;
use std::thread;

use secrecy::ExposeSecret;

use crate::base::{Error, Field, Result, code};
use crate::config::{Section, Unset};
use crate::crypto::password::{FirebaseProject, Password, PasswordAlgorithm, PasswordSettings, utf16_length};
use crate::store::config::USER_FIELDS;
use crate::store::side_by_side::BetterAuth;
use crate::users::guards::GuardsConfig;
use crate::users::strength;

/// Sign-up and sign-in with a password.
#[derive(Clone, Debug)]
pub struct EmailAndPasswordConfig {
    pub enabled: bool,
    pub disable_sign_up: bool,
    /// Whether a sign-up opens a session.
    pub auto_sign_in: bool,
    /// Whether only a verified address signs in.
    pub require_email_verification: bool,
    /// How long a link for a new password lives, in seconds.
    pub reset_password_token_expires_in: i64,
    /// Whether a reset ends all sessions.
    pub revoke_sessions_on_password_reset: bool,
    /// In UTF-16 code units, like the maximum.
    pub min_password_length: usize,
    pub max_password_length: usize,
    /// How hard to guess a new password has to be, from 0 to 4.
    pub min_strength: u8,
    pub password: PasswordSettings,
}

/// What users may do to themselves, and what else they have.
#[derive(Clone, Debug)]
pub struct UserConfig {
    pub additional_fields: Vec<Field>,
    /// `user.delete_user.enabled`.
    pub delete_user: bool,
    /// How long a link that ends an account lives, in seconds.
    pub delete_token_expires_in: i64,
    pub change_email: ChangeEmailConfig,
    /// What is done about users whom another program keeps out.
    pub guards: GuardsConfig,
}

/// Whether users may change their address, and how.
#[derive(Clone, Copy, Debug)]
pub struct ChangeEmailConfig {
    pub enabled: bool,
    /// Whether an address that is not verified is changed at once.
    pub update_email_without_verification: bool,
}

/// How addresses are verified.
#[derive(Clone, Copy, Debug)]
pub struct EmailVerificationConfig {
    /// Left open: where verification is required.
    pub send_on_sign_up: Option<bool>,
    pub send_on_sign_in: bool,
    pub auto_sign_in_after_verification: bool,
    /// How long a link lives, in seconds.
    pub expires_in: i64,
}

/// The longest life of a mailed link, in seconds: thirty days.
const LONGEST_LINK: i64 = 2_592_000;

/// OWASP's weakest advice for Argon2id, as memory in KiB times passes (7 MiB, 5 passes).
const LEAST_WORK: i64 = 7 * 1024 * 5;

impl EmailAndPasswordConfig {
    /// Reads `[email_and_password]`. What is hashed has to be read by the other server, where there is one.
    pub fn read(root: &mut Section<'_>, beside: Option<&BetterAuth>) -> Self {
        let mut section = root.table("email_and_password");
        let enabled = section.bool("enabled", true, "Sign-up and sign-in with address and password.");
        let disable_sign_up = section.bool("disable_sign_up", false, "Nobody may sign up.");
        let auto_sign_in = section.bool("auto_sign_in", true, "A sign-up opens a session.");
        let doc = "Only a verified address signs in. Needs `[mail]`.";
        let require_email_verification = section.bool("require_email_verification", false, doc);
        let doc = "How long a link for a new password lives.";
        let reset_password_token_expires_in =
            section.span("reset_password_token_expires_in", 3_600, 1..=LONGEST_LINK, doc);
        let doc = "A new password by a mailed link ends all sessions.";
        let revoke_sessions_on_password_reset = section.bool("revoke_sessions_on_password_reset", false, doc);
        let doc = "The shortest password that may be set, in UTF-16 code units.";
        let min = section.integer("min_password_length", 8, 1..=4096, doc);
        let doc = "The longest password that is ever hashed, in UTF-16 code units.";
        let max = section.integer("max_password_length", 128, 1..=4096, doc);
        if min > max {
            section.refuse(
                "min_password_length",
                format!("is {min}, more than max_password_length, {max}; no password would fit"),
            );
        }
        Self {
            enabled,
            disable_sign_up,
            auto_sign_in,
            require_email_verification,
            reset_password_token_expires_in,
            revoke_sessions_on_password_reset,
            min_password_length: size(min),
            max_password_length: size(max),
            min_strength: strength(&mut section.table("password")),
            password: passwords(&mut section.table("password"), beside),
        }
    }
}

impl EmailAndPasswordConfig {
    /// Whether a password may be set by somebody who is known `about`: by an address, by a name. Lengths are UTF-16 units,
    /// as JavaScript counts them.
    ///
    /// # Errors
    /// 400 `PASSWORD_TOO_SHORT`, `PASSWORD_TOO_LONG`, `PASSWORD_TOO_WEAK`.
    pub fn check_new_password(&self, password: &Password, about: &[&str]) -> Result<()> {
        if utf16_length(password.expose_secret()) < self.min_password_length {
            return Err(Error::refused(400, code::PASSWORD_TOO_SHORT));
        }
        self.check_length_limit(password)?;
        strength::check(password.expose_secret(), self.min_strength, about)
    }

    /// Whether a password is short enough to be hashed: nothing longer ever is.
    ///
    /// # Errors
    /// 400 `PASSWORD_TOO_LONG`.
    pub fn check_length_limit(&self, password: &Password) -> Result<()> {
        if utf16_length(password.expose_secret()) > self.max_password_length {
            return Err(Error::refused(400, code::PASSWORD_TOO_LONG));
        }
        Ok(())
    }
}

/// Reads how hard to guess a password has to be.
fn strength(section: &mut Section<'_>) -> u8 {
    let doc = "How hard to guess a new password has to be, on zxcvbn's scale: 0 takes any, as Better Auth does; 2 refuses \
               common ones and the user's own address.";
    u8::try_from(section.integer("min_strength", 0, 0..=4, doc)).unwrap_or(4)
}

/// Reads `[email_and_password.password]`.
fn passwords(section: &mut Section<'_>, beside: Option<&BetterAuth>) -> PasswordSettings {
    let algorithm = algorithm(section, beside);
    let memory = section.integer("memory_kib", 19_456, 64..=4_194_304, "Argon2id's memory in KiB.");
    let iterations = section.integer("iterations", 2, 1..=1_000, "Argon2id's passes.");
    let parallelism = section.integer("parallelism", 1, 1..=64, "Argon2id's lanes.");
    if memory * iterations < LEAST_WORK {
        section.warn(
            "memory_kib",
            "with so few `iterations` makes hashes that are cheap to guess; the defaults are 19456 and 2",
        );
    }
    let threads =
        section.optional_integer("threads", "the number of cores", 1..=1_024, "Threads that do nothing but hash.");
    let threads = threads.map_or_else(cores, size);
    section.resolve("threads", threads.to_string());
    let queue = section.integer("queue", 128, 1..=100_000, "How many hashes may wait; more are answered 503.");
    let doc = "How long a hash may wait before it is answered 503.";
    let max_wait = section.duration("max_wait", 2, 1..=60, doc);
    let firebase = firebase(&mut section.table("firebase"));
    PasswordSettings {
        algorithm,
        memory_kib: small(memory),
        iterations: small(iterations),
        parallelism: small(parallelism),
        threads,
        queue: size(queue),
        max_wait,
        firebase,
    }
}

/// What new hashes are: what the other server reads, where there is one.
fn algorithm(section: &mut Section<'_>, beside: Option<&BetterAuth>) -> PasswordAlgorithm {
    let mut algorithms = [("argon2id", PasswordAlgorithm::Argon2id), ("scrypt", PasswordAlgorithm::Scrypt)];
    if beside.is_some() {
        algorithms.reverse();
    }
    let doc = "For new hashes; all kinds are verified. With `[side_by_side]` it is `\"scrypt\"`.";
    let algorithm = section.choice("algorithm", &algorithms, &[], doc);
    if let (Some(other), PasswordAlgorithm::Argon2id) = (beside, algorithm) {
        section
            .refuse("algorithm", format!("is argon2id, which the {other} beside this server cannot read; remove it"));
    }
    algorithm
}

/// Reads `[email_and_password.password.firebase]`: what Firebase shows as the project's password hash parameters, without
/// those that each hash names.
fn firebase(section: &mut Section<'_>) -> Option<FirebaseProject> {
    let doc = "`base64_signer_key` of the Firebase project that users come from, for hashes that do not name it.";
    let signer_key = section.secret("signer_key", "no project", doc);
    let separator = section.text("salt_separator", "Bw==", "`base64_salt_separator` of that project.");
    let project = FirebaseProject::new(signer_key?.expose_secret(), &separator);
    if project.is_none() {
        section.refuse("signer_key", "or `salt_separator` is not what Firebase shows: both are in base64");
    }
    project
}

impl UserConfig {
    /// Reads `[user]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("user");
        let additional_fields = section.fields("additional_fields", &[USER_FIELDS, &["id"]].concat());
        let mut deletion = section.table("delete_user");
        let delete_user = deletion.bool("enabled", false, "Users may delete themselves.");
        let doc = "How long a mailed link lives that ends an account.";
        let delete_token_expires_in = deletion.span("delete_token_expires_in", 86_400, 1..=LONGEST_LINK, doc);
        let mut change = section.table("change_email");
        let change_email = ChangeEmailConfig {
            enabled: change.bool("enabled", false, "Users may change their address."),
            update_email_without_verification: change.bool(
                "update_email_without_verification",
                false,
                "An address that is not verified is changed at once.",
            ),
        };
        let guards = GuardsConfig::read(&mut section);
        Self { additional_fields, delete_user, delete_token_expires_in, change_email, guards }
    }
}

impl EmailVerificationConfig {
    /// Reads `[email_verification]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("email_verification");
        let doc = "A sign-up is answered by a mail with a link.";
        let unset = "`true` where `email_and_password.require_email_verification` is";
        let send_on_sign_up = section.optional_bool("send_on_sign_up", unset, doc);
        let doc = "A sign-in that fails because the address is not verified is answered by a mail with a link.";
        let send_on_sign_in = section.bool("send_on_sign_in", false, doc);
        let doc = "Whoever follows the link is signed in.";
        let auto_sign_in_after_verification = section.bool("auto_sign_in_after_verification", false, doc);
        let doc = "How long a link lives.";
        let expires_in = section.span("expires_in", 3_600, 1..=LONGEST_LINK, doc);
        Self { send_on_sign_up, send_on_sign_in, auto_sign_in_after_verification, expires_in }
    }
}

/// Reads `on_api_error.error_url`: where browsers are sent with an error instead of the built-in page.
pub fn read_error_url(root: &mut Section<'_>) -> Option<String> {
    let doc = "Where browsers are sent with an error, which is added as `?error=`.";
    let unset = Unset::Says("the built-in page `/error`");
    root.table("on_api_error").page("error_url", unset, doc)
}

/// How many hashes can run at once without taking turns.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
