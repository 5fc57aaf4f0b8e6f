//! Hashes of passwords, by kind.

use std::collections::BTreeMap;

use super::ask::{Ask, some};
use super::report::{Level, Report, Topic};
use crate::base::{Error, Random, Result};
use crate::crypto::{PasswordAlgorithm, PasswordSettings, Passwords};
use crate::store::kinds_of_hashes;

/// As many letters of a hash as tell one kind from another; nothing for one that begins like none.
macro_rules! kind {
    () => {
        concat!(
            "CASE WHEN substr(password, 33, 1) = ':' AND length(password) = 161 AND lower(password) = password THEN ':' \
             WHEN substr(password, 1, 7) = '$argon2' THEN substr(password, 1, 31) ",
            kinds_of_hashes!(),
            "ELSE '' END"
        )
    };
}
macro_rules! hashes {
    () => {
        "FROM (SELECT CAST({account.password} AS text) AS password FROM {account} \
         WHERE {account.providerId} = 'credential' AND {account.password} IS NOT NULL) AS hashes"
    };
}

/// Every hash.
const KINDS: &str = concat!(
    "SELECT kind AS kind, count(*) AS counted, MIN(password) AS first, MAX(password) AS last FROM (SELECT password, ",
    kind!(),
    " AS kind ",
    hashes!(),
    ") AS known GROUP BY kind"
);
/// Some of those that begin like none, which are looked at one by one.
const OTHERS: &str = concat!("SELECT password AS password ", hashes!(), " WHERE ", kind!(), " = '' LIMIT 5000");

/// What kinds are called, by how their texts begin.
const NAMES: &[(&str, &str)] = &[
    ("$argon2", "Argon2"),
    ("argon2", "Argon2 (Django)"),
    ("$2", "bcrypt"),
    ("$bcrypt-sha256$", "bcrypt over SHA-256"),
    ("bcrypt", "bcrypt (Django)"),
    ("pbkdf2_", "PBKDF2 (Django)"),
    ("$pbkdf2", "PBKDF2"),
    ("$scrypt", "scrypt (PHC)"),
    ("scrypt", "scrypt (Werkzeug)"),
    ("$fbscrypt", "scrypt (Firebase)"),
];
const BETTER_AUTH: &str = "scrypt (Better Auth)";
const UNKNOWN: &str = "unknown";

/// Judges the hashes.
pub async fn judge(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    // One thread, which hashes nothing: only texts are read.
    let settings = PasswordSettings { threads: 1, ..ask.config.email_and_password.password.clone() };
    let passwords = Passwords::new(settings, Random::system()).map_err(Error::broken)?;
    let Some(groups) = ask.unless_slow(ask.rows("kinds of hash", KINDS, &[]).await).await? else {
        let text = "The kinds of hash could not be counted within the time limit.";
        report.note(Topic::Passwords, "not-counted", text);
        return Ok(());
    };
    let (mut good, mut bad): (BTreeMap<&str, i64>, BTreeMap<&str, i64>) = (BTreeMap::new(), BTreeMap::new());
    let accepts = |text: &str| passwords.kind_of(text).is_some();
    for row in groups {
        let (kind, counted) = (row.text("kind")?, row.integer("counted")?);
        if kind.is_empty() {
            others(ask, counted, &accepts, &mut good, &mut bad).await?;
            continue;
        }
        let fits = accepts(&row.text("first")?) && accepts(&row.text("last")?);
        *if fits { &mut good } else { &mut bad }.entry(name(&kind)).or_default() += counted;
    }
    if good.is_empty() && bad.is_empty() {
        report.ok(Topic::Passwords, "none", "Nobody has a password.");
    }
    for (name, count) in &good {
        let text = format!("{}: {}, verified.", name, some(*count, "password"));
        report.add(Level::Ok, Topic::Passwords, "verified", text, Some(*count));
    }
    for (name, count) in &bad {
        let why = match *name {
            "scrypt (Firebase)" => "set email_and_password.password.firebase, or give the hashes their parameters",
            UNKNOWN => {
                "they are of no kind that Signet verifies, and these users need a new password (/request-password-reset)"
            }
            _ => "they are malformed, or cost more than is allowed, and these users need a new password",
        };
        let text = format!("{}: {} that nobody can sign in with: {why}.", name, some(*count, "password"));
        report.add(Level::Bad, Topic::Passwords, "unverified", text, Some(*count));
    }
    way_back(ask, &good, report);
    Ok(())
}

/// Looks at the hashes that begin like none.
async fn others(
    ask: &Ask<'_>,
    counted: i64,
    accepts: &impl Fn(&str) -> bool,
    good: &mut BTreeMap<&'static str, i64>,
    bad: &mut BTreeMap<&'static str, i64>,
) -> Result<()> {
    let rows = ask.unless_slow(ask.rows("other hashes", OTHERS, &[]).await).await?.unwrap_or_default();
    let mut fitting = 0;
    for row in &rows {
        fitting += i64::from(accepts(&row.text("password")?));
    }
    // Of those beyond the sample nothing is known, so they are not called good.
    let unfit = counted - fitting;
    if fitting > 0 {
        *good.entry(BETTER_AUTH).or_default() += fitting;
    }
    if unfit > 0 {
        *bad.entry(UNKNOWN).or_default() += unfit;
    }
    Ok(())
}

fn name(kind: &str) -> &'static str {
    NAMES.iter().find(|(start, _)| kind.starts_with(start)).map_or(BETTER_AUTH, |(_, name)| name)
}

/// Says what a Better Auth could still read.
fn way_back(ask: &Ask<'_>, good: &BTreeMap<&str, i64>, report: &mut Report) {
    let theirs = good.get(BETTER_AUTH).copied().unwrap_or_default();
    let others: i64 = good.values().sum::<i64>() - theirs;
    if ask.config.email_and_password.password.algorithm == PasswordAlgorithm::Argon2id {
        let text = "New hashes, and those of users who sign in, become Argon2id, which Better Auth cannot verify. To go back \
                    or run beside it, set email_and_password.password.algorithm = \"scrypt\".";
        report.note(Topic::Passwords, "way-back", text);
    }
    if others > 0 {
        let text = format!(
            "Better Auth could not verify {}, whose hashes are of other kinds than its own.",
            some(others, "password")
        );
        report.add(Level::Note, Topic::Passwords, "way-back-hashes", text, Some(others));
    }
}
