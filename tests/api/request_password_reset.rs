use serde_json::json;

use crate::harness::Server;

#[actix_web::test]
async fn it_is_refused_while_no_mail_can_be_sent_for_known_and_unknown_addresses_alike() {
    let server = Server::start().await;
    server.member("Ada").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        let answer = server.browser().post("/request-password-reset", &json!({ "email": email })).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("RESET_PASSWORD_DISABLED")), "{email}");
    }
    let answer = server.browser().post("/request-password-reset", &json!({ "email": "ada" })).await;
    assert_eq!(answer.json()["message"], "[body.email] Invalid email address");
}
