use super::{EVERYTHING, admin, heading, links, look};
use crate::harness::Server;

const FIRST: &str = "There are no users yet.";

#[actix_web::test]
async fn it_says_what_this_is_and_knows_who_is_there() {
    let server = Server::with(&format!("app_name = \"The Example\"\n{EVERYTHING}")).await;
    let page = look(&mut server.browser(), "/").await;
    assert_eq!(heading(&page), "Welcome");
    assert!(page.text().contains("This is where you sign in to The Example."), "{page:?}");
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
async fn whoever_tries_it_out_is_told_of_the_set_up_link_until_there_is_a_user() {
    let server = Server::with(EVERYTHING).await;
    assert!(look(&mut server.browser(), "/").await.text().contains(FIRST));
    server.member("Ada").await;
    assert!(!look(&mut server.browser(), "/").await.text().contains(FIRST));
    assert!(!look(&mut Server::start().await.browser(), "/").await.text().contains(FIRST), "there are no admins here");
    let server = Server::with(&format!("{EVERYTHING}[pages]\nsetup = false")).await;
    assert!(!look(&mut server.browser(), "/").await.text().contains(FIRST), "there is no page to open");
}

#[actix_web::test]
async fn in_production_it_speaks_to_users_alone() {
    let server = Server::with(&format!("base_url = \"https://auth.example.com\"\n{EVERYTHING}")).await;
    let page = look(&mut server.browser(), "/").await.text();
    assert!(
        !page.contains(FIRST) && !page.contains("You are running this server") && !page.contains("/jwks"),
        "{page}"
    );
}
