//! The fields that a site adds to its users, in the forms.

use super::{admin, look, seen, values};
use crate::harness::{Browser, Server, load};

const FIELDS: &str = r#"
[plugins.admin]
enabled = true
[plugins.username]
enabled = true
[user.additional_fields]
company = { type = "string" }
shoeSize = { type = "number", required = false }
newsletter = { type = "boolean", default_value = true }
born = { type = "date", required = false }
handle = { type = "string", required = false, unique = true }
hobbies = { type = "string[]", required = false }
lucky = { type = "number[]", required = false }
settings = { type = "json", required = false }
rank = { type = "string", default_value = "member", input = false }
note = { type = "string", required = false, returned = false }
"#;

/// The fields of a page's forms, in the order in which they stand there.
async fn fields(browser: &mut Browser<'_>, path: &str) -> Vec<String> {
    let page = look(browser, path).await;
    assert_eq!(page.status, 200, "{path}: {page:?}");
    values(&seen(&page), "data-field")
}

const TYPED: [&str; 7] = ["company", "shoeSize", "newsletter", "born", "handle", "hobbies", "lucky"];

#[actix_web::test]
async fn whoever_gets_an_account_is_asked_for_what_there_is_none_without() {
    let server = Server::with(FIELDS).await;
    assert_eq!(fields(&mut server.browser(), "/sign-up").await, ["company"]);
    let first_admin = server.parts().house.first_admin.as_ref().expect("the admin plugin is on");
    let token = first_admin.invite(&signet::base::Random::system()).await.expect("a database").expect("no users");
    let token = secrecy::ExposeSecret::expose_secret(&token);
    server.secrets.add("a set-up link", token);
    assert_eq!(fields(&mut server.browser(), &format!("/setup?token={token}")).await, ["company"]);
}

#[actix_web::test]
async fn an_account_and_its_page_for_admins_have_all_that_can_be_typed_and_is_shown() {
    let server = Server::with(FIELDS).await;
    let mut ada = server.browser();
    let mut body = crate::harness::person("Ada");
    body["company"] = "Analytical Engines".into();
    assert_eq!(ada.post("/sign-up/email", &body).await.status, 200);
    assert_eq!(fields(&mut ada, "/account").await, TYPED);
    server.sql("UPDATE {user} SET {user:role} = $1", &["admin".into()]).await;
    assert_eq!(fields(&mut ada, "/admin/users/x").await, TYPED);
    assert_eq!(fields(&mut ada, "/admin/users").await, ["company"], "what an admin makes a user with");
}

#[actix_web::test]
async fn a_site_without_such_fields_has_none() {
    let server = Server::with(super::EVERYTHING).await;
    let mut ada = admin(&server).await;
    for path in super::PATHS {
        assert_eq!(fields(&mut ada, path).await, [""; 0], "{path}");
    }
}

#[actix_web::test]
async fn each_kind_is_typed_as_people_expect() {
    let server = Server::with(&FIELDS.replace("company = { type = \"string\" }\n", "")).await;
    let mut ada = server.member("Ada").await;
    let page = seen(&look(&mut ada, "/account").await);
    let of = |name: &str| {
        let (before, after) =
            page.split_once(&format!("data-field=\"{name}\"")).unwrap_or_else(|| panic!("{name}: {page}"));
        let (begin, end) = (before.rfind('<').unwrap_or_default(), after.find('>').unwrap_or_default());
        format!("{}{}", &before[begin..], &after[..end])
    };
    for (name, expected) in [
        ("shoeSize", "<input type=\"text\" inputmode=\"numeric\""),
        ("newsletter", "<input id=\"field-newsletter\" name=\"field-newsletter\" type=\"checkbox\""),
        ("born", "<input type=\"date\""),
        ("handle", "<input type=\"text\""),
        ("hobbies", "<textarea "),
        ("lucky", "<textarea "),
    ] {
        let tag = of(name);
        assert!(tag.starts_with(expected), "{name}: {tag}");
        assert_eq!(tag.contains(" data-unique"), name == "handle", "{tag}");
        assert!(!tag.contains(" required"), "a box may stay unticked, and the others may be empty: {tag}");
        assert!(values(&page, "for").contains(&format!("field-{name}")), "{name} has a label");
    }
    assert!(page.contains(">Shoe size<"), "a name without a label is written in words: {page}");
}

#[actix_web::test]
async fn a_site_says_what_its_fields_are_called_in_each_language() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("messages")).expect("a folder");
    for (name, text) in [
        ("en.toml", "[fields]\ncompany = \"Where you work\""),
        ("de.toml", "[fields]\ncompany = \"Arbeitgeber & <Firma>\""),
    ] {
        std::fs::write(folder.path().join("messages").join(name), text).expect("a file");
    }
    let toml = format!("[pages]\ndirectory = {:?}\n{FIELDS}", folder.path());
    let server = Server::with(&toml).await;
    let english = seen(&look(&mut server.browser(), "/sign-up").await);
    assert!(english.contains("<label for=\"field-company\">Where you work</label>"), "{english}");
    let german = seen(&look(&mut server.browser(), "/sign-up?lang=de").await);
    assert!(
        german.contains(">Arbeitgeber &amp; &lt;Firma&gt;</label>") && german.contains(">Registrieren<"),
        "{german}"
    );
}

#[actix_web::test]
async fn a_label_of_no_field_is_a_fault_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("messages")).expect("a folder");
    std::fs::write(folder.path().join("messages/en.toml"), "[fields]\ncompnay = \"Where you work\"").expect("a file");
    let toml = format!("[pages]\ndirectory = {:?}\n{FIELDS}", folder.path());
    let faults = load(&toml, "sqlite:unused.db").expect_err("the name is misspelt");
    assert!(faults.contains("pages.directory") && faults.contains("`fields.compnay`"), "{faults}");
}
