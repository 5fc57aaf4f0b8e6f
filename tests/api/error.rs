use crate::harness::Server;

#[actix_web::test]
async fn while_developing_it_is_a_page_that_shows_no_markup_of_the_query() {
    let server = Server::start().await;
    let answer = server.browser().get("/error?error=%3Cscript%3E&error_description=%3Cimg%20src%3Dx%3E").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    assert!(answer.text().contains("UNKNOWN") && answer.text().contains("&lt;img src=x&gt;"), "{answer:?}");
    assert!(!answer.text().contains("<script>") && !answer.text().contains("<img src=x"));
}

#[actix_web::test]
async fn in_production_it_leads_to_the_root_of_the_site() {
    let server = Server::with("base_url = \"https://auth.example.com\"").await;
    let answer = server.browser().get("/error?error=state_mismatch&error_description=Some%20desc").await;
    assert_eq!((answer.status, answer.header("content-type")), (302, None));
    assert_eq!(answer.header("location"), Some("/?error=state_mismatch&error_description=Some+desc"));
}

#[actix_web::test]
async fn in_production_it_leads_to_a_page_that_is_there() {
    for (more, page) in [
        ("[pages]\nbase_path = \"/id\"", "/id/error"),
        ("base_path = \"/\"", "/pages/error"),
        ("base_path = \"/\"\n[pages]\nhome = false", "/pages/error"),
        ("[pages]\nhome = false", "/error"),
        ("[pages]\nbase_path = \"/id\"\nerror = false", "/id"),
        ("[pages]\nerror = \"https://app.example.com/oops\"\nhome = false", "https://app.example.com/oops"),
        // As Better Auth does.
        ("[pages]\nerror = false", "/"),
        ("[pages]\nenabled = false", "/"),
    ] {
        let own = if page.starts_with("https:") { "trusted_origins = [\"https://app.example.com\"]\n" } else { "" };
        let server = Server::with(&format!("base_url = \"https://auth.example.com\"\n{own}{more}")).await;
        let mut browser = server.browser();
        let answer = browser.get("/error?error=state_mismatch").await;
        let location = answer.header("location").expect("a page").to_owned();
        assert_eq!(location, format!("{page}?error=state_mismatch"), "{more}");
    }
}

#[actix_web::test]
async fn a_page_of_ones_own_goes_before_both_and_keeps_its_query() {
    let server = Server::with("[on_api_error]\nerror_url = \"https://app.example.com/oops?from=auth\"").await;
    let answer = server.browser().get("/error").await;
    assert_eq!(answer.header("location"), Some("https://app.example.com/oops?from=auth&error=UNKNOWN"));
}
