use super::{EVERYTHING, look, values};
use crate::harness::{Browser, Server, person};

const ALL: &str = "[user.change_email]\nenabled = true\n[user.delete_user]\nenabled = true\n";

async fn account(browser: &mut Browser<'_>) -> String {
    let page = look(browser, "/account").await;
    assert_eq!(page.status, 200, "{page:?}");
    page.text()
}

/// The parts of the page, by the ids of their cards.
fn parts(html: &str) -> Vec<&str> {
    let cards = html.split("<section class=\"card\" id=\"").skip(1);
    cards.filter_map(|card| card.split('"').next()).collect()
}

/// Takes the password from everybody, who came by GitHub then.
async fn forget_passwords(server: &Server) {
    let came_by_github = "UPDATE {account} SET {account:providerId} = $1, {account:password} = NULL";
    server.sql(came_by_github, &["github".into()]).await;
}

#[actix_web::test]
async fn an_account_has_the_parts_that_there_is_something_to_do_in() {
    let server = Server::start().await;
    let page = account(&mut server.member("Ada").await).await;
    assert_eq!(parts(&page), ["profile", "password", "sessions", "activity"]);
    assert!(!page.contains("id=\"username\"") && !page.contains("id=\"email-form\""), "{page}");
    let server = Server::with(&format!("{ALL}[audit]\nenabled = false\n{EVERYTHING}")).await;
    let page = account(&mut server.member("Ada").await).await;
    assert_eq!(parts(&page), ["profile", "password", "linked", "sessions", "deletion"]);
    assert!(page.contains("id=\"username\"") && page.contains("id=\"email-form\""), "{page}");
    let links = values(&page, "href");
    for part in parts(&page) {
        assert!(links.contains(&format!("#{part}")), "{part}");
    }
}

#[actix_web::test]
async fn it_asks_the_database_for_the_accounts_and_for_nothing_else_that_other_pages_do_not() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let mut asked = [0; 2];
    for (path, asked) in ["/sign-in", "/account"].into_iter().zip(&mut asked) {
        let before = server.statements().await;
        assert_eq!(look(&mut ada, path).await.status, 200);
        *asked = server.statements().await - before;
    }
    assert_eq!(asked[1], asked[0] + 1, "{asked:?}");
}

#[actix_web::test]
async fn it_shows_who_somebody_is_and_nothing_that_signs_them_in() {
    let server = Server::with(&format!("{ALL}{EVERYTHING}")).await;
    let mut ada = server.member("Ada").await;
    let session = ada.get("/get-session").await.json()["session"].clone();
    let page = account(&mut ada).await;
    assert!(page.contains("ada@example.com") && page.contains("Not verified"), "{page}");
    assert_eq!(values(&page, "data-session"), [session["id"].as_str().expect("an id")]);
    assert!(!page.contains(session["token"].as_str().expect("a token")), "{page}");
    server.sql("UPDATE {user} SET {user:emailVerified} = $1", &[true.into()]).await;
    let page = account(&mut ada).await;
    assert!(page.contains("Verified") && !page.contains("id=\"verify\""), "{page}");
}

#[actix_web::test]
async fn whoever_has_no_password_is_mailed_a_link_for_one_where_there_is_mail() {
    for (config, offers) in [(EVERYTHING, true), ("", false)] {
        let server = Server::with(config).await;
        let mut ada = server.member("Ada").await;
        assert!(account(&mut ada).await.contains("id=\"password-form\""));
        forget_passwords(&server).await;
        let page = account(&mut ada).await;
        assert!(!page.contains("id=\"password-form\"") && page.contains("You sign in without a password."), "{page}");
        assert_eq!(page.contains("id=\"set-password\""), offers, "{page}");
        assert!(parts(&page).contains(&"linked"), "an account that is linked is shown, whoever else one can link");
    }
}

#[actix_web::test]
async fn after_a_while_devices_and_the_end_of_an_account_want_another_sign_in() {
    let server = Server::with(&format!("{ALL}{EVERYTHING}")).await;
    let mut ada = server.member("Ada").await;
    let page = account(&mut ada).await;
    assert!(page.contains("data-fresh") && page.contains("id=\"delete\""), "{page}");
    server.wait(86_400);
    let page = account(&mut ada).await;
    assert!(!page.contains("data-fresh"), "{page}");
    assert!(page.contains("id=\"delete\" ") && page.contains("data-has-password"), "a password does, too: {page}");
    forget_passwords(&server).await;
    let page = account(&mut ada).await;
    assert!(!page.contains("id=\"delete\"") && page.contains("id=\"deletion-again\""), "{page}");
}

#[actix_web::test]
async fn an_end_that_is_confirmed_by_mail_is_asked_for_at_any_time() {
    let mails = "[mail]\ntransport = \"log\"\ndelete_account = true\n";
    let server = Server::with(&format!("{ALL}{mails}")).await;
    let mut ada = server.member("Ada").await;
    forget_passwords(&server).await;
    server.wait(86_400);
    let page = account(&mut ada).await;
    assert!(page.contains("id=\"delete\"") && page.contains(" data-mails"), "{page}");
}

#[actix_web::test]
async fn an_address_is_changed_where_the_server_can_do_that() {
    let at_once = "[user.change_email]\nenabled = true\nupdate_email_without_verification = true\n";
    let mailed = "[user.change_email]\nenabled = true\n[mail]\ntransport = \"log\"\n";
    // Whether it is offered to who has proved the present address, and to who has not; and whether that is at once.
    for (config, proved, unproved) in [
        ("[user.change_email]\nenabled = true\n", None, None),
        (mailed, Some(false), Some(false)),
        (at_once, None, Some(true)),
    ] {
        let server = Server::with(config).await;
        let mut ada = server.member("Ada").await;
        for (is_proved, offered) in [(false, unproved), (true, proved)] {
            server.sql("UPDATE {user} SET {user:emailVerified} = $1", &[is_proved.into()]).await;
            let page = account(&mut ada).await;
            let form = page.contains("id=\"email-form\"").then(|| page.contains(" data-at-once"));
            assert_eq!(form, offered, "{config} {is_proved}");
        }
    }
}

#[actix_web::test]
async fn an_account_that_could_not_be_linked_is_said_why_in_words_alone() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = server.member("Ada").await;
    for (code, said) in [
        ("email_does_not_match", "The other account has another e-mail address"),
        ("something_else", "The account could not be linked."),
        ("%3Cscript%3E", "The account could not be linked."),
    ] {
        let page = look(&mut ada, &format!("/account?error={code}")).await.text();
        assert!(
            page.contains(said) && !page.contains("something_else</") && !page.contains("<script>"),
            "{code}: {page}"
        );
    }
}

#[actix_web::test]
async fn a_name_is_a_text_wherever_it_stands_and_no_picture_is_asked_for_by_the_page_itself() {
    let server = Server::with(EVERYTHING).await;
    let (mut mallory, mut body) = (server.browser(), person("Mallory"));
    body["name"] = "\"><script>alert(1)</script>".into();
    body["image"] = "javascript:alert(1)".into();
    assert_eq!(mallory.post("/sign-up/email", &body).await.status, 200);
    let page = account(&mut mallory).await;
    assert!(!page.contains("<script>alert") && !page.contains("\"><script"), "{page}");
    for image in ["/api/auth/list-sessions", "https://pictures.example.com/mallory.png"] {
        assert_eq!(mallory.post("/update-user", &serde_json::json!({ "image": image })).await.status, 200);
        let page = account(&mut mallory).await;
        assert!(!values(&page, "src").contains(&image.to_owned()), "its script does, of another site alone: {page}");
    }
}
