//! A SQLite database that cannot grow: a full disk, played by a limit on what the process may write to files.

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::harness::database::Database;
use crate::harness::person;
use crate::harness::process::Process;

fn let_it_write(process: &Process, most: Option<u64>) {
    let pid = Pid::from_child(&process.child);
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: most, maximum: None }).expect("a limit can be set");
}

#[actix_web::test]
async fn t84_on_a_full_disk_writes_are_503_while_reads_and_keys_are_served_and_it_recovers() {
    let database = Database::sqlite();
    let server = Process::serve(&database.url).await;
    let ada = server.send("POST", "/sign-up/email", "", Some(&person("Ada"))).await.expect("an answer");
    let cookie = ada.cookie.expect("a session");

    let_it_write(&server, Some(1));
    for number in 0..10 {
        let sent = server.send("POST", "/sign-up/email", "", Some(&person(&format!("N{number}")))).await;
        assert_eq!(sent.expect("an answer").status, 503);
        for path in ["/get-session", "/jwks", "/token"] {
            let sent = server.send("GET", path, &cookie, None).await.expect("an answer");
            assert!(sent.status == 200 && !sent.body.is_null(), "{path}: {} {}", sent.status, sent.body);
        }
    }

    let_it_write(&server, None);
    let sent = server.send("POST", "/sign-up/email", "", Some(&person("N0"))).await.expect("an answer");
    assert_eq!(sent.status, 200, "nothing of it was half done: {}", sent.body);
}
