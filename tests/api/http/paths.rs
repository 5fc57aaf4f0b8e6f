//! Other spellings of a path.

use super::routes::sent;
use super::{Site, Watch, changing, fitting};
use crate::harness::wire;

/// Spellings that some router, proxy or file system takes for the same path.
fn aliases(path: &str) -> Vec<String> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let escape = |byte: u8| format!("%{byte:02x}");
    let first = segments[0];
    let rest = &path[1 + first.len()..];
    let full = format!("/api/auth{path}");
    vec![
        format!("//api/auth{path}"),
        format!("/api//auth{path}"),
        format!("/api/auth/{path}"),
        full.replace("/email", "//email"),
        format!("{full}/"),
        format!("{full}//"),
        format!("{full}/."),
        format!("{full}/x/.."),
        format!("{full}/%2e"),
        format!("/api/auth/x/..{path}"),
        format!("/api/auth/x/%2e%2e{path}"),
        format!("/api/auth/x/%2E.{path}"),
        format!("/api/auth/./{}", &path[1..]),
        format!("/x/../api/auth{path}"),
        format!("/../../api/auth{path}"),
        format!("/api/auth/..;/auth{path}"),
        format!("/api/auth/%2e%2e%2fauth{path}"),
        format!("/api/auth/%252e%252e/auth{path}"),
        format!("/api/auth/{}{}{rest}", escape(first.as_bytes()[0]), &first[1..]),
        format!("/api/auth/{}{rest}", first.bytes().map(escape).collect::<String>()),
        format!("/api/auth{}", path.replacen('-', "%2d", 1)),
        format!("/api/auth%2f{}", &path[1..]),
        format!("/api%2fauth{path}"),
        full.replace("/email", "%2Femail"),
        full.replace("/email", "%5cemail"),
        full.replace("/email", "\\email"),
        format!("{full};v=1"),
        format!("{full};"),
        format!("{full}%00"),
        format!("{full}%20"),
        format!("{full}%0a"),
        format!("{full}.json"),
        format!("{full}%3f"),
        format!("{full}%23"),
        full.to_uppercase(),
        format!("/api/auth{}", path.to_uppercase()),
        format!("/API/auth{path}"),
        format!("/api/auth/{}{}{rest}", first[..1].to_uppercase(), &first[1..]),
        full.replacen('e', "\u{435}", 1).replace('\u{435}', "%d0%b5"),
        full.replacen('i', "%c4%b1", 1),
        format!("{full}?"),
        format!("{full}#x"),
    ]
}

#[actix_web::test]
async fn t07_no_other_spelling_of_a_path_gets_past_the_check_of_the_origin() {
    for switch in ["", "advanced.skip_trailing_slashes = true"] {
        let site = Site::with(switch).await;
        let mut ada = site.ada().await;
        ada.origin = Some("https://evil.example".into());
        let watch = Watch::over(&site.server).await;
        for route in changing(&site.server) {
            let body = fitting(&route).to_string();
            for alias in aliases(&route.path) {
                let json = [("content-type", "application/json")];
                let answer = ada.clone().send("POST", &format!("!{alias}"), &json, Some(body.as_bytes())).await;
                watch.refused(&alias, &answer).await;
                let judged = (answer.status, answer.code().as_deref()) == (403, Some("INVALID_ORIGIN"));
                let unknown = matches!(answer.status, 400 | 404) && answer.body.is_empty();
                assert!(judged || unknown, "{alias} {answer:?}");
            }
        }
    }
}

#[actix_web::test]
async fn t07_no_other_spelling_of_a_disabled_path_is_open() {
    for switch in ["", "advanced.skip_trailing_slashes = true"] {
        let open = Site::start().await;
        // All but the one that says whether the server is alive.
        let routes: Vec<_> = open.server.endpoints().into_iter().filter(|route| &*route.path != "/ok").collect();
        let paths: Vec<String> = routes.iter().map(|route| format!("{:?}", route.path)).collect();
        let site = Site::with(&format!("disabled_paths = [{}]\n{switch}", paths.join(", "))).await;
        let watch = Watch::over(&site.server).await;
        for route in routes.iter().filter(|route| !route.at_origin && !route.path.contains(':')) {
            let body = (route.method != "GET").then(|| fitting(route).to_string());
            for alias in aliases(&route.path) {
                let headers = [("content-type", "application/json")];
                let mut browser = site.server.browser();
                let body = body.as_deref().map(str::as_bytes);
                let answer = browser.send(route.method.as_str(), &format!("!{alias}"), &headers, body).await;
                let closed = answer.status == 404 && matches!(answer.text().as_str(), "" | "Not Found");
                let malformed = answer.status == 400 && answer.body.is_empty();
                assert!(closed || malformed, "{alias} {answer:?}");
            }
        }
        watch.unchanged("disabled paths".into()).await;
    }
}

#[actix_web::test]
async fn t07_an_escaped_letter_names_no_route() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in site.server.endpoints().iter().filter(|route| !route.path.contains(':')) {
        let path = sent(route);
        let (below, name) = path.split_at(path.find('/').expect("a slash") + 1);
        let escaped = format!("{below}%{:02x}{}", name.as_bytes()[0], &name[1..]);
        let body = (route.method != "GET").then(|| fitting(route).to_string());
        let headers = [("content-type", "application/json")];
        let answer =
            ada.clone().send(route.method.as_str(), &escaped, &headers, body.as_deref().map(str::as_bytes)).await;
        // A dot that is escaped is still a dot: there is no other reading of it.
        if name.starts_with('.') {
            continue;
        }
        watch.refused(&escaped, &answer).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{escaped}");
    }
}

#[actix_web::test]
async fn t05_a_parameter_that_comes_twice_is_no_choice_but_a_fault() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for path in [
        "/verify-email?token=a&token=b",
        "/verify-email?token=a&callbackURL=/x&callbackURL=/y",
        "/verify-email?token=a&callbackURL=/x&callbackURL=https://evil.example",
        "/delete-user/callback?token=a&token=b",
        "/reset-password/t?callbackURL=/x&callbackURL=https://evil.example",
        "/reset-password/t?callbackURL=https://evil.example&callbackURL=/x",
        "/reset-password/t?callbackURL[]=/x",
        "/reset-password/t?callbackURL[0]=/x",
        "/verify-email?token[]=a",
    ] {
        let answer = ada.clone().get(path).await;
        watch.refused(path, &answer).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{path}");
    }
}

#[actix_web::test]
async fn t05_what_a_body_says_is_not_overruled_by_the_query() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let mut victim = site.server.member("Victim").await;
    let watch = Watch::over(&site.server).await;
    let token = victim.get("/get-session").await.json()["session"]["token"].as_str().expect("a token").to_owned();
    let answer = ada
        .clone()
        .send("POST", &format!("/revoke-session?token={token}"), &[("content-type", "application/json")], Some(b"{}"))
        .await;
    watch.refused("a token in the query", &answer).await;
    let wrong = serde_json::json!({"email": "ada@example.com", "password": "wrong horse Ada"});
    let path = "/sign-in/email?email=ada@example.com&password=correct+horse+Ada";
    let answer = site.server.browser().post(path, &wrong).await;
    watch.refused(path, &answer).await;
    assert_eq!(answer.status, 401);
    // The page of a POST's query is checked as the body's is, and only the body's is followed.
    let mut right = fitting_sign_in();
    right["callbackURL"] = "/home".into();
    let answer = site.server.browser().post("/sign-in/email?callbackURL=https://evil.example", &right).await;
    watch.refused("two pages", &answer).await;
    let answer = site.server.browser().post("/sign-in/email?callbackURL=/a&callbackURL=/b", &right).await;
    watch.refused("a list of pages", &answer).await;
    assert_eq!(answer.status, 400);
    let answer = site.server.browser().post("/sign-in/email?callbackURL=/elsewhere", &right).await;
    assert_eq!((answer.status, answer.header("location")), (200, Some("/home")));
}

#[actix_web::test]
async fn t05_a_forms_field_that_comes_twice_is_a_list_and_fits_nothing() {
    let site = Site::start().await;
    let _ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for body in [
        "email=ada%40example.com&password=wrong+horse&password=correct+horse+Ada",
        "email=ada%40example.com&email=eve%40example.com&password=correct+horse+Ada",
        "email[]=ada%40example.com&password=correct+horse+Ada",
        "email=ada%40example.com&password=correct+horse+Ada&callbackURL=/a&callbackURL=/b",
    ] {
        let answer = site.server.browser().send("POST", "/sign-in/email", &form, Some(body.as_bytes())).await;
        watch.refused(body, &answer).await;
        assert_eq!(answer.status, 400, "{body}");
    }
}

fn fitting_sign_in() -> serde_json::Value {
    serde_json::json!({"email": "ada@example.com", "password": "correct horse Ada"})
}

/// The target may be a whole URL (RFC 9112 §3.2.2); it is its path that counts, and the checks are the same.
#[actix_web::test]
async fn t07_a_whole_url_in_the_request_line_meets_the_same_checks() {
    let site = Site::with("disabled_paths = [\"/sign-up/email\"]").await;
    let body = r#"{"name":"Eve","email":"eve@example.com","password":"correct horse Eve"}"#;
    let request = format!(
        "POST http://localhost:3000/api/auth/sign-up/email HTTP/1.1\r\nhost: localhost:3000\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = wire::answer(site.server.address, request.as_bytes()).await.expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (404, "Not Found"));
}

#[actix_web::test]
async fn t07_a_slash_at_the_end_is_another_path_unless_it_is_switched_on() {
    for (switch, known) in [("", false), ("advanced.skip_trailing_slashes = true", true)] {
        let site = Site::with(switch).await;
        let ada = site.ada().await;
        for route in site.server.endpoints().iter().filter(|route| route.method == "GET" && !route.wide) {
            let answer = ada.clone().get(&format!("{}/", sent(route))).await;
            let nowhere = (answer.status, answer.body.len(), answer.header("content-type")) == (404, 0, None);
            assert_eq!(nowhere, !known, "{} {switch} {answer:?}", route.path);
        }
    }
}
