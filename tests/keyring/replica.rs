//! A replica of a deployment over real tables: its keeper, its ring, and what is seen from outside.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use signet::base::{Clock, Random};
use signet::crypto::jose::{Algorithm, Claims, Expected, Rejected, verify};
use signet::crypto::{Sealer, Secrets};
use signet::keyring::{Keeper, Phase, Policy, PolicyWanted, Ring, Rows};
use signet::store::Store;

use crate::place::{self, Engine, Place};

pub const SECRET: &str = "a-secret-for-tests-of-at-least-32-characters";
pub const LEAD: u64 = 3600;
pub const INTERVAL: u64 = 30 * 86_400;

/// A replica: its own pool, its own clock, its own idea of the secrets.
pub struct Replica {
    pub clock: Clock,
    pub store: Store,
    pub rows: Arc<Rows>,
    pub keeper: Arc<Keeper>,
}

#[derive(Clone)]
pub struct Setup {
    pub algorithm: Algorithm,
    /// Another one that tokens are signed with.
    pub second: Option<Algorithm>,
    pub versions: Vec<(u32, &'static str)>,
    pub secret: Option<&'static str>,
    pub encrypts: bool,
    /// Whether there may be keys of one algorithm only.
    pub alone: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::EdDSA,
            second: None,
            versions: Vec::new(),
            secret: Some(SECRET),
            encrypts: true,
            alone: false,
        }
    }
}

pub fn policy() -> Policy {
    let (policy, corrections) = Policy::corrected(PolicyWanted::default()).expect("the defaults make sense");
    assert!(corrections.is_empty());
    policy
}

impl Replica {
    pub async fn new(place: &Place) -> Self {
        Self::with(place, &Setup::default()).await
    }

    pub async fn with(place: &Place, setup: &Setup) -> Self {
        Self::by(place, setup, Clock::manual(place.clock.now())).await
    }

    pub async fn by(place: &Place, setup: &Setup, clock: Clock) -> Self {
        let own = Place { url: place.url.clone(), clock: clock.clone() };
        let store = own.open(place::identity()).await;
        store.migrate().await.expect("the tables are made");
        let versions = setup.versions.iter().map(|(version, secret)| (*version, (*secret).into())).collect();
        let secrets = Secrets::new(versions, setup.secret.map(Into::into)).expect("secrets");
        let rows = || {
            let sealer = Sealer::new(&secrets);
            Rows::new(store.clone(), sealer, Random::system(), setup.encrypts, setup.algorithm).expect("the tables")
        };
        let kinds = [setup.algorithm].into_iter().chain(setup.second).map(Into::into).collect();
        let ring = Ring::new(rows(), policy(), kinds, clock.clone());
        let ring = ring.with_one_algorithm(setup.alone);
        let keeper = Keeper::new(Arc::new(ring), Random::system(), Duration::from_secs(2));
        Self { rows: Arc::new(rows()), clock, keeper: Arc::new(keeper), store }
    }

    pub async fn tick(&self) {
        self.keeper.tick().await.unwrap_or_else(|error| panic!("{}", error.chain()));
    }

    pub fn ring(&self) -> &Ring {
        self.keeper.ring()
    }

    pub fn published(&self) -> Vec<String> {
        let set: Value = serde_json::from_slice(&self.ring().jwks().expect("keys").0.body).expect("JSON");
        let kid = |entry: &Value| entry["kid"].as_str().expect("a kid").to_owned();
        set["keys"].as_array().expect("keys").iter().map(kid).collect()
    }

    pub fn phase(&self, kid: &str) -> Option<Phase> {
        let keys = self.ring().list().expect("keys");
        keys.iter().find(|key| key.kid == kid).map(|key| key.phase)
    }

    pub async fn sign(&self) -> String {
        self.ring().sign(&claims(&self.clock), None).await.unwrap_or_else(|error| panic!("{}", error.chain()))
    }

    pub fn verify(&self, token: &str) -> Result<Claims, Rejected> {
        let expected = Expected::new("us", vec!["them".to_owned()]);
        verify(token, &|kid| self.ring().verifier(kid), &expected, self.clock.now())
    }
}

pub fn claims(clock: &Clock) -> Map<String, Value> {
    let now = clock.now().seconds();
    let claims = json!({ "iat": now, "sub": "ada", "exp": now + 900, "iss": "us", "aud": "them" });
    claims.as_object().expect("an object").clone()
}

pub fn kid(token: &str) -> String {
    use base64::Engine;
    let header = token.split('.').next().expect("a header");
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a kid").to_owned()
}

/// Lets time pass for all keys: on SQLite the replicas' clocks are the database's, on Postgres the rows grow older.
pub async fn pass(place: &Place, engine: Engine, replicas: &[&Replica], seconds: u64) {
    match engine {
        Engine::Sqlite => replicas.iter().for_each(|replica| replica.clock.advance(Duration::from_secs(seconds))),
        Engine::Postgres => {
            for table in ["jwks", "signet_key"] {
                let age = format!("interval '{seconds} seconds'");
                let sql = format!(
                    "UPDATE {table} SET \"createdAt\" = \"createdAt\" - {age}, \"expiresAt\" = \"expiresAt\" - {age}"
                );
                place.run(&sql).await;
            }
        }
    }
}

pub async fn rows(place: &Place, table: &str) -> Vec<String> {
    place.column(&format!("SELECT id FROM {table} ORDER BY id")).await
}

/// The rows of both tables at one moment.
pub async fn all_rows(place: &Place) -> Vec<String> {
    place.column("SELECT id FROM jwks UNION ALL SELECT id FROM signet_key").await
}

/// Runs each test on SQLite and on Postgres.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $test() { super::$test(crate::place::Engine::Sqlite).await; })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $test() { super::$test(crate::place::Engine::Postgres).await; })+
        }
    };
}
pub(crate) use on_both_engines;
