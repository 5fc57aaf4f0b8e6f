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

#[actix_web::test]
async fn programs_find_nothing_at_the_root_as_with_better_auth() {
    let server = Server::start().await;
    let answer = server.browser().get("!/").await;
    assert_eq!((answer.status, answer.header("content-type"), answer.body.len()), (404, None, 0), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "a browser is shown a page there");
}

#[actix_web::test]
async fn a_browser_is_told_that_there_is_no_such_page_unless_the_path_is_the_apis() {
    let server = Server::start().await;
    for path in ["/nope", "/sign-in/", "/admin/nope"] {
        let page = look(&mut server.browser(), path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(seen(&page).contains("There is no page at this address."), "{path}: {page:?}");
        let answer = server.browser().get(&format!("!{path}")).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "a program, {path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "a program, {path}");
    }
    assert_eq!(look(&mut server.browser(), "/api/auth/nope").await.body.len(), 0);
    let bare = Server::with("[pages]\nenabled = false").await;
    assert_eq!(look(&mut bare.browser(), "/nope").await.body.len(), 0);
}
