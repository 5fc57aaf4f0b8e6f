use serde_json::json;

use crate::harness::Server;

#[actix_web::test]
async fn the_name_and_the_picture_change_and_the_cookie_is_renewed() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    let answer =
        browser.post("/update-user", &json!({ "name": "Countess", "image": "https://example.com/a.png" })).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":true}"#));
    assert!(answer.cookies()[0].contains("; Max-Age=604800; "), "{answer:?}");
    let user = browser.get("/get-session").await.json()["user"].clone();
    assert_eq!((&user["name"], &user["image"]), (&json!("Countess"), &json!("https://example.com/a.png")));
}

#[actix_web::test]
async fn null_takes_the_picture_away_and_is_no_name() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    browser.post("/update-user", &json!({ "image": "https://example.com/a.png" })).await;
    assert_eq!(browser.post("/update-user", &json!({ "image": null })).await.status, 200);
    assert_eq!(browser.get("/get-session").await.json()["user"]["image"], json!(null));
    let answer = browser.post("/update-user", &json!({ "name": null })).await;
    assert_eq!(answer.json()["message"], "[body.name] Invalid input: expected string, received null");
}

#[actix_web::test]
async fn what_changes_nothing_or_an_address_is_refused() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    for body in [json!({}), json!({ "emailVerified": true }), json!({ "id": "chosen" })] {
        let answer = browser.post("/update-user", &body).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, r#"{"message":"No fields to update"}"#), "{body}");
    }
    let answer = browser.post("/update-user", &json!({ "email": "new@example.com", "name": "X" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("EMAIL_CAN_NOT_BE_UPDATED")));
    let answer = server.browser().post("/update-user", &json!({ "name": "Nobody" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (401, Some("UNAUTHORIZED")));
}
