use crate::harness::Server;

#[actix_web::test]
async fn it_answers() {
    let server = Server::start().await;
    let answer = server.browser().get("/ok").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"ok":true}"#));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}
