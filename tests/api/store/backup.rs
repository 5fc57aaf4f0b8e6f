//! A copy of a live SQLite database, and what can be done with it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::database::Database;
use crate::harness::process::{said, signet};
use crate::harness::{Server, person};

/// `signet backup` on a database.
async fn backup(database_url: &str, copy: &Path) -> Result<String, String> {
    let (database_url, copy) = (database_url.to_owned(), copy.display().to_string());
    let run = move || signet(&TempDir::new().expect("a folder"), &database_url, &["backup", &copy]).output();
    let output = actix_web::web::block(run).await.expect("it runs").expect("it starts");
    if output.status.success() { Ok(said(&output)) } else { Err(said(&output)) }
}

/// A database whose file is a copy.
fn restored(copy: &Path) -> Database {
    let database = Database::sqlite();
    let file = database.url.strip_prefix("sqlite:").expect("a file");
    std::fs::copy(copy, file).expect("it can be copied back");
    database
}

#[actix_web::test]
async fn a_backup_of_a_live_server_is_restored_with_its_sessions_and_keys() {
    let live = Server::on(Database::sqlite(), "").await;
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("signet.backup");
    let ada = live.member("Ada").await;
    let token = ada.clone().get("/token").await.json()["token"].as_str().map(str::to_owned).expect("a token");

    let done = AtomicBool::new(false);
    let writing = async {
        let mut count = 0;
        while !done.load(Ordering::Relaxed) {
            live.member(&format!("Other{count}")).await;
            count += 1;
        }
        count
    };
    let (said, others) = tokio::join!(
        async {
            let said = backup(&live.store_url(), &copy).await.expect("it is made");
            done.store(true, Ordering::Relaxed);
            said
        },
        writing
    );
    assert!(said.contains("The secret is not in it"), "{said}");
    assert!(others > 0, "writers go on meanwhile");
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");

    live.member("After").await;
    let restored = Server::on(restored(&copy), "").await;
    let mut browser = restored.browser();
    browser.jar.clone_from(&ada.jar);
    assert_eq!(browser.get("/get-session").await.json()["user"]["email"], "ada@example.com");
    let keys = restored.browser().get("/jwks").await.json();
    assert_eq!(keys, live.browser().get("/jwks").await.json());
    let again = browser.get("/token").await.json()["token"].as_str().map(str::to_owned).expect("a token");
    let header = |token: &str| token.split('.').next().map(str::to_owned);
    assert_eq!(header(&again), header(&token), "signed with the same key");
    let after = restored.browser().post("/sign-in/email", &person("After")).await;
    assert_eq!(after.status, 401, "who came later is not in it: {after:?}");
    assert_eq!(browser.post("/sign-out", &Value::Object(serde_json::Map::new())).await.status, 200);
}

#[actix_web::test]
async fn a_backup_overwrites_nothing_and_leaves_nothing_half_done() {
    let live = Server::on(Database::sqlite(), "").await;
    let folder = TempDir::new().unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "precious").unwrap();
    let refused = backup(&live.store_url(), &taken).await.unwrap_err();
    assert!(refused.contains("exists already, and is left as it is"), "{refused}");
    assert_eq!(std::fs::read(&taken).unwrap(), b"precious");

    let nowhere = folder.path().join("no/such/folder/copy");
    assert!(backup(&live.store_url(), &nowhere).await.unwrap_err().contains("cannot be written"));
    let missing = format!("sqlite:{}", folder.path().join("missing.db").display());
    assert!(backup(&missing, &folder.path().join("copy")).await.unwrap_err().contains("There is no database"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "neither a copy nor a database was made");
}

#[actix_web::test]
async fn on_postgres_its_own_tool_is_named() {
    let folder = TempDir::new().unwrap();
    let refused = backup("postgres://u:p@127.0.0.1:1/db", &folder.path().join("copy")).await.unwrap_err();
    assert!(refused.contains("pg_dump --format=custom"), "{refused}");
}
