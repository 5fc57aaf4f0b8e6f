use super::{EVERYTHING, admin, heading, links, look, seen};
use crate::harness::Server;

const FIRST: &str = "There are no users yet.";

#[actix_web::test]
async fn it_says_what_this_is_and_knows_who_is_there() {
    let server = Server::with(&format!("app_name = \"The Example\"\n{EVERYTHING}")).await;
    let page = look(&mut server.browser(), "/").await;
    assert_eq!(heading(&page), "Welcome");
    assert!(seen(&page).contains("This is where you sign in to The Example."), "{page:?}");
    for link in ["/sign-in", "/sign-up", "/api/auth/jwks", "/api/auth/reference"] {
        assert!(links(&page).iter().any(|own| own == link), "{link}: {:?}", links(&page));
    }
    let page = look(&mut server.member("Bob").await, "/").await;
    assert_eq!(heading(&page), "Hello, Bob");
    assert!(links(&page).contains(&"/account".to_owned()) && !links(&page).contains(&"/admin".to_owned()));
    let page = look(&mut admin(&server).await, "/").await;
    assert!(links(&page).contains(&"/admin".to_owned()), "{page:?}");
}

#[actix_web::test]
async fn whoever_tries_it_out_is_told_how_to_be_the_first_admin_until_there_is_one() {
    let server = Server::with(EVERYTHING).await;
    assert!(seen(&look(&mut server.browser(), "/").await).contains(FIRST));
    let mut ada = server.member("Ada").await;
    let page = seen(&look(&mut ada, "/").await);
    assert!(!page.contains(FIRST) && page.contains("signet users set-role ada@example.com admin"), "{page}");
    server.sql("UPDATE {user} SET {user:role} = $1", &["admin".into()]).await;
    let page = seen(&look(&mut ada, "/").await);
    assert!(!page.contains(FIRST) && !page.contains("signet users"), "{page}");
    assert!(!seen(&look(&mut Server::start().await.browser(), "/").await).contains(FIRST), "there are no admins here");
    let server = Server::with(&format!("{EVERYTHING}[pages]\nsetup = false")).await;
    assert!(!seen(&look(&mut server.browser(), "/").await).contains(FIRST), "there is no page to open");
}

#[actix_web::test]
async fn in_production_it_speaks_to_users_alone() {
    let server = Server::with(&format!("base_url = \"https://auth.example.com\"\n{EVERYTHING}")).await;
    let page = seen(&look(&mut server.browser(), "/").await);
    assert!(
        !page.contains(FIRST) && !page.contains("You are running this server") && !page.contains("/jwks"),
        "{page}"
    );
}
