//! The signing keys: which of them the secrets open, and which one would sign.

use super::ask::Ask;
use super::report::{Level, Report, Topic};
use crate::app::key_policy;
use crate::base::{Result, Timestamp};
use crate::crypto::jose::{Algorithm, PrivateJwk, PublicJwk};
use crate::crypto::{SealError, Sealer};
use crate::keyring::{KeyFacts, states};
use crate::store::Row;

/// How many keys are looked at: as many as Better Auth reads.
const MOST: usize = 100;

/// What the stored texts say about the secrets: how many they open, and why they do not open others. What has expired may
/// be of a secret that nobody has any more, and says nothing against those that there are.
#[derive(Default)]
pub struct Proof {
    pub opened: usize,
    pub refused: Vec<SealError>,
}

impl Proof {
    pub fn note<T>(&mut self, outcome: &std::result::Result<T, SealError>, is_live: bool) {
        match outcome {
            Ok(_) => self.opened += 1,
            Err(error) if is_live => self.refused.push(*error),
            Err(_) => {}
        }
    }
}

/// A row, read.
struct Key {
    kid: String,
    expires_at: Option<Timestamp>,
    /// What is known of it where its public half is a key, and whether the private one is of use.
    facts: std::result::Result<KeyFacts, String>,
    why_unusable: Option<String>,
}

/// Judges the keys.
pub async fn judge(ask: &Ask<'_>, report: &mut Report) -> Result<Proof> {
    let mut proof = Proof::default();
    if !ask.has("jwks", &["id", "publicKey", "privateKey", "createdAt"]) {
        return Ok(proof);
    }
    let rows = read(ask).await?;
    if rows.is_empty() {
        if ask.config.jwt.enabled {
            report.ok(Topic::Keys, "none", "There are no keys; a start makes one.");
        }
        return Ok(proof);
    }
    let sealer = Sealer::new(ask.secrets);
    let looked_at = rows.iter().take(MOST);
    let keys = looked_at.map(|row| Key::read(ask, row, &sealer, &mut proof)).collect::<Result<Vec<_>>>()?;
    if rows.len() > MOST {
        let text = format!(
            "There are more than {MOST} keys; the newest {MOST} were looked at, and Better Auth reads no more."
        );
        report.note(Topic::Keys, "many", text);
    }
    if !ask.config.jwt.enabled {
        let live = keys.iter().filter(|key| key.is_live(ask.now)).count();
        if live > 0 {
            let text = "There are live keys, but plugins.jwt.enabled is false: the JWKS is 404, and no token verifies any \
                        more. Set it to true.";
            report.add(Level::Bad, Topic::Keys, "jwt-off", text, i64::try_from(live).ok());
        }
        return Ok(proof);
    }
    for key in &keys {
        key.judge(ask.now, report);
    }
    who_signs(ask, &keys, report);
    Ok(proof)
}

/// The rows of the newest keys, one more than are looked at. Older releases lack columns.
async fn read(ask: &Ask<'_>) -> Result<Vec<Row>> {
    let texts = ["id", "publicKey", "privateKey", "alg"].map(|column| (column, ask.text("jwks", column)));
    let times = ["createdAt", "expiresAt"].map(|column| (column, ask.time("jwks", column)));
    let there = texts.into_iter().chain(times).filter(|(column, _)| ask.has("jwks", &[column]));
    let selected = there.map(|(_, selected)| selected).collect::<Vec<_>>().join(", ");
    let template = format!("SELECT {selected} FROM {{jwks}} ORDER BY {{jwks.createdAt}} DESC LIMIT {}", MOST + 1);
    ask.rows("keys", &template, &[]).await
}

impl Key {
    fn read(ask: &Ask<'_>, row: &Row, sealer: &Sealer, proof: &mut Proof) -> Result<Self> {
        let kid = row.text("jwks.id")?;
        let created_at = row.time("jwks.createdAt")?;
        let expires_at = if ask.has("jwks", &["expiresAt"]) { row.optional_time("jwks.expiresAt")? } else { None };
        let written = if ask.has("jwks", &["alg"]) { row.optional_text("jwks.alg")? } else { None };
        let column = row.text("jwks.privateKey")?;
        let opened = sealer.open_private_key(&column);
        if Sealer::is_sealed(&column) {
            proof.note(&opened, is_live(expires_at, ask.now));
        }
        let public = row.text("jwks.publicKey")?;
        let configured = ask.config.jwt.jwks.key_kind.algorithm;
        let written: Option<Algorithm> = written.and_then(|name| name.parse().ok());
        let algorithm = written.or_else(|| PublicJwk::algorithm_of(&public, configured)).unwrap_or(configured);
        let why_unusable = match opened {
            Err(error) => Some(error.to_string()),
            Ok(text) => PrivateJwk::parse(&text, algorithm).err().map(|error| error.to_string()),
        };
        let facts = PublicJwk::parse(&public, algorithm).map_err(|error| error.to_string()).map(|_| KeyFacts {
            kid: kid.clone(),
            algorithm: algorithm.as_str().to_owned(),
            created_at,
            expires_at,
            usable: why_unusable.is_none(),
        });
        Ok(Self { kid, expires_at, facts, why_unusable })
    }

    fn is_live(&self, now: Timestamp) -> bool {
        is_live(self.expires_at, now)
    }

    fn judge(&self, now: Timestamp, report: &mut Report) {
        let kid = &self.kid;
        match (&self.facts, &self.why_unusable) {
            (Err(why), _) => {
                let level = if self.is_live(now) { Level::Bad } else { Level::Note };
                let text = format!("{kid} is passed over and not published, so its tokens verify no longer: {why}.");
                report.add(level, Topic::Keys, "strange", text, None);
            }
            (Ok(_), Some(why)) if self.is_live(now) => {
                let text = format!(
                    "{kid} is live and cannot be decrypted: {why}. Its tokens still verify, since its public half is \
                     published, but it signs none here. Give the secret that it was made with (BETTER_AUTH_SECRET, or \
                     BETTER_AUTH_SECRETS with its version); if that is lost, `signet keys rotate` makes another key."
                );
                report.bad(Topic::Keys, "sealed", text);
            }
            (Ok(_), Some(why)) => {
                let text = format!("{kid} has expired and cannot be decrypted, which nobody needs any more: {why}.");
                report.note(Topic::Keys, "sealed-expired", text);
            }
            (Ok(facts), None) => {
                let state = if self.is_live(now) { "live" } else { "expired" };
                report.ok(Topic::Keys, "usable", format!("{kid} ({}, {state}) can be decrypted.", facts.algorithm));
            }
        }
    }
}

fn is_live(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| end > now)
}

/// Says which key signs after a start.
fn who_signs(ask: &Ask<'_>, keys: &[Key], report: &mut Report) {
    let facts: Vec<KeyFacts> = keys.iter().filter_map(|key| key.facts.as_ref().ok().cloned()).collect();
    let Ok((policy, _)) = key_policy(ask.config) else { return };
    let kinds = ask.config.jwt.key_kinds();
    let algorithms: Vec<&str> = kinds.iter().map(|kind| kind.algorithm.as_str()).collect();
    let states = states(&facts, &algorithms, &policy, ask.now);
    match states.signer() {
        Some(kid) => report.ok(Topic::Keys, "signer", format!("{kid} goes on signing after a start.")),
        None if facts.iter().any(|facts| facts.usable) => {
            report.note(Topic::Keys, "no-signer", "None of the keys would sign; a start makes one that does.");
        }
        None => {
            let text =
                "No key can sign here. A start makes none while a live one is there, so there would be no tokens.";
            report.note(Topic::Keys, "no-signer", text);
        }
    }
}
