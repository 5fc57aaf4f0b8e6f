//! Caches that are longer than one cookie.

use serde_json::json;

use super::{DATA, TOKEN, caching};
use crate::harness::{Browser, Server};

fn places(browser: &Browser<'_>) -> Vec<String> {
    browser.jar.keys().filter_map(|name| name.strip_prefix(DATA)).map(str::to_owned).collect()
}

async fn draw(browser: &mut Browser<'_>, length: usize) {
    let image = format!("https://x.test/{}", "a".repeat(length));
    assert_eq!(browser.post("/update-user", &json!({ "image": image })).await.status, 200);
}

#[actix_web::test]
async fn t27_a_long_session_is_cut_into_cookies_that_browsers_take_and_put_together_again() {
    let server = Server::with(&caching("")).await;
    let mut ada = server.member("Ada").await;
    draw(&mut ada, 8_000).await;
    assert_eq!(places(&ada), [".0", ".1", ".2"]);
    let asked = server.statements().await;
    let answer = ada.get("/get-session").await;
    assert_eq!(answer.json()["user"]["image"].as_str().map(str::len), Some(8_015));
    assert_eq!((server.statements().await, answer.cookies().len()), (asked, 0));
    draw(&mut ada, 3_000).await;
    assert_eq!(places(&ada), [".0", ".1"], "the third is deleted");
    draw(&mut ada, 10).await;
    assert_eq!(places(&ada), [""]);
    draw(&mut ada, 4_000).await;
    assert_eq!(places(&ada), [".0", ".1"]);
    ada.post("/sign-out", &json!({})).await;
    assert!(ada.jar.is_empty(), "{:?}", ada.jar.keys());
}

#[actix_web::test]
async fn t24_chunks_count_only_as_they_were_cut() {
    let server = Server::with(&caching("")).await;
    let mut ada = server.member("Ada").await;
    draw(&mut ada, 8_000).await;
    let (first, second) = (ada.jar[&format!("{DATA}.0")].clone(), ada.jar[&format!("{DATA}.1")].clone());
    for change in [
        vec![(".0", Some(second.clone())), (".1", Some(first))],
        vec![(".1", None)],
        vec![(".3", Some("AAAA".to_owned()))],
        vec![("", Some(second))],
    ] {
        let mut browser = ada.clone();
        for (place, value) in change {
            match value {
                Some(value) => browser.jar.insert(format!("{DATA}{place}"), value),
                None => browser.jar.remove(&format!("{DATA}{place}")),
            };
        }
        let asked = server.statements().await;
        let answer = browser.get("/get-session").await;
        assert_eq!((answer.status, &answer.json()["user"]["name"]), (200, &json!("Ada")));
        assert_eq!(server.statements().await, asked + 1, "it is read anew");
        assert_eq!(places(&browser), [".0", ".1", ".2"], "and what was wrong is gone");
    }
}

#[actix_web::test]
async fn t26_what_is_too_long_for_any_request_is_not_cached_and_locks_nobody_out() {
    let server = Server::with(&caching("")).await;
    let mut ada = server.member("Ada").await;
    draw(&mut ada, 8_000).await;
    draw(&mut ada, 100_000).await;
    assert_eq!(ada.jar.keys().collect::<Vec<_>>(), [TOKEN]);
    let answer = ada.get("/get-session").await;
    assert_eq!(answer.json()["user"]["image"].as_str().map(str::len), Some(100_015));
    assert!(answer.cookies().is_empty());
}
