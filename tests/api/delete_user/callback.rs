//! GET /delete-user/callback.

use super::{DELETED, ON, id_of, plant};
use crate::harness::{Browser, Server};
use crate::sign_out::CLEARED;

async fn follow(browser: &mut Browser<'_>, query: &str) -> crate::harness::browser::Answer {
    browser.get(&format!("/delete-user/callback?{query}")).await
}

#[actix_web::test]
async fn the_link_deletes_its_own_user_once_and_goes_to_the_page() {
    let server = Server::with(ON).await;
    for (query, status, location) in [("token=t", 200, None), ("token=t&callbackURL=%2Fbye", 302, Some("/bye"))] {
        let mut ada = server.member("Ada").await;
        plant(&server, "t", &id_of(&server, "ada@example.com").await).await;
        let kept = ada.clone();
        let answer = follow(&mut ada, query).await;
        assert_eq!((answer.status, answer.header("location")), (status, location));
        assert_eq!(answer.text(), if status == 200 { DELETED } else { "" });
        assert_eq!(answer.cookies(), CLEARED);
        assert_eq!((server.count("user").await, server.count("verification").await), (0, 0));
        let again = follow(&mut kept.clone(), query).await;
        assert_eq!((again.status, again.code().as_deref()), (404, Some("FAILED_TO_GET_USER_INFO")));
    }
}

#[actix_web::test]
async fn what_is_wrong_is_told_in_the_contracts_order_and_nobody_is_deleted() {
    let off = Server::start().await;
    let answer = follow(&mut off.member("Ada").await, "token=t").await;
    assert_eq!((answer.status, answer.text().as_str()), (404, r#"{"message":"Not found","code":"NOT_FOUND"}"#));
    let server = Server::with(ON).await;
    let (mut ada, mut mallory) = (server.member("Ada").await, server.member("Mallory").await);
    plant(&server, "t", &id_of(&server, "ada@example.com").await).await;
    let answer = follow(&mut server.browser(), "token=t").await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (404, r#"{"message":"Failed to get user info","code":"FAILED_TO_GET_USER_INFO"}"#)
    );
    // Mallory's hand spends Ada's token.
    for (is_mallory, query) in [(true, "token=t"), (false, "token=t"), (false, "token=unknown&callbackURL=%2Fbye")] {
        let answer = follow(if is_mallory { &mut mallory } else { &mut ada }, query).await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (404, r#"{"message":"Invalid token","code":"INVALID_TOKEN"}"#)
        );
    }
    let answer = follow(&mut ada, "token=t&callbackURL=https%3A%2F%2Fevil.example").await;
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("INVALID_CALLBACK_URL")));
    assert_eq!(follow(&mut ada, "").await.code().as_deref(), Some("VALIDATION_ERROR"));
    assert_eq!(server.count("user").await, 2);
}
