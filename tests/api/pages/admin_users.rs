use super::{EVERYTHING, admin, look, values};
use crate::harness::Server;

const OWN_ROLES: &str =
    "[plugins.admin.roles.helpdesk]\nuser = [\"list\"]\n[plugins.admin.roles.admin]\nuser = [\"list\"]\n";

#[actix_web::test]
async fn users_can_be_given_the_roles_that_there_are() {
    let own = format!("{EVERYTHING}{OWN_ROLES}");
    for (toml, known, takes_others) in [(EVERYTHING, "admin,user", true), (own.as_str(), "admin,helpdesk", false)] {
        let server = Server::with(toml).await;
        let mut ada = admin(&server).await;
        for path in ["/admin/users", "/admin/users/x"] {
            let html = look(&mut ada, path).await.text();
            assert_eq!(values(&html, "data-known"), [known], "{path}");
            assert_eq!(html.contains(" data-takes-others"), takes_others, "{path}");
        }
        let choices = values(&look(&mut ada, "/admin/users").await.text(), "value");
        for role in known.split(',') {
            assert!(choices.contains(&format!("role:{role}")), "{role} can be looked for: {choices:?}");
        }
    }
}

#[actix_web::test]
async fn who_is_no_admin_is_not_told_the_roles() {
    let server = Server::with(&format!("{EVERYTHING}{OWN_ROLES}")).await;
    let mut bob = server.member("Bob").await;
    for path in ["/admin/users", "/admin/users/x", "/account"] {
        assert!(!look(&mut bob, path).await.text().contains("helpdesk"), "{path}");
    }
}

#[actix_web::test]
async fn an_id_in_the_address_is_text_and_never_markup() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = admin(&server).await;
    let page = look(&mut ada, "/admin/users/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(!page.text().contains("<img src=x"), "{page:?}");
    assert_eq!(values(&page.text(), "data-id"), ["\"&gt;&lt;img src=x onerror=alert(1)&gt;"]);
}
