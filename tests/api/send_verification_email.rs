use serde_json::json;

use crate::harness::Server;

#[actix_web::test]
async fn it_is_refused_while_no_mail_can_be_sent() {
    let server = Server::start().await;
    let answer = server.browser().post("/send-verification-email", &json!({ "email": "ada@example.com" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VERIFICATION_EMAIL_NOT_ENABLED")));
}
