//! The rows of keys: Better Auth's `jwks`, and `signet_key`, where a young key waits until it is ripe.

pub mod by_hand;

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tokio::sync::mpsc::Receiver;

use self::by_hand::ByHand;
use super::state::KeyFacts;
use crate::base::{Error, Random, Result, Timestamp};
use crate::crypto::Sealer;
use crate::crypto::jose::{Algorithm, PrivateJwk, PublicJwk, Signer, Verifier};
use crate::store::audit::{Action, Line};
use crate::store::{Row, Store, Tx, Value, statements, transaction, values};

/// The lock under which keys are minted and moved, and the channel on which replicas hear of it.
const LOCK: &str = "signet keys";
const CHANNEL: &str = "signet_keys";

statements! {
    struct Sql {
        /// A revoked key is not read, wherever its row comes back from.
        signing: "SELECT {jwks.*} FROM {jwks} WHERE NOT EXISTS (SELECT 1 FROM {signet_revoked_key} WHERE {signet_revoked_key.kid} = CAST({jwks.id} AS text))",
        waiting: "SELECT {signet_key.*} FROM {signet_key} WHERE NOT EXISTS (SELECT 1 FROM {signet_revoked_key} WHERE {signet_revoked_key.kid} = CAST({signet_key.id} AS text))",
        insert: "INSERT INTO {+jwks}",
        insert_waiting: "INSERT INTO {+signet_key}",
        take_waiting: "DELETE FROM {signet_key} WHERE {signet_key.id} = {$1:signet_key.id} RETURNING {signet_key.*}",
        delete: "DELETE FROM {jwks} WHERE {jwks.id} = {$1:jwks.id}",
    }
}

/// How old a new row may be when it is written, in milliseconds: its lead counts from its creation, and what was asleep
/// between the two must not bring forth a key that is ripe and that nobody has seen.
const PROMPT: i64 = 1000;

/// Reads and writes keys.
pub struct Rows {
    store: Store,
    sql: Sql,
    by_hand: ByHand,
    sealer: Sealer,
    random: Random,
    /// Whether private keys are encrypted when they are written; how each is read, its own text says.
    encrypts: bool,
    /// What a row without an algorithm is taken for, as Better Auth does, where its key can be.
    algorithm: Algorithm,
}

/// All the keys, and the rows that are none.
pub struct Loaded {
    pub keys: Vec<StoredKey>,
    /// Rows that hold no key of an algorithm that is known here. They are not published.
    pub strange: Vec<KeyFault>,
}

/// A key that cannot do its work, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFault {
    pub kid: String,
    /// For an operator; holds nothing of the key.
    pub why: String,
}

/// A key as it is held in memory.
#[derive(Clone)]
pub struct StoredKey {
    pub facts: KeyFacts,
    /// Its entry in the JWKS.
    pub jwk: Map<String, Json>,
    /// Or why its private half is of no use here, mostly that no configured secret opens it.
    pub signer: std::result::Result<Arc<Signer>, String>,
    pub verifier: Arc<Verifier>,
    /// Whether it waits in `signet_key`.
    pub waits: bool,
}

impl Rows {
    /// # Errors
    /// [`Error::Broken`] for a layout that lacks the tables of keys.
    pub fn new(store: Store, sealer: Sealer, random: Random, encrypts: bool, algorithm: Algorithm) -> Result<Self> {
        let (sql, by_hand) = (Sql::render(store.renderer())?, ByHand::render(store.renderer())?);
        Ok(Self { store, sql, by_hand, sealer, random, encrypts, algorithm })
    }

    /// The statements, for the test that has each prepared.
    pub fn statements(&self) -> Vec<&crate::store::Statement> {
        self.sql.all().into_iter().chain(self.by_hand.all()).collect()
    }

    /// Signals whenever a replica has changed a key; None where nothing can be heard.
    pub fn listen(&self) -> Option<Receiver<()>> {
        self.store.listen(CHANNEL)
    }

    /// All keys, those that wait too. Signers that `held` knows are not built again.
    pub async fn load(&self, held: &[StoredKey]) -> Result<Loaded> {
        // Those that wait come first: one that moves meanwhile is read twice. The other way round it would not be read.
        let waiting = self.store.fetch_all(&self.sql.waiting, &[]).await?;
        let signing = self.store.fetch_all(&self.sql.signing, &[]).await?;
        Ok(self.read_all(held, &signing, &waiting))
    }

    async fn load_in(&self, tx: &mut Tx<'_>) -> Result<Loaded> {
        let waiting = tx.fetch_all(&self.sql.waiting, &[]).await?;
        let signing = tx.fetch_all(&self.sql.signing, &[]).await?;
        Ok(self.read_all(&[], &signing, &waiting))
    }

    /// The time that all replicas go by.
    pub async fn now(&self) -> Result<Timestamp> {
        self.store.now().await
    }

    /// Inserts a key if `wanted` says, under the lock and from all the rows and the time, that one is still wanted; the
    /// answer says when it ends and whether it signs at once, so that it goes where Better Auth would see it. `action` is
    /// what the audit trail calls that.
    ///
    /// # Errors
    /// 503 where the database is away, or so slow that the key would be ripe too soon for those who are to hear of it.
    pub async fn mint(
        &self,
        jwk: &PrivateJwk,
        action: Action,
        wanted: impl Fn(&[StoredKey], Timestamp) -> Option<Wanted>,
    ) -> Result<Option<String>> {
        let kid = self.store.new_id_beforehand("jwks");
        transaction!(self.store, |tx| {
            tx.lock(LOCK).await?;
            let loaded = self.load_in(tx).await?;
            let now = self.store.now_in(tx).await?;
            let Some(wanted) = wanted(&loaded.keys, now) else { return Ok(None) };
            self.insert(tx, &kid, jwk, now, &wanted).await?;
            self.store.audit_in(tx, vec![line(action, &kid).with("alg", jwk.algorithm().as_str())]).await?;
            self.announce(tx, now).await?;
            Ok(Some(kid.clone()))
        })
    }

    /// Inserts a key where it belongs: one that waits is out of Better Auth's sight.
    async fn insert(
        &self,
        tx: &mut Tx<'_>,
        kid: &str,
        jwk: &PrivateJwk,
        created_at: Timestamp,
        wanted: &Wanted,
    ) -> Result<()> {
        let insert = if wanted.at_once { &self.sql.insert } else { &self.sql.insert_waiting };
        let (public, private) = (jwk.public_json(), self.sealed(&jwk.private_json()));
        let (alg, crv) = (jwk.algorithm().as_str(), jwk.algorithm().curve());
        tx.execute(insert, &values![kid, public, private, created_at, wanted.expires_at, alg, crv]).await.map(drop)
    }

    /// Tells the replicas of a key that was created at a moment, as the last thing before the commit.
    async fn announce(&self, tx: &mut Tx<'_>, created_at: Timestamp) -> Result<()> {
        tx.notify(CHANNEL).await?;
        match self.store.now_in(tx).await?.millis_since(created_at) > PROMPT {
            true => Err(Error::unavailable("a new key took too long to be written")),
            false => Ok(()),
        }
    }

    /// The text for the column of a private key.
    fn sealed(&self, jwk: &str) -> String {
        if self.encrypts { self.sealer.seal_private_key(&self.random, jwk) } else { jwk.to_owned() }
    }

    /// Moves keys that are ripe to where Better Auth sees them. One replica moves, the others find nothing to move.
    pub async fn promote(&self, kids: &[String]) -> Result<bool> {
        transaction!(self.store, |tx| {
            tx.lock(LOCK).await?;
            let mut moved = false;
            for kid in kids {
                if let Some(row) = tx.fetch_optional(&self.sql.take_waiting, &values![kid.as_str()]).await? {
                    tx.execute(&self.sql.insert, &as_values(&row)?).await?;
                    moved = true;
                }
            }
            if moved {
                tx.notify(CHANNEL).await?;
            }
            Ok(moved)
        })
    }

    /// Deletes the rows of keys that are long gone from the JWKS, all in one transaction.
    pub async fn delete(&self, kids: &[String]) -> Result<bool> {
        transaction!(self.store, |tx| {
            tx.lock(LOCK).await?;
            let mut lines = Vec::new();
            for kid in kids {
                if tx.execute(&self.sql.delete, &values![kid.as_str()]).await? > 0 {
                    lines.push(line(Action::KeyDeleted, kid));
                }
            }
            let any = !lines.is_empty();
            self.store.audit_in(tx, lines).await?;
            Ok(any)
        })
    }

    fn read_all(&self, held: &[StoredKey], signing: &[Row], waiting: &[Row]) -> Loaded {
        let tables = [("jwks", signing, false), ("signet_key", waiting, true)];
        let mut loaded = Loaded { keys: Vec::new(), strange: Vec::new() };
        for (table, rows, waits) in tables {
            for row in rows {
                match self.read(held, table, row, waits) {
                    Ok(key) => loaded.keys.push(key),
                    Err(error) => loaded.strange.push(KeyFault {
                        kid: row.text(&format!("{table}.id")).unwrap_or_default(),
                        why: error.chain(),
                    }),
                }
            }
        }
        loaded
    }

    fn read(&self, held: &[StoredKey], table: &str, row: &Row, waits: bool) -> Result<StoredKey> {
        let column = |name: &str| format!("{table}.{name}");
        let kid = row.text(&column("id"))?;
        let (created_at, expires_at) = (row.time(&column("createdAt"))?, row.optional_time(&column("expiresAt"))?);
        if let Some(known) = held.iter().find(|key| key.facts.kid == kid && key.facts.usable) {
            let facts = KeyFacts { created_at, expires_at, ..known.facts.clone() };
            return Ok(StoredKey { facts, waits, ..known.clone() });
        }
        let public = self.public(table, row)?;
        let signer = self.signer(&kid, &public, &row.text(&column("privateKey"))?);
        let verifier = Verifier::new(&public)?;
        let (jwk, algorithm) = (public.entry(&kid), public.algorithm().as_str().to_owned());
        let facts = KeyFacts { algorithm, created_at, expires_at, usable: signer.is_ok(), kid };
        Ok(StoredKey { facts, jwk, signer, verifier: Arc::new(verifier), waits })
    }

    /// The public half of a row, of the algorithm that the row names or that it can be for.
    fn public(&self, table: &str, row: &Row) -> Result<PublicJwk> {
        let public = row.text(&format!("{table}.publicKey"))?;
        let written: Option<Algorithm> = row.optional_text(&format!("{table}.alg"))?.and_then(|name| name.parse().ok());
        let algorithm = written.or_else(|| PublicJwk::algorithm_of(&public, self.algorithm)).unwrap_or(self.algorithm);
        PublicJwk::parse(&public, algorithm).map_err(Error::broken)
    }

    /// A signer whose signatures the published half verifies, or why there is none.
    fn signer(&self, kid: &str, public: &PublicJwk, sealed: &str) -> std::result::Result<Arc<Signer>, String> {
        let jwk = self.private(public, sealed)?;
        Signer::new(&jwk, kid).map(Arc::new).map_err(|error| error.chain())
    }

    /// The private half of a public key, or why it is not to be had.
    fn private(&self, public: &PublicJwk, sealed: &str) -> std::result::Result<PrivateJwk, String> {
        let text = self.sealer.open_private_key(sealed).map_err(|error| error.to_string())?;
        let jwk = PrivateJwk::parse(&text, public.algorithm()).map_err(|error| error.to_string())?;
        match jwk.public().json() == public.json() {
            true => Ok(jwk),
            false => Err("it is not the private half of the public key beside it".to_owned()),
        }
    }
}

/// What the audit trail says of a key.
fn line(action: Action, kid: &str) -> Line {
    Line::new(action).with("kid", kid)
}

/// A row of `signet_key`, in the order of the columns.
fn as_values(row: &Row) -> Result<[Value; 7]> {
    let text = |name: &str| row.optional_text(&format!("signet_key.{name}"));
    let (created_at, expires_at) = (row.time("signet_key.createdAt")?, row.optional_time("signet_key.expiresAt")?);
    let (id, public, private) = (text("id")?, text("publicKey")?, text("privateKey")?);
    Ok(values![id, public, private, created_at, expires_at, text("alg")?, text("crv")?])
}

/// What a key is minted as.
pub struct Wanted {
    pub expires_at: Option<Timestamp>,
    /// Whether it signs at once, since no other key can.
    pub at_once: bool,
}
