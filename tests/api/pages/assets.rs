use super::{look, values};
use crate::harness::Server;

async fn stylesheet(server: &Server) -> String {
    let html = look(&mut server.browser(), "/sign-in").await.text();
    let all = values(&html, "href").into_iter();
    all.into_iter().find(|path| path.ends_with("/signet.css")).expect("a stylesheet")
}

#[actix_web::test]
async fn a_file_is_kept_for_ever_under_its_version_and_asked_for_anew_under_another() {
    let server = Server::start().await;
    let path = stylesheet(&server).await;
    let now = look(&mut server.browser(), &path).await;
    assert_eq!((now.status, now.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert_eq!(now.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(now.header("x-content-type-options"), Some("nosniff"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    assert_eq!(now.header("content-security-policy"), Some(policy), "a picture that is opened by itself runs nothing");
    let version = path.split('/').rev().nth(1).expect("a version");
    let other = look(&mut server.browser(), &path.replace(version, "of-another-release")).await;
    assert_eq!((other.status, other.header("cache-control")), (200, Some("no-cache")));
    assert_eq!(other.body, now.body);
    let head = server.browser().send("HEAD", &format!("!{path}"), &[], None).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[actix_web::test]
async fn what_is_no_file_is_not_there() {
    let server = Server::start().await;
    let path = stylesheet(&server).await;
    for name in ["none.css", "..%2ftemplates%2fhome.html", "%2e%2e", "frame.html", "en.toml", ""] {
        let answer = look(&mut server.browser(), &path.replace("signet.css", name)).await;
        assert!(matches!(answer.status, 400 | 404), "{name}: {answer:?}");
    }
}

#[actix_web::test]
async fn a_folder_of_ones_own_gives_colours_a_logo_a_language_and_whole_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in [
        ("assets/.DS_Store", "what a folder has that nobody put there"),
        ("assets/theme.css", ":root { --accent: #7a1fa2; }"),
        ("assets/logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("messages/fr.toml", "[home]\ntitle = \"Bienvenue\""),
        ("templates/error.html", "{% extends \"card.html\" %}{% block card %}<h1>Oh dear</h1>{% endblock %}"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let server = Server::with(&format!("[pages]\ndirectory = {:?}", folder.path())).await;
    let path = stylesheet(&server).await;
    let built_in = stylesheet(&Server::start().await).await;
    assert_ne!(path, built_in, "browsers fetch it anew");
    let theme = look(&mut server.browser(), &path.replace("signet.css", "theme.css")).await;
    assert_eq!(theme.text(), ":root { --accent: #7a1fa2; }");
    let french = look(&mut server.browser(), "/?lang=fr").await;
    assert_eq!(super::heading(&french), "Bienvenue");
    assert_eq!(super::heading(&look(&mut server.browser(), "/error").await), "Oh dear");
}
