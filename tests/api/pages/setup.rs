use secrecy::ExposeSecret;
use signet::base::Random;

use super::{EVERYTHING, heading, look, seen};
use crate::harness::{Server, person};

const GOOD: &str = "Set up the first administrator";
const DEAD: &str = "This link does not work";

#[actix_web::test]
async fn a_set_up_link_opens_its_page_until_it_is_used_or_too_old() {
    let server = Server::with(EVERYTHING).await;
    let first_admin = server.parts().house.first_admin.as_ref().expect("the admin plugin is on");
    let token = first_admin.invite(&Random::system()).await.expect("a database").expect("no users");
    server.secrets.add("a set-up link", token.expose_secret());
    let link = format!("/setup?token={}", token.expose_secret());
    let page = look(&mut server.browser(), &link).await;
    assert_eq!(heading(&page), GOOD);
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    for other in ["/setup", "/setup?token=", "/setup?token=none"] {
        assert_eq!(heading(&look(&mut server.browser(), other).await), DEAD, "{other}");
    }
    server.wait(15 * 60 + 1);
    let page = look(&mut server.browser(), &link).await;
    assert_eq!(heading(&page), DEAD);
    assert!(seen(&page).contains("signet users create") && !seen(&page).contains("<form"), "{page:?}");
}

#[actix_web::test]
async fn whoever_uses_it_is_signed_in_and_may_administer() {
    let server = Server::with(EVERYTHING).await;
    let first_admin = server.parts().house.first_admin.as_ref().expect("the admin plugin is on");
    let token = first_admin.invite(&Random::system()).await.expect("a database").expect("no users");
    server.secrets.add("a set-up link", token.expose_secret());
    let (mut ada, mut body) = (server.browser(), person("Ada"));
    body["token"] = token.expose_secret().into();
    assert_eq!(ada.post("/admin/setup", &body).await.status, 200);
    assert_eq!(look(&mut ada, "/admin").await.status, 200);
    let link = format!("/setup?token={}", token.expose_secret());
    assert_eq!(heading(&look(&mut server.browser(), &link).await), DEAD);
}

#[actix_web::test]
async fn without_the_admin_plugin_it_says_so() {
    let page = look(&mut Server::start().await.browser(), "/setup?token=x").await;
    assert!(seen(&page).contains("This server has no administrators"), "{page:?}");
}
