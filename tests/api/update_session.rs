use serde_json::json;

use crate::harness::Server;

const DEVICE: &str = "[session.additional_fields.device]\ntype = \"string\"\nrequired = false";

#[actix_web::test]
async fn an_additional_field_changes_and_core_fields_do_not() {
    let server = Server::with(DEVICE).await;
    let mut browser = server.member("Ada").await;
    let before = browser.get("/get-session").await.json()["session"].clone();
    server.wait(5);
    let answer =
        browser.post("/update-session", &json!({ "device": "Engine", "token": "chosen", "userId": "chosen" })).await;
    let after = answer.json()["session"].clone();
    assert_eq!(after["device"], "Engine");
    for kept in ["id", "token", "userId", "expiresAt", "createdAt"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert!(after["updatedAt"].as_str() > before["updatedAt"].as_str());
    assert_eq!(browser.get("/get-session").await.json()["session"]["device"], "Engine");
}

#[actix_web::test]
async fn nothing_to_change_is_refused() {
    let server = Server::with(DEVICE).await;
    let mut browser = server.member("Ada").await;
    for body in [json!({}), json!({ "token": "chosen" })] {
        let answer = browser.post("/update-session", &body).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, r#"{"message":"No fields to update"}"#), "{body}");
    }
    assert_eq!(server.browser().post("/update-session", &json!({ "device": "x" })).await.status, 401);
}
