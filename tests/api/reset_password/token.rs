use crate::harness::Server;

async fn with_token(token: &str) -> Server {
    let server = Server::start().await;
    let ends = server.now().plus_seconds(3600);
    server.store().put_verification(&format!("reset-password:{token}"), "a-user", ends).await.expect("it is stored");
    server
}

#[actix_web::test]
async fn a_good_token_is_handed_to_the_page_as_often_as_the_link_is_followed() {
    let server = with_token("p6ENJ33YN83vLAXQt1hRthNv").await;
    for _ in 0..3 {
        let answer =
            server.browser().get("/reset-password/p6ENJ33YN83vLAXQt1hRthNv?callbackURL=%2Freset%3Fa%3D1").await;
        assert_eq!(answer.status, 302);
        let page = format!("{}/reset?a=1&token=p6ENJ33YN83vLAXQt1hRthNv", server.origin());
        assert_eq!(answer.header("location"), Some(page.as_str()));
    }
}

#[actix_web::test]
async fn an_unknown_or_expired_token_is_told_to_the_page() {
    let server = with_token("p6ENJ33YN83vLAXQt1hRthNv").await;
    let answer = server.browser().get("/reset-password/other?callbackURL=%2Freset").await;
    let page = format!("{}/reset?error=INVALID_TOKEN", server.origin());
    assert_eq!(answer.header("location"), Some(page.as_str()));
    server.wait(3601);
    let answer = server.browser().get("/reset-password/p6ENJ33YN83vLAXQt1hRthNv?callbackURL=%2Freset").await;
    assert_eq!(answer.header("location"), Some(page.as_str()));
}

#[actix_web::test]
async fn a_page_elsewhere_is_refused_and_none_leads_to_the_error_page() {
    let server = with_token("t").await;
    let answer = server.browser().get("/reset-password/t?callbackURL=https%3A%2F%2Fevil.example.com").await;
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("INVALID_CALLBACK_URL")));
    let answer = server.browser().get("/reset-password/t?callbackURL=").await;
    let page = format!("{}/api/auth/error?error=INVALID_TOKEN", server.origin());
    assert_eq!(answer.header("location"), Some(page.as_str()));
    assert_eq!(server.browser().get("/reset-password/t").await.status, 400);
}
