//! Behind PgBouncer, which lends a server for one transaction at a time.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use crate::harness::database::Database;
use crate::harness::{Server, person};

/// A pooler before the tests' Postgres, ended with the test.
struct PgBouncer {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl PgBouncer {
    /// Before the server of a URL, with two connections to it.
    fn before(url: &str) -> Self {
        let url = Url::parse(url).expect("a URL");
        let port = free_port();
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("pgbouncer.ini");
        let settings = format!(
            "[databases]\n* = host={} port={} user={} password={}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 2\n",
            url.host_str().expect("a host"),
            url.port().unwrap_or(5432),
            url.username(),
            url.password().unwrap_or_default(),
        );
        std::fs::write(&file, settings).expect("a file");
        let process = Self::command()
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need pgbouncer, which scripts/test brings");
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "PgBouncer does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, port, _folder: folder }
    }

    /// It refuses to run as root, and so becomes nobody there.
    fn command() -> Command {
        let pgbouncer =
            if std::path::Path::new("/usr/sbin/pgbouncer").exists() { "/usr/sbin/pgbouncer" } else { "pgbouncer" };
        let mut command = Command::new(pgbouncer);
        if rustix::process::geteuid().is_root() {
            command.args(["--user", "nobody"]);
        }
        command
    }

    /// The URL with the pooler in place of the server.
    fn instead_of(&self, url: &str) -> String {
        let mut url = Url::parse(url).expect("a URL");
        url.set_port(Some(self.port)).expect("a port");
        url.into()
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let probe = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("there is a free port");
    probe.local_addr().expect("it is bound").port()
}

async fn kids(server: &Server) -> Vec<String> {
    let keys = server.browser().get("/jwks").await.json()["keys"].as_array().cloned().unwrap_or_default();
    keys.iter().filter_map(|key| key["kid"].as_str().map(str::to_owned)).collect()
}

/// Rotates on one replica, and gives the time until the other publishes the key too.
async fn rotation_seen(one: &Server, other: &Server) -> Duration {
    let kid = one.parts().keeper.as_ref().expect("there are keys").rotate(None).await.expect("a new key").key.kid;
    let since = Instant::now();
    while !kids(other).await.contains(&kid) {
        assert!(since.elapsed() < Duration::from_secs(120), "the other replica never saw it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    since.elapsed()
}

#[actix_web::test]
async fn behind_a_pooler_replicas_serve_everything() {
    let Some(database) = Database::postgres() else { return };
    let pooler = PgBouncer::before(&database.url);
    let pooled = database.through(pooler.instead_of(&database.url));
    let toml = "[database]\nmax_connections = 3\nacquire_timeout = 10\n[plugins.jwt.jwks]\npoll_interval = 1";
    let one = Server::on(pooled.share(), toml).await;
    let two = Server::on(pooled, toml).await;

    let everything = async |number: usize| {
        let (here, there) = if number.is_multiple_of(2) { (&one, &two) } else { (&two, &one) };
        let name = format!("Ada{number}");
        let member = here.member(&name).await;
        let mut browser = there.browser();
        let signed_in = browser.post("/sign-in/email", &person(&name)).await;
        assert_eq!(signed_in.status, 200, "{signed_in:?}");
        browser.jar.clone_from(&member.jar);
        let session: Value = browser.get("/get-session").await.json();
        assert_eq!(session["user"]["email"], format!("ada{number}@example.com"));
        let token = browser.get("/token").await;
        assert_eq!(token.status, 200, "{token:?}");
        assert_eq!(browser.post("/sign-out", &serde_json::json!({})).await.status, 200);
        assert_eq!(browser.get("/get-session").await.json(), Value::Null);
    };
    // Several times, since a pooler mixes the servers up only after a while.
    for round in 0..3 {
        join_all((0..8).map(|number| everything(round * 8 + number))).await;
    }
    rotation_seen(&one, &two).await;
    rotation_seen(&two, &one).await;
}

#[actix_web::test]
async fn with_a_direct_url_a_rotation_is_heard_at_once_behind_a_pooler_too() {
    let Some(database) = Database::postgres() else { return };
    let pooler = PgBouncer::before(&database.url);
    let pooled = database.through(pooler.instead_of(&database.url));
    let direct = &database.url;
    let toml =
        format!("[database]\nmax_connections = 3\ndirect_url = \"{direct}\"\n[plugins.jwt.jwks]\npoll_interval = 600");
    let one = Server::on(pooled.share(), &toml).await;
    let two = Server::on(pooled, &toml).await;
    // Both have to be listening first.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let seen = rotation_seen(&one, &two).await;
    assert!(seen < Duration::from_secs(60), "it was not heard: {seen:?}");
}
