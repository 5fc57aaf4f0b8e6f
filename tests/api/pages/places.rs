use super::{PATHS, links, look};
use crate::harness::upstream::Upstream;
use crate::harness::{Server, load};

#[actix_web::test]
async fn a_page_that_is_switched_off_is_not_there_and_no_other_leads_to_it() {
    let server = Server::with("[pages]\nsign_up = false\nadmin = false\n[plugins.admin]\nenabled = true").await;
    let mut ada = super::admin(&server).await;
    for path in PATHS {
        let is_off = path == "/sign-up" || path.starts_with("/admin");
        for browser in [&mut ada, &mut server.browser()] {
            let page = look(browser, path).await;
            assert_eq!(page.status == 404, is_off, "{path}");
            assert!(
                links(&page).iter().all(|link| !link.starts_with("/sign-up") && !link.starts_with("/admin")),
                "{path}"
            );
        }
    }
}

#[actix_web::test]
async fn all_can_be_switched_off_at_once() {
    let server = Server::with("[pages]\nenabled = false").await;
    for path in PATHS {
        assert_eq!(look(&mut server.browser(), path).await.status, 404, "{path}");
    }
    assert_eq!(server.browser().get("/error?error=x").await.status, 200, "a flow still ends somewhere");
}

#[actix_web::test]
async fn an_applications_own_page_is_led_to_in_the_place_of_ours() {
    let server = Server::with("[pages]\nsign_in = \"https://app.example.com/login\"").await;
    assert_eq!(look(&mut server.browser(), "/sign-in").await.status, 404);
    for path in ["/", "/sign-up", "/error"] {
        let page = look(&mut server.browser(), path).await;
        assert!(links(&page).contains(&"https://app.example.com/login".to_owned()), "{path}: {page:?}");
    }
}

#[actix_web::test]
async fn pages_can_lie_below_a_path_of_their_own() {
    let server = Server::with("[pages]\nbase_path = \"/id\"").await;
    for path in ["/id", "/id/sign-in", "/id/error"] {
        let page = look(&mut server.browser(), path).await;
        assert_eq!(page.status, 200, "{path}");
        let own =
            |link: &String| link.starts_with("/id") || link.starts_with("/api/auth/") || link.starts_with(['?', '#']);
        assert!(links(&page).iter().all(own), "{path}: {:?}", links(&page));
    }
    assert_eq!(look(&mut server.browser(), "/sign-in").await.status, 404);
    assert_eq!(look(&mut server.browser(), "/id/?lang=de").await.header("location"), Some("/id?lang=de"));
    let way = look(&mut server.browser(), "/id/account").await;
    assert_eq!(way.header("location"), Some("/id/sign-in?callbackURL=%2Fid%2Faccount"));
}

#[actix_web::test]
async fn where_the_api_is_at_the_top_they_are_at_pages() {
    let server = Server::with("base_path = \"/\"").await;
    assert_eq!(look(&mut server.browser(), "/pages/sign-in").await.status, 200);
    assert_eq!(look(&mut server.browser(), "/ok").await.json(), serde_json::json!({"ok": true}));
    let page = look(&mut server.browser(), "/pages").await;
    assert!(links(&page).iter().any(|link| link.starts_with("/assets/")), "{page:?}");
    let fault = load("base_path = \"/\"\n[pages]\nbase_path = \"/\"", "sqlite:unused.db").expect_err("both at the top");
    assert!(fault.contains("pages.base_path"), "{fault}");
}

#[actix_web::test]
async fn what_the_gateway_passes_on_is_another_services_unless_it_is_asked_for() {
    let upstream = Upstream::start().await;
    let route = upstream.route("/", "require_session = false");
    let server = Server::with(&route).await;
    for path in ["/", "/sign-in", "/account"] {
        assert_eq!(look(&mut server.browser(), path).await.header("x-from"), Some("upstream"), "{path}");
    }
    let server = Server::with(&format!("{route}\n[pages]\nsign_in = true")).await;
    let page = look(&mut server.browser(), "/sign-in").await;
    assert_eq!((page.status, page.header("x-from")), (200, None), "{page:?}");
    assert_eq!(look(&mut server.browser(), "/").await.header("x-from"), Some("upstream"));
}

#[test]
fn what_is_no_place_is_said_at_the_start() {
    for (toml, what) in [
        ("sign_in = \"/login\"", "pages.sign_in"),
        ("sign_in = \"javascript:alert(1)\"", "pages.sign_in"),
        ("account = \"https://app.example.com/me\"", "add its origin to `trusted_origins`"),
        ("verify_email = \"https://app.example.com/done\"", "add its origin to `trusted_origins`"),
        ("base_path = \"id\"", "pages.base_path"),
        ("directory = \"/nowhere/at/all\"", "pages.directory"),
        ("sign_inn = true", "sign_inn"),
    ] {
        let fault = load(&format!("[pages]\n{toml}"), "sqlite:unused.db").map(drop).expect_err(toml);
        assert!(fault.contains(what), "{toml}: {fault}");
    }
    let trusted = "trusted_origins = [\"https://app.example.com\"]\n[pages]\naccount = \"https://app.example.com/me\"";
    load(trusted, "sqlite:unused.db").expect("it may be led to");
}
