//! What an operator does to the rows. Each act is one transaction under the lock of the keys, and replicas hear of it.

use super::{CHANNEL, KeyFault, LOCK, Loaded, Rows, StoredKey, Wanted, line};
use crate::base::{Result, Timestamp};
use crate::crypto::Sealer;
use crate::crypto::jose::{Algorithm, Imported, PrivateJwk, thumbprint};
use crate::store::audit::{Action, Line};
use crate::store::{IdKind, Row, Statement, Tx, statements, transaction, values};

statements! {
    pub(super) struct ByHand {
        end: "UPDATE {jwks} SET {jwks:expiresAt} = $1 WHERE {jwks.id} = {$2:jwks.id}",
        end_waiting: "UPDATE {signet_key} SET {signet_key:expiresAt} = $1 WHERE {signet_key.id} = {$2:signet_key.id}",
        seal: "UPDATE {jwks} SET {jwks:privateKey} = $1 WHERE {jwks.id} = {$2:jwks.id}",
        seal_waiting: "UPDATE {signet_key} SET {signet_key:privateKey} = $1 WHERE {signet_key.id} = {$2:signet_key.id}",
        delete_waiting: "DELETE FROM {signet_key} WHERE {signet_key.id} = {$1:signet_key.id}",
        revoked: "SELECT {signet_revoked_key.*} FROM {signet_revoked_key} WHERE {signet_revoked_key.kid} = $1",
        revoke: "INSERT INTO {+signet_revoked_key}",
        imported: "SELECT {signet_imported_key.*} FROM {signet_imported_key} WHERE {signet_imported_key.kid} = $1",
        note_import: "INSERT INTO {+signet_imported_key}",
    }
}

/// Of a key from elsewhere, in bytes.
const LONGEST_KID: usize = 128;

/// What became of a wish to revoke a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// There is no such key, and never was one that was revoked.
    Unknown,
    /// Nothing was done: no other key could sign, so a successor has to be made first.
    WantsSuccessor,
    /// It is revoked since this moment; the kid of the successor that this took.
    Revoked { at: Timestamp, successor: Option<String> },
}

/// What became of a key from elsewhere, by its kid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Import {
    #[error("{0} is published")]
    Added(String),
    /// The kid is the one that the key has here.
    #[error("the same key is there already, as {0}")]
    Present(String),
    #[error("{0} was imported before, and its life is over")]
    Spent(String),
    #[error("{0} was revoked, and nothing brings it back")]
    Revoked(String),
    #[error("another key has the kid {0}; give it another one")]
    Taken(String),
    #[error(
        "its kid cannot be one here: at most 128 plain letters, digits and signs, a uuid where ids are uuids, a number where they are numbers"
    )]
    Unfit(String),
    #[error("it is one of {0}, a second algorithm, which the Better Auth of [side_by_side] would take for its own")]
    SecondAlgorithm(Algorithm),
}

/// What a change of the secret found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys that were sealed anew.
    pub moved: usize,
    /// Keys that were as they should be.
    pub current: usize,
    /// Keys that no configured secret opens.
    pub closed: Vec<KeyFault>,
}

impl Rows {
    /// Inserts a key that signs at once, and ends all others of its algorithm: rule 6. Its kid, and since when it signs.
    pub async fn replace(
        &self,
        jwk: &PrivateJwk,
        lead: i64,
        expiry: impl Fn(Timestamp) -> Option<Timestamp>,
    ) -> Result<(String, Timestamp)> {
        let (kid, algorithm) = (self.store.new_id_beforehand("jwks"), jwk.algorithm().as_str());
        transaction!(self.store, |tx| {
            tx.lock(LOCK).await?;
            let loaded = self.load_in(tx).await?;
            let now = self.store.now_in(tx).await?;
            let goes_on = |key: &&StoredKey| {
                key.facts.algorithm == algorithm && key.facts.expires_at.is_none_or(|ends| ends > now)
            };
            for key in loaded.keys.iter().filter(goes_on) {
                let end = if key.waits { &self.by_hand.end_waiting } else { &self.by_hand.end };
                tx.execute(end, &values![now, key.facts.kid.as_str()]).await?;
            }
            let created_at = now.plus_millis(-lead);
            let wanted = Wanted { expires_at: expiry(created_at), at_once: true };
            self.insert(tx, &kid, jwk, created_at, &wanted).await?;
            let rotated = line(Action::KeyRotated, &kid).with("alg", algorithm).with("immediately", true);
            self.store.audit_in(tx, vec![rotated]).await?;
            tx.notify(CHANNEL).await?;
            Ok((kid.clone(), now))
        })
    }

    /// Deletes a key for good. `alone` says, from the keys that are left, what a successor has to be where none of them
    /// can sign; `safe_at`, when the last cache has forgotten it. Revoked before, it stays revoked since then.
    pub async fn revoke(
        &self,
        kid: &str,
        successor: Option<&PrivateJwk>,
        alone: impl Fn(&[StoredKey], Timestamp) -> Option<Wanted>,
        safe_at: impl Fn(Timestamp) -> Timestamp,
    ) -> Result<Revocation> {
        let successor_kid = self.store.new_id_beforehand("jwks");
        transaction!(self.store, |tx| {
            tx.lock(LOCK).await?;
            if let Some(row) = tx.fetch_optional(&self.by_hand.revoked, &values![kid]).await? {
                return Ok(Revocation::Revoked { at: row.time("signet_revoked_key.revokedAt")?, successor: None });
            }
            let Loaded { mut keys, strange } = self.load_in(tx).await?;
            let now = self.store.now_in(tx).await?;
            let count = keys.len();
            keys.retain(|key| key.facts.kid != kid);
            if keys.len() == count && !strange.iter().any(|fault| fault.kid == kid) {
                return Ok(Revocation::Unknown);
            }
            let wanted = alone(&keys, now);
            if wanted.is_some() && successor.is_none() {
                return Ok(Revocation::WantsSuccessor);
            }
            tx.execute(&self.by_hand.revoke, &values![kid, now]).await?;
            tx.execute(&self.sql.delete, &values![kid]).await?;
            tx.execute(&self.by_hand.delete_waiting, &values![kid]).await?;
            if let (Some(wanted), Some(jwk)) = (&wanted, successor) {
                self.insert(tx, &successor_kid, jwk, now, wanted).await?;
            }
            let made = wanted.as_ref().and(successor);
            let made = made.map(|jwk| {
                line(Action::KeyCreated, &successor_kid).with("alg", jwk.algorithm().as_str()).with("immediately", true)
            });
            let revoked = line(Action::KeyRevoked, kid).with("safeAt", safe_at(now).to_string());
            self.store.audit_in(tx, [revoked].into_iter().chain(made).collect()).await?;
            tx.notify(CHANNEL).await?;
            Ok(Revocation::Revoked { at: now, successor: wanted.map(|_| successor_kid.clone()) })
        })
    }

    /// Inserts a key from elsewhere, as `wanted` says from the keys that are there. The same key under any kid is not
    /// inserted twice; `once` also leaves out what was imported before and is gone since.
    pub async fn import(
        &self,
        Imported { jwk, kid }: &Imported,
        once: bool,
        wanted: impl Fn(&[StoredKey], Timestamp) -> Wanted,
    ) -> Result<Import> {
        let kid = &kid.clone().unwrap_or_else(|| self.kid_of(jwk));
        if !self.is_kid(kid) {
            return Ok(Import::Unfit(kid.clone()));
        }
        let print = jwk.thumbprint();
        let is_same = |key: &StoredKey| thumbprint(&key.jwk).is_some_and(|other| other == print);
        transaction!(self.store, |tx| {
            tx.lock(LOCK).await?;
            let Loaded { keys, strange } = self.load_in(tx).await?;
            if let Some(same) = keys.iter().find(|key| is_same(key)) {
                return Ok(Import::Present(same.facts.kid.clone()));
            }
            if keys.iter().any(|key| key.facts.kid == *kid) || strange.iter().any(|fault| fault.kid == *kid) {
                return Ok(Import::Taken(kid.to_owned()));
            }
            if tx.fetch_optional(&self.by_hand.revoked, &values![kid.as_str()]).await?.is_some() {
                return Ok(Import::Revoked(kid.to_owned()));
            }
            let before = tx.fetch_optional(&self.by_hand.imported, &values![kid.as_str()]).await?.is_some();
            if once && before {
                return Ok(Import::Spent(kid.to_owned()));
            }
            let now = self.store.now_in(tx).await?;
            self.insert(tx, kid, jwk, now, &wanted(&keys, now)).await?;
            if !before {
                tx.execute(&self.by_hand.note_import, &values![kid.as_str(), now]).await?;
            }
            let imported = line(Action::KeyImported, kid).with("alg", jwk.algorithm().as_str());
            self.store.audit_in(tx, vec![imported]).await?;
            self.announce(tx, now).await?;
            Ok(Import::Added(kid.to_owned()))
        })
    }

    /// A key with its private half, or why that cannot be had. None for a kid that no key has. That it was handed out is
    /// written down before it is.
    pub async fn export(&self, kid: &str) -> Result<Option<std::result::Result<PrivateJwk, String>>> {
        for (table, rows) in [("signet_key", &self.sql.waiting), ("jwks", &self.sql.signing)] {
            for row in self.store.fetch_all(rows, &[]).await? {
                if row.text(&format!("{table}.id"))? == kid {
                    let public = self.public(table, &row)?;
                    let private = self.private(&public, &row.text(&format!("{table}.privateKey"))?);
                    if private.is_ok() {
                        self.store.audit(line(Action::KeyExported, kid)).await?;
                    }
                    return Ok(Some(private));
                }
            }
        }
        Ok(None)
    }

    /// Seals every private key as a new one would be: with the current secret, or in clear where that is configured.
    pub async fn rewrap(&self) -> Result<Rewrapped> {
        transaction!(self.store, |tx| {
            tx.lock(LOCK).await?;
            let mut rewrapped = Rewrapped::default();
            for (table, read, seal) in [
                ("jwks", &self.sql.signing, &self.by_hand.seal),
                ("signet_key", &self.sql.waiting, &self.by_hand.seal_waiting),
            ] {
                for row in tx.fetch_all(read, &[]).await? {
                    self.rewrap_row(tx, table, &row, seal, &mut rewrapped).await?;
                }
            }
            if rewrapped.moved > 0 {
                let line = Line::new(Action::KeysRewrapped).with("moved", rewrapped.moved);
                self.store.audit_in(tx, vec![line]).await?;
            }
            Ok(rewrapped)
        })
    }

    /// The kid of a key that brings none: its thumbprint, or where ids are uuids or numbers one made of it.
    fn kid_of(&self, jwk: &PrivateJwk) -> String {
        let print = jwk.thumbprint();
        match self.store.layout().ids("jwks") {
            IdKind::Text | IdKind::UuidAsText => print,
            IdKind::Uuid | IdKind::Serial { .. } => self.store.id_for("jwks", &print),
        }
    }

    /// Whether a text can be a kid: an id of this layout that is short and plain enough for a token's header and a log.
    fn is_kid(&self, text: &str) -> bool {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (1..=LONGEST_KID).contains(&text.len()) && plain && self.store.layout().id("jwks", text).is_some()
    }

    async fn rewrap_row(
        &self,
        tx: &mut Tx<'_>,
        table: &str,
        row: &Row,
        seal: &Statement,
        rewrapped: &mut Rewrapped,
    ) -> Result<()> {
        let (kid, sealed) = (row.text(&format!("{table}.id"))?, row.text(&format!("{table}.privateKey"))?);
        match self.sealer.open_private_key(&sealed) {
            Err(error) => rewrapped.closed.push(KeyFault { kid, why: error.to_string() }),
            Ok(_) if self.is_current(&sealed) => rewrapped.current += 1,
            Ok(jwk) => {
                tx.execute(seal, &values![self.sealed(&jwk), kid.as_str()]).await?;
                rewrapped.moved += 1;
            }
        }
        Ok(())
    }

    /// Whether a private key is stored as a new one would be.
    fn is_current(&self, sealed: &str) -> bool {
        if self.encrypts { self.sealer.is_current(sealed) } else { !Sealer::is_sealed(sealed) }
    }
}
