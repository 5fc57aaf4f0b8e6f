use super::{EVERYTHING, PATHS, admin, heading, links, look, seen};
use crate::harness::{Browser, Server};

#[actix_web::test]
async fn whoever_is_signed_out_is_asked_to_sign_in_and_comes_back() {
    let server = Server::with(EVERYTHING).await;
    for (path, way) in [
        ("/account", "/sign-in?callbackURL=%2Faccount"),
        ("/admin", "/sign-in?callbackURL=%2Fadmin"),
        ("/admin/users/x", "/sign-in?callbackURL=%2Fadmin%2Fusers%2Fx"),
        (
            "/admin/audit?action=key.&until=a%26b",
            "/sign-in?callbackURL=%2Fadmin%2Faudit%3Faction%3Dkey.%26until%3Da%2526b",
        ),
    ] {
        let answer = look(&mut server.browser(), path).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(way)), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let page = look(&mut server.browser(), way).await;
        assert!(page.text().contains(&format!("\"callback\":\"{path}\"")), "{page:?}");
    }
}

#[actix_web::test]
async fn a_query_that_would_not_lead_back_here_is_left_behind() {
    let server = Server::with(EVERYTHING).await;
    // The whole of it would be refused as the place to go on to.
    let answer = look(&mut server.browser(), "/admin/audit?action=key.\\").await;
    assert_eq!(answer.header("location"), Some("/sign-in?callbackURL=%2Fadmin%2Faudit"), "{answer:?}");
}

#[actix_web::test]
async fn t30_pages_go_by_the_database_whatever_the_cookie_cache_says() {
    let server = Server::with(&format!("{EVERYTHING}[session.cookie_cache]\nenabled = true\n")).await;
    let mut ada = admin(&server).await;
    assert_eq!(ada.post("/sign-in/email", &crate::harness::person("Ada")).await.status, 200);
    assert_eq!(look(&mut ada, "/admin").await.status, 200);
    server.sql("UPDATE {user} SET {user:role} = $1", &["user".into()]).await;
    assert_eq!(look(&mut ada, "/admin").await.status, 403, "a role that was taken away");
    server.sql("DELETE FROM {session}", &[]).await;
    assert_eq!(look(&mut ada, "/account").await.status, 302, "a session that was ended");
}

#[actix_web::test]
async fn a_database_that_is_away_is_told_as_such_and_shows_nobody_anything() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = admin(&server).await;
    server.store().close().await;
    for path in ["/", "/account", "/admin"] {
        let page = look(&mut ada, path).await;
        assert_eq!(page.status, 503, "{path}: {page:?}");
        assert!(seen(&page).contains("<code>SERVICE_UNAVAILABLE</code>") && !seen(&page).contains("Ada"), "{page:?}");
    }
}

#[actix_web::test]
async fn without_a_page_to_sign_in_it_is_401() {
    let server = Server::with("[pages]\nsign_in = false").await;
    assert_eq!(look(&mut server.browser(), "/account").await.status, 401);
}

async fn leads_to_admin(browser: &mut Browser<'_>) -> bool {
    links(&look(browser, "/").await).contains(&"/admin".to_owned())
}

#[actix_web::test]
async fn pages_for_admins_are_for_admins() {
    let server = Server::with(EVERYTHING).await;
    let mut bob = server.member("Bob").await;
    for path in PATHS.iter().filter(|path| path.starts_with("/admin")) {
        let answer = look(&mut bob, path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(seen(&answer).contains("This page is for administrators."), "{answer:?}");
    }
    assert!(!leads_to_admin(&mut bob).await);
    // A role counts from the next page on.
    let mut ada = admin(&server).await;
    assert_eq!(look(&mut ada, "/admin").await.status, 200);
    assert!(leads_to_admin(&mut ada).await);
    server.sql("UPDATE {user} SET {user:role} = $1", &["user".into()]).await;
    assert_eq!(look(&mut ada, "/admin").await.status, 403);
}

#[actix_web::test]
async fn an_admin_who_acts_as_somebody_sees_their_pages_and_who_they_are() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = admin(&server).await;
    let id = server.member("Bob").await.get("/get-session").await.json()["user"]["id"].clone();
    assert_eq!(ada.post("/admin/impersonate-user", &serde_json::json!({ "userId": id })).await.status, 200);
    let page = look(&mut ada, "/account").await;
    assert!(seen(&page).contains("You are acting as Bob."), "{page:?}");
    assert_eq!(look(&mut ada, "/admin").await.status, 403);
}

#[actix_web::test]
async fn whoever_is_signed_in_already_is_told_so_and_led_on() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let page = look(&mut ada, "/sign-in?callbackURL=%2Fsomewhere").await;
    assert_eq!(heading(&page), "You are signed in");
    assert!(links(&page).contains(&"/somewhere".to_owned()), "{page:?}");
    assert!(!seen(&page).contains("<form"), "{page:?}");
}
