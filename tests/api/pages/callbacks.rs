use super::{EVERYTHING, links, look};
use crate::harness::Server;

#[actix_web::test]
async fn where_somebody_wants_to_be_is_kept_from_page_to_page() {
    let server = Server::with(EVERYTHING).await;
    for (path, next) in [
        ("/sign-in", "/sign-up?callbackURL=%2Fhere%3Fa%3D1"),
        ("/sign-in", "/forgot-password?callbackURL=%2Fhere%3Fa%3D1"),
        ("/sign-up", "/sign-in?callbackURL=%2Fhere%3Fa%3D1"),
        ("/forgot-password", "/sign-in?callbackURL=%2Fhere%3Fa%3D1"),
        ("/verify-email", "/sign-in?callbackURL=%2Fhere%3Fa%3D1"),
    ] {
        let page = look(&mut server.browser(), &format!("{path}?callbackURL=%2Fhere%3Fa%3D1")).await;
        assert!(links(&page).iter().any(|link| link == next), "{path}: {:?}", links(&page));
        let in_german = look(&mut server.browser(), &format!("{path}?lang=de&callbackURL=%2Fhere&lang=de")).await;
        assert!(links(&in_german).iter().any(|link| link == "?callbackURL=%2Fhere&lang=en"), "{:?}", links(&in_german));
        let other_language = "?callbackURL=%2Fhere%3Fa%3D1&lang=de";
        assert!(links(&page).iter().any(|link| link == other_language), "{path}: {:?}", links(&page));
    }
}

#[actix_web::test]
async fn a_place_that_is_not_trusted_is_dropped() {
    let server = Server::with("trusted_origins = [\"https://app.example.com\"]").await;
    let mut ada = server.member("Ada").await;
    for (given, is_kept) in [
        ("https%3A%2F%2Fevil.example%2F", false),
        ("%2F%2Fevil.example", false),
        ("%2F%5Cevil.example", false),
        ("javascript%3Aalert(1)", false),
        ("https%3A%2F%2Fapp.example.com%2Fhome", true),
        ("%2Fhome", true),
    ] {
        let page = look(&mut server.browser(), &format!("/sign-in?callbackURL={given}")).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.text().contains("\"callback\":null"), !is_kept, "{given}");
        let ways = links(&page).into_iter().filter(|link| link.starts_with("/sign-up"));
        assert!(ways.into_iter().all(|link| link.contains("callbackURL") == is_kept), "{given}");
        let signed_in = look(&mut ada, &format!("/sign-in?callbackURL={given}")).await;
        assert!(!links(&signed_in).iter().any(|link| link.contains("evil") && !link.starts_with('?')), "{signed_in:?}");
    }
}

#[actix_web::test]
async fn an_applications_own_page_gets_an_address_that_it_can_lead_back_to() {
    let server = Server::with("[pages]\nsign_in = \"https://app.example.com/login?from=auth\"").await;
    let way = "https://app.example.com/login?from=auth&callbackURL=http%3A%2F%2Flocalhost%3A3000%2Faccount";
    assert_eq!(look(&mut server.browser(), "/account").await.header("location"), Some(way));
    let page = look(&mut server.browser(), "/sign-up?callbackURL=%2Faccount").await;
    assert!(links(&page).iter().any(|link| link == way), "{:?}", links(&page));
}
