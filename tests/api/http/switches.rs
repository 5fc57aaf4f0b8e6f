//! The switches that turn checks off, each alone (core.md §6.1 has how they couple).

use serde_json::json;

use super::Site;
use crate::harness::browser::Answer;

/// How a route answers Ada's request from elsewhere, and one that names a page elsewhere.
async fn from_elsewhere(site: &Site, path: &str) -> (Answer, Answer) {
    let mut ada = site.server.browser();
    let person = crate::harness::person("Ada");
    if ada.post("/sign-up/email", &person).await.status != 200 {
        ada.post("/sign-in/email", &person).await;
    }
    let body = json!({"name": "Ada", "theme": "dark", "token": "x"});
    let with_page = json!({"name": "Ada", "theme": "dark", "token": "x", "callbackURL": "https://evil.example"});
    let page = ada.clone().post(path, &with_page).await;
    ada.origin = Some("https://evil.example".into());
    (ada.post(path, &body).await, page)
}

#[track_caller]
fn check(answers: &(Answer, Answer), origin_is_checked: bool, page_is_checked: bool) {
    let expected = |checked: bool, code: &'static str| checked.then_some(code);
    assert_eq!(answers.0.code().as_deref(), expected(origin_is_checked, "INVALID_ORIGIN"), "{:?}", answers.0);
    assert_eq!(answers.1.code().as_deref(), expected(page_is_checked, "INVALID_CALLBACK_URL"), "{:?}", answers.1);
}

#[actix_web::test]
async fn t42_both_checks_are_on_unless_switched_off() {
    for toml in ["", "advanced.disable_csrf_check = false", "advanced.disable_origin_check = false"] {
        check(&from_elsewhere(&Site::with(toml).await, "/update-user").await, true, true);
    }
}

#[actix_web::test]
async fn t42_without_the_check_of_origins_pages_are_still_checked() {
    let site = Site::with("advanced.disable_csrf_check = true").await;
    check(&from_elsewhere(&site, "/update-user").await, false, true);
}

#[actix_web::test]
async fn t42_without_the_check_of_pages_origins_are_checked_only_if_that_is_asked_for() {
    let site = Site::with("advanced.disable_origin_check = true").await;
    check(&from_elsewhere(&site, "/update-user").await, false, false);
    let site = Site::with("[advanced]\ndisable_origin_check = true\ndisable_csrf_check = false").await;
    check(&from_elsewhere(&site, "/update-user").await, true, false);
}

#[actix_web::test]
async fn t42_a_path_without_checks_takes_them_from_no_sibling() {
    let site = Site::with("advanced.disable_origin_check = [\"/update-user\", \"/revoke-\", \"/sign\"]").await;
    check(&from_elsewhere(&site, "/update-user").await, false, false);
    for sibling in ["/update-session", "/revoke-session", "/revoke-other-sessions"] {
        check(&from_elsewhere(&site, sibling).await, true, true);
    }
    let site = Site::with("advanced.disable_origin_check = [\"/update\", \"/update-user/x\", \"/updat\"]").await;
    check(&from_elsewhere(&site, "/update-user").await, true, true);
}

#[actix_web::test]
async fn t42_a_path_without_checks_covers_what_is_below_it() {
    let site = Site::with("advanced.disable_origin_check = [\"/sign-in\"]").await;
    let body =
        json!({"email": "ada@example.com", "password": "correct horse Ada", "callbackURL": "https://evil.example"});
    let mut browser = site.server.browser();
    browser.origin = Some("https://evil.example".into());
    assert_eq!(browser.post("/sign-in/email", &body).await.code().as_deref(), Some("INVALID_EMAIL_OR_PASSWORD"));
    assert_eq!(browser.post("/sign-up/email", &body).await.code().as_deref(), Some("INVALID_CALLBACK_URL"));
}
