use super::{PATHS, heading, look, seen};
use crate::harness::Server;

#[actix_web::test]
async fn the_query_goes_before_the_cookie_and_that_before_the_browser() {
    let server = Server::start().await;
    let mut german = server.browser().header("accept-language", "fr, de-CH;q=0.9, en;q=0.8");
    let page = look(&mut german, "/sign-in").await;
    assert_eq!((heading(&page).as_str(), page.header("content-language")), ("Anmelden", Some("de")));
    assert!(seen(&page).contains("<html lang=\"de\">") && page.cookies().is_empty(), "{page:?}");
    let page = look(&mut german, "/sign-in?lang=en").await;
    assert_eq!(heading(&page), "Sign in");
    let cookie = "signet_language=en; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly";
    assert_eq!(page.cookies(), [cookie], "over http it is not Secure");
    assert_eq!(heading(&look(&mut german, "/sign-up").await), "Sign up", "the choice lasts");
    let safe = Server::with("base_url = \"https://auth.example.com\"").await;
    let page = look(&mut safe.browser(), "/sign-in?lang=de").await;
    assert_eq!(page.cookies(), ["signet_language=de; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly; Secure"]);
    for unknown in ["fr", "", "../de", "%3Cscript%3E", "de%0d%0ax:y"] {
        let page = look(&mut server.browser(), &format!("/sign-in?lang={unknown}")).await;
        assert_eq!((heading(&page).as_str(), page.cookies().len()), ("Sign in", 0), "{unknown}");
    }
}

#[actix_web::test]
async fn whoever_prefers_none_that_is_there_gets_the_one_of_the_site() {
    let server = Server::with("[pages]\nlanguage = \"de\"").await;
    let mut french = server.browser().header("accept-language", "fr");
    assert_eq!(heading(&look(&mut french, "/").await), "Willkommen");
    let mut english = server.browser().header("accept-language", "en-GB");
    assert_eq!(heading(&look(&mut english, "/").await), "Welcome");
    let faults =
        crate::harness::load("[pages]\nlanguage = \"fr\"", "sqlite:unused.db").expect_err("there is no French");
    assert!(faults.contains("pages.language") && faults.contains("de, en"), "{faults}");
}

#[actix_web::test]
async fn every_page_speaks_every_language() {
    let server = Server::with(super::EVERYTHING).await;
    let mut ada = super::admin(&server).await;
    for path in PATHS {
        let joint = if path.contains('?') { '&' } else { '?' };
        let german = look(&mut ada, &format!("{path}{joint}lang=de")).await;
        assert_eq!((german.status, german.header("content-language")), (200, Some("de")), "{path}");
        assert!(seen(&german).contains("Zum Inhalt"), "{path}");
    }
}
