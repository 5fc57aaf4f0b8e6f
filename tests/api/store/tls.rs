//! TLS to Postgres, with an authority and a server of the test's own.

use std::path::Path;
use std::process::Command;

use signet::app::Parts;
use signet::base::{Clock, Error, Random};
use signet::store::Statement;
use tempfile::TempDir;

use crate::harness;

/// A Postgres that speaks TLS, ended with the test.
struct Cluster {
    folder: TempDir,
}

impl Cluster {
    /// None where the tests have no Postgres.
    fn start() -> Option<Self> {
        std::env::var("SIGNET_TEST_POSTGRES").ok()?;
        let cluster = Self { folder: TempDir::new().expect("a folder") };
        let folder = cluster.folder.path();
        authority(folder, "ca");
        authority(folder, "other-ca");
        certificate(folder, "ca", "localhost");
        let file = |name: &str| folder.join(name).display().to_string();
        cluster.script(&[
            "start_postgres",
            &folder.display().to_string(),
            "-c ssl=on",
            &format!("-c ssl_cert_file={}", file("server.pem")),
            &format!("-c ssl_key_file={}", file("server.key")),
        ]);
        Some(cluster)
    }

    fn script(&self, arguments: &[&str]) {
        let sources = "cd \"$0\" && source scripts/lib.sh && source scripts/postgres.sh && \"$@\"";
        let done = Command::new("bash").args(["-c", sources, env!("CARGO_MANIFEST_DIR")]).args(arguments).output();
        let done = done.expect("bash runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// What becomes of a server with this host and these parameters in its URL: whether its connection is encrypted.
    async fn encrypted(&self, host: &str, parameters: &str) -> Result<bool, String> {
        let folder = self.folder.path();
        let url = std::fs::read_to_string(folder.join("url")).expect("it has started");
        let url = url.trim().replace("{db}", "postgres").replace("127.0.0.1", host);
        let parameters = parameters.replace("FOLDER", &folder.display().to_string());
        let config = harness::load("", &format!("{url}?{parameters}"))?;
        let parts = Parts::assemble(config, Clock::System, Random::system()).await.map_err(|error| match error {
            Error::Unavailable { reason, .. } => reason.into_owned(),
            other => panic!("{}", other.chain()),
        })?;
        let store = &parts.house.store;
        let asked: Statement = store
            .renderer()
            .statement("encrypted", "SELECT ssl::text AS ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            .expect("SQL");
        Ok(store.fetch_one(&asked, &[]).await.expect("an answer").text("ssl").expect("a text") == "true")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.script(&["stop_postgres", &self.folder.path().display().to_string()]);
    }
}

fn openssl(folder: &Path, line: &str) {
    let done = Command::new("openssl").args(line.split(' ')).current_dir(folder).output().expect("openssl runs");
    assert!(done.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&done.stderr));
}

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

fn authority(folder: &Path, name: &str) {
    openssl(folder, &format!("req -x509 {KEY} -keyout {name}.key -out {name}.pem -subj /CN={name} -days 2"));
}

/// `server.pem`, which an authority has signed, and its key.
fn certificate(folder: &Path, authority: &str, host: &str) {
    openssl(folder, &format!("req -new {KEY} -keyout server.key -out server.csr -subj /CN={host}"));
    std::fs::write(folder.join("names"), format!("subjectAltName=DNS:{host}\nbasicConstraints=critical,CA:FALSE\n"))
        .expect("a file");
    let signed = format!("-CA {authority}.pem -CAkey {authority}.key -CAcreateserial -days 2 -extfile names");
    openssl(folder, &format!("x509 -req -in server.csr -out server.pem {signed}"));
}

#[actix_web::test]
async fn a_server_is_trusted_by_its_authority_and_its_name() {
    let Some(cluster) = Cluster::start() else { return };
    let own = "sslrootcert=FOLDER/ca.pem";
    for mode in ["verify-full", "verify-ca", "require"] {
        assert_eq!(cluster.encrypted("localhost", &format!("sslmode={mode}&{own}")).await, Ok(true), "{mode}");
    }
    assert_eq!(cluster.encrypted("localhost", "sslmode=require").await, Ok(true), "encrypted is all it asks for");

    let unknown = "name the file of the server's CA in the URL: sslmode=verify-full&sslrootcert=FILE";
    for parameters in [
        "sslmode=verify-full&sslrootcert=FOLDER/other-ca.pem",
        "sslmode=verify-full",
        "sslmode=verify-ca&sslrootcert=FOLDER/other-ca.pem",
        "sslmode=require&sslrootcert=FOLDER/other-ca.pem",
        "sslmode=require&channel_binding=require",
    ] {
        let refused = cluster.encrypted("localhost", parameters).await.expect_err(parameters);
        assert!(refused.ends_with(unknown) && !refused.contains('\n'), "{parameters}: {refused}");
    }

    let refused =
        cluster.encrypted("127.0.0.1", &format!("sslmode=verify-full&{own}")).await.expect_err("another name");
    assert!(refused.ends_with("write the host in the URL as the server's certificate names it"), "{refused}");
}

#[actix_web::test]
async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let Ok(url) = std::env::var("SIGNET_TEST_POSTGRES") else { return };
    let config = harness::config(&format!("{}?sslmode=require", url.replace("{db}", "postgres")), "");
    let refused = Parts::assemble(config, Clock::System, Random::system()).await.err().expect("it is refused");
    assert!(refused.to_string().contains("turn it on there (ssl = on)"), "{refused}");
}
