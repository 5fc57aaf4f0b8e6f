//! One line a request, and the request's id in every line that comes of it.

use serde_json::json;

use crate::harness::{Server, person};
use crate::lines;

fn accesses(id: &str) -> Vec<serde_json::Value> {
    lines::of_request(id).into_iter().filter(|line| line["target"] == "signet::access").collect()
}

#[actix_web::test]
async fn each_request_is_one_line_that_says_these_things_and_no_other() {
    lines::catch();
    let server = Server::start().await;
    let mut browser = server.browser().header("x-forwarded-for", "198.51.100.7");
    browser.post("/sign-up/email", &person("Grace")).await;
    let mut wrong = person("Grace");
    wrong["password"] = "not hers at all".into();
    let answer = browser.post("/sign-in/email", &wrong).await;
    let id = answer.header("x-request-id").expect("an id");
    let lines = accesses(id);
    assert_eq!(lines.len(), 1);
    let mut line = lines[0].clone();
    let members: Vec<_> = line.as_object().expect("an object").keys().cloned().collect();
    let expected = ["time", "level", "target", "message", "request", "route", "method", "status", "ms", "client"];
    assert_eq!(members, expected);
    assert!(line["ms"].as_f64().is_some_and(|ms| ms >= 0.0), "{line}");
    for name in ["time", "ms", "request"] {
        line[name].take();
    }
    let expected = json!({
        "time": null, "level": "info", "target": "signet::access", "message": "answered", "request": null,
        "route": "/sign-in/email", "method": "POST", "status": 401, "ms": null, "client": "198.51.100.7",
    });
    assert_eq!(line, expected);
}

#[actix_web::test]
async fn a_request_without_a_route_is_a_line_without_what_was_sent() {
    lines::catch();
    let server = Server::start().await;
    let answer = server.browser().send("BREW", "/coffee?with=milk", &[], None).await;
    let lines = accesses(answer.header("x-request-id").expect("an id"));
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["route"], &lines[0]["method"]), (&json!("none"), &json!("other")));
}

#[actix_web::test]
async fn whatever_comes_of_a_request_has_its_id() {
    lines::catch();
    let server = Server::start().await;
    let mut browser = server.browser().header("x-request-id", "from-the-proxy.1");
    server.store().close().await;
    let answer = browser.post("/sign-in/email", &person("Nobody")).await;
    assert_eq!((answer.status, answer.header("x-request-id")), (503, Some("from-the-proxy.1")));
    let lines = lines::of_request("from-the-proxy.1");
    let says = |text: &str| lines.iter().any(|line| line["message"].as_str().is_some_and(|said| said.contains(text)));
    assert!(says("the database is away") && says("answered 503") && says("answered"), "{lines:#?}");
}

#[actix_web::test]
async fn t89_requests_at_the_same_time_are_not_mixed_up() {
    lines::catch();
    let server = Server::start().await;
    let requests = (0..20).map(|number| {
        let mut browser = server.browser().header("x-request-id", &format!("same-time-{number}"));
        let path = if number % 2 == 0 { "/ok" } else { "/get-session" };
        async move { (number, path, browser.get(path).await) }
    });
    for (number, path, answer) in futures_util::future::join_all(requests).await {
        let id = format!("same-time-{number}");
        assert_eq!(answer.header("x-request-id"), Some(id.as_str()));
        let routes: Vec<_> = accesses(&id).into_iter().map(|mut line| line["route"].take()).collect();
        assert_eq!(routes, [path]);
    }
}
