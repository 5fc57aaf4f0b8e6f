use super::{heading, links, look, seen};
use crate::harness::Server;

#[actix_web::test]
async fn a_code_is_told_in_a_sentence_and_what_is_no_code_not_at_all() {
    let server = Server::start().await;
    for path in ["/error", "/", "/api/auth/error"] {
        let page = look(&mut server.browser(), &format!("{path}?error=account_not_linked")).await;
        assert_eq!((page.status, heading(&page).as_str()), (200, "Something went wrong"), "{path}");
        assert!(seen(&page).contains("There is an account with this address already."), "{page:?}");
        assert!(seen(&page).contains("<code>account_not_linked</code>") && links(&page).contains(&"/sign-in".into()));
        let nasty = "error=%3Cscript%3Ealert(1)%3C%2Fscript%3E&error_description=%3Cimg%20src%3Dx%3E";
        let page = look(&mut server.browser(), &format!("{path}?{nasty}")).await;
        assert!(seen(&page).contains("<code>UNKNOWN</code>"), "{path}: {page:?}");
        assert!(!seen(&page).contains("<img src=x") && !seen(&page).contains("alert(1)</code>"), "{path}");
        assert!(seen(&page).contains("&lt;img src=x&gt;"), "{path}");
        let unknown = look(&mut server.browser(), &format!("{path}?error=none_of_ours")).await;
        assert!(seen(&unknown).contains("<code>none_of_ours</code>"), "{path}: {unknown:?}");
    }
}

#[actix_web::test]
async fn in_production_nobody_puts_a_sentence_into_the_sites_mouth() {
    let server = Server::with("base_url = \"https://auth.example.com\"").await;
    for path in ["/", "/error"] {
        let query = "error=access_denied&error_description=Call+0800+123";
        let page = look(&mut server.browser(), &format!("{path}?{query}")).await;
        assert!(seen(&page).contains("was cancelled") && !page.text().contains("Call 0800"), "{path}: {page:?}");
        let page = look(&mut server.browser(), &format!("{path}?error=Call+0800+123")).await;
        assert!(seen(&page).contains("<code>UNKNOWN</code>") && !page.text().contains("Call 0800"), "{path}: {page:?}");
    }
}
