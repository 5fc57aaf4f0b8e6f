//! Servers of one deployment, each with its own pool, in this process.

use std::net::SocketAddr;

use futures_util::future::join_all;
use serde_json::Value;
use signet::app::{self, Parts, Running};
use signet::base::{Clock, Random};
use signet::keyring::Policy;

use crate::harness::database::Database;
use crate::harness::{self, wire};
use crate::verifier::KeySet;

/// Of a fleet that is configured with `[admin] tokens`.
pub const ADMIN_TOKEN: &str = "an-admin-token-of-more-than-32-characters";

pub struct Fleet {
    replicas: Vec<Running>,
    random: Random,
    /// The cookie of a session.
    cookie: String,
    _database: Database,
}

/// What first requests got.
pub struct Asked {
    pub sets: Vec<KeySet>,
    pub tokens: Vec<String>,
}

impl Fleet {
    /// Starts replicas one after the other, with the configured policy or one made by hand.
    pub async fn start(replicas: usize, database: &Database, toml: &str, policy: Option<Policy>) -> Self {
        let mut running = Vec::new();
        for _ in 0..replicas {
            running.push(listen(assemble(database, toml, policy).await));
        }
        Self::of(running, database).await
    }

    /// Starts many at the same moment on an empty database; only some of them go on to listen.
    pub async fn start_at_once(starts: usize, replicas: usize, database: &Database, toml: &str) -> Self {
        let tasks = (0..starts).map(|_| {
            let (database, toml) = (database.share(), toml.to_owned());
            actix_web::rt::spawn(async move { assemble(&database, &toml, None).await })
        });
        let mut parts: Vec<Parts> =
            join_all(tasks).await.into_iter().map(|started| started.expect("it starts")).collect();
        for idle in parts.split_off(replicas) {
            idle.house.store.close().await;
        }
        Self::of(parts.into_iter().map(listen).collect(), database).await
    }

    async fn of(replicas: Vec<Running>, database: &Database) -> Self {
        let mut fleet = Self { replicas, random: Random::system(), cookie: String::new(), _database: database.share() };
        let person = harness::person("Ada").to_string();
        let headers = [("content-type", "application/json"), ("origin", "http://localhost:3000")];
        let (status, headers, body) = fleet.ask(0, "POST", "/sign-up/email", &headers, Some(&person)).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let cookie = headers.iter().find(|(name, _)| name == "set-cookie").expect("a session cookie");
        fleet.cookie = cookie.1.split(';').next().unwrap_or_default().to_owned();
        fleet
    }

    /// A token from a random replica.
    pub async fn token(&self) -> String {
        let cookie = [("cookie", self.cookie.as_str())];
        let (status, _, body) = self.ask(self.any(), "GET", "/token", &cookie, None).await;
        let body = String::from_utf8_lossy(&body);
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// The key set of a random replica.
    pub async fn key_set(&self) -> KeySet {
        let (status, headers, body) = self.ask(self.any(), "GET", "/jwks", &[], None).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let caching = headers.iter().find(|(name, _)| name == "cache-control").expect("caches are told how long");
        KeySet::read(&body, &caching.1)
    }

    /// What an operator with the admin token is answered by a replica.
    pub async fn operate(&self, replica: usize, path: &str, body: &Value) -> Value {
        let authorization = format!("Bearer {ADMIN_TOKEN}");
        let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
        let (status, _, answer) = self.ask(replica, "POST", path, &headers, Some(&body.to_string())).await;
        let answer = String::from_utf8_lossy(&answer);
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str(&answer).expect("JSON")
    }

    /// The replicas whose key set says something.
    pub async fn replicas_where(&self, says: impl Fn(&str) -> bool) -> usize {
        let mut count = 0;
        for replica in 0..self.replicas.len() {
            let (_, _, set) = self.ask(replica, "GET", "/jwks", &[], None).await;
            count += usize::from(says(&String::from_utf8_lossy(&set)));
        }
        count
    }

    /// First requests, all at the same moment.
    pub async fn ask_at_once(&self, times: usize) -> Asked {
        let sets = join_all((0..times).map(|_| self.key_set()));
        let tokens = join_all((0..times).map(|_| self.token()));
        let (sets, tokens) = futures_util::future::join(sets, tokens).await;
        Asked { sets, tokens }
    }

    /// How many keys are stored, those that wait too.
    pub async fn rows(&self) -> usize {
        let store = &self.replicas[0].parts.house.store;
        let mut rows = 0;
        for table in ["jwks", "signet_key"] {
            let select = format!("SELECT {{{table}.*}} FROM {{{table}}}");
            let statement = store.renderer().statement("rows", &select).expect("a statement");
            rows += store.fetch_all(&statement, &[]).await.expect("rows").len();
        }
        rows
    }

    pub async fn stop(self) {
        for replica in self.replicas {
            replica.stop().await;
        }
    }

    fn any(&self) -> usize {
        let [chance] = self.random.bytes::<1>();
        usize::from(chance) % self.replicas.len()
    }

    async fn ask(
        &self,
        replica: usize,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> (u16, wire::Headers, Vec<u8>) {
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = wire::request(method, &format!("/api/auth{path}"), &headers, body.map(str::as_bytes));
        let address: SocketAddr = self.replicas[replica].address;
        wire::parse(&wire::raw(address, &request).await).expect("an answer")
    }
}

async fn assemble(database: &Database, toml: &str, policy: Option<Policy>) -> Parts {
    let config = harness::config(&database.url, toml);
    let parts = Parts::assemble_patiently(config, policy, Clock::System, Random::system()).await;
    parts.unwrap_or_else(|error| panic!("{}", error.chain()))
}

fn listen(parts: Parts) -> Running {
    app::listen(parts).expect("it listens")
}
