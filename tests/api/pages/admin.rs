use super::{EVERYTHING, admin, look};
use crate::harness::Server;

#[actix_web::test]
async fn what_a_server_does_not_have_its_pages_say_and_ask_nothing_of() {
    let server = Server::with(&format!("{EVERYTHING}[audit]\nenabled = false\n[plugins.jwt]\nenabled = false\n")).await;
    let mut ada = admin(&server).await;
    for (path, script, told) in [
        ("/admin/keys", "/admin_keys.js", "This server signs no tokens"),
        ("/admin/audit", "/admin_audit.js", "The audit trail is switched off."),
    ] {
        let page = look(&mut ada, path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains(told) && !page.text().contains(script), "{path}: {page:?}");
    }
    let overview = look(&mut ada, "/admin").await.text();
    assert!(overview.contains("The audit trail is switched off"), "{overview}");
    for part in ["id=\"counts\"", "id=\"latest\"", "id=\"keys\"", "href=\"/admin/keys\"", "href=\"/admin/audit\""] {
        assert!(!overview.contains(part), "{part}: {overview}");
    }
}

#[actix_web::test]
async fn only_pages_that_say_what_happens_are_told_how_it_is_called() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = admin(&server).await;
    let say_it = ["/account", "/admin", "/admin/audit", "/admin/users/x"];
    for (path, is_told) in say_it.map(|path| (path, true)).into_iter().chain([("/admin/keys", false)]) {
        let told = look(&mut ada, path).await.text().contains("\"session.created\":\"Signed in\"");
        assert_eq!(told, is_told, "{path}");
    }
}

#[actix_web::test]
async fn every_action_of_the_audit_trail_is_called_something() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = admin(&server).await;
    let page = look(&mut ada, "/admin/audit").await.text();
    for action in signet::store::audit::Action::ALL {
        assert!(page.contains(&format!("\"{}\":", action.as_str())), "{action:?} has no message");
    }
}
