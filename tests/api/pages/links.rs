use super::{EVERYTHING, heading, links, look, seen};
use crate::harness::{Mailbox, Server};

#[actix_web::test]
async fn a_link_for_a_new_password_leads_to_its_page_once() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    let mut browser = server.browser();
    let wanted = serde_json::json!({"email": "ada@example.com", "redirectTo": "/reset-password"});
    assert_eq!(browser.post("/request-password-reset", &wanted).await.status, 200);
    let mail = mailbox.all(&server).await.pop().expect("a mail");
    let answer = browser.get(&mail.path()).await;
    let page = answer.header("location").expect("a page").replace("http://localhost:3000", "");
    assert_eq!(heading(&look(&mut browser, &page).await), "Choose a new password");
    let token = page.split_once("token=").expect("a token").1;
    let body = serde_json::json!({"newPassword": "a better battery staple", "token": token});
    assert_eq!(browser.post("/reset-password", &body).await.status, 200);
    let answer = browser.get(&mail.path()).await;
    let page = answer.header("location").expect("a page").replace("http://localhost:3000", "");
    let dead = look(&mut browser, &page).await;
    assert_eq!(heading(&dead), "This link does not work");
    assert!(links(&dead).contains(&"/forgot-password".to_owned()) && !seen(&dead).contains("<form"), "{dead:?}");
}

#[actix_web::test]
async fn without_a_token_there_is_nothing_to_fill_in() {
    let server = Server::with(EVERYTHING).await;
    for (path, said) in [
        ("/reset-password", "This link is incomplete"),
        ("/reset-password?token=", "This link is incomplete"),
        ("/reset-password?token=x&error=INVALID_TOKEN", "This link does not work"),
    ] {
        let page = look(&mut server.browser(), path).await;
        assert_eq!(heading(&page), said, "{path}");
        assert!(seen(&page).contains("Back to sign-in"), "{path}");
        assert!(!seen(&page).contains("<form"), "{path}");
    }
}

#[actix_web::test]
async fn a_link_that_proves_an_address_comes_back_with_what_became_of_it() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = server.member("Ada").await;
    let page = look(&mut ada, "/verify-email").await;
    assert!(seen(&page).contains("It is not confirmed yet."), "{page:?}");
    server.sql("UPDATE {user} SET {user:emailVerified} = $1", &[true.into()]).await;
    let page = look(&mut ada, "/verify-email").await;
    assert!(seen(&page).contains("ada@example.com is yours."), "{page:?}");
    let answer = ada.get("/verify-email?token=x&callbackURL=%2Fverify-email").await;
    assert_eq!(answer.header("location"), Some("/verify-email?error=INVALID_TOKEN"));
    let page = look(&mut server.browser(), "/verify-email?proved=1").await;
    assert_eq!(heading(&page), "Your address is confirmed");
    let page = look(&mut server.browser(), "/verify-email").await;
    assert!(seen(&page).contains("follow the link in our mail") && seen(&page).contains("<form"), "{page:?}");
    for (error, said) in [
        ("INVALID_TOKEN", "It is incomplete"),
        ("TOKEN_EXPIRED", "It is too old."),
        ("USER_NOT_FOUND", "no such account"),
    ] {
        let page = look(&mut server.browser(), &format!("/verify-email?error={error}")).await;
        assert!(seen(&page).contains(said) && seen(&page).contains("<form"), "{error}: {page:?}");
    }
    for path in ["/verify-email", "/reset-password"] {
        let page = look(&mut server.browser(), &format!("{path}?error=Call+0800+123")).await;
        assert!(!page.text().contains("Call 0800"), "{path}: nobody puts a sentence into the site's mouth");
    }
}

#[actix_web::test]
async fn what_needs_mail_is_not_offered_without_it() {
    let server = Server::start().await;
    assert!(!links(&look(&mut server.browser(), "/sign-in").await).contains(&"/forgot-password".to_owned()));
    let page = look(&mut server.browser(), "/forgot-password").await;
    assert!(seen(&page).contains("This site sends no mails.") && !seen(&page).contains("<form"), "{page:?}");
}

#[actix_web::test]
async fn only_the_ways_in_that_there_are_are_offered() {
    let server = Server::with(&format!("[email_and_password]\ndisable_sign_up = true\n{EVERYTHING}")).await;
    let page = look(&mut server.browser(), "/sign-in").await;
    assert!(seen(&page).contains("E-mail address or user name") && seen(&page).contains("Continue with GitHub"));
    assert!(!links(&page).contains(&"/sign-up".to_owned()), "{page:?}");
    let page = look(&mut server.browser(), "/sign-up").await;
    assert!(!seen(&page).contains("<form") && seen(&page).contains("Continue with GitHub"), "{page:?}");
    let server = Server::with("[email_and_password]\nenabled = false").await;
    let page = look(&mut server.browser(), "/sign-in").await;
    assert!(!seen(&page).contains("<form") && seen(&page).contains("Nobody can sign in here"), "{page:?}");
}
