use super::*;

#[test]
fn every_language_says_all_that_english_says() {
    let own: BTreeMap<String, Vec<u8>> = read(MESSAGES, None).unwrap();
    let english = Messages::parse(std::str::from_utf8(&own["en.toml"]).unwrap()).unwrap();
    for (name, bytes) in &own {
        let messages = Messages::parse(std::str::from_utf8(bytes).unwrap()).unwrap();
        for (table, texts) in english.all() {
            for text in texts.as_object().unwrap().keys() {
                let there = messages.of(table).and_then(|texts| texts.get(text));
                assert!(there.is_some(), "{name} lacks {table}.{text}");
            }
        }
    }
}

#[test]
fn a_folder_stands_in_for_what_is_built_in_and_adds_to_it() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("assets/theme.css", ":root { --accent: red; }"),
        ("assets/brand.woff2", "a font"),
        ("messages/fr.toml", "[sign_in]\ntitle = \"Connexion\""),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (own, built_in) = (Files::load(Some(folder.path())).unwrap(), Files::built_in());
    assert_eq!(own.asset("theme.css").unwrap().body, ":root { --accent: red; }");
    assert_eq!(own.asset("brand.woff2").unwrap().media_type, "font/woff2");
    assert_eq!(own.asset("api.js").unwrap().body, built_in.asset("api.js").unwrap().body);
    assert_ne!(own.version(), built_in.version(), "browsers fetch it anew");
    assert_eq!(own.languages().collect::<Vec<_>>(), ["de", "en", "fr"]);
    assert_eq!(own.messages("fr").unwrap().of("sign_in").unwrap()["title"], "Connexion");
    assert_eq!(own.messages("fr").unwrap().of("home"), built_in.messages("en").unwrap().of("home"));
}

#[test]
fn a_few_words_of_a_language_that_is_there_are_changed_by_those_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("messages")).unwrap();
    for (name, text) in [
        ("de.toml", "[sign_in]\ntitle = \"Hereinspaziert\""),
        ("en.toml", "[sign_in]\ntitle = \"Come in\"\n[fields]\nshoeSize = \"Size of your shoes\""),
    ] {
        std::fs::write(folder.path().join("messages").join(name), text).unwrap();
    }
    let (own, built_in) = (Files::load(Some(folder.path())).unwrap(), Files::built_in());
    for (code, title) in [("de", "Hereinspaziert"), ("en", "Come in")] {
        let (own, built_in) = (own.messages(code).unwrap(), built_in.messages(code).unwrap());
        assert_eq!(own.of("sign_in").unwrap()["title"], title);
        assert_eq!(own.of("sign_in").unwrap()["remember"], built_in.of("sign_in").unwrap()["remember"]);
        assert_eq!(own.of("home"), built_in.of("home"));
        assert_eq!(own.of("fields").unwrap()["shoeSize"], "Size of your shoes");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let with = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let fault = Files::load(Some(folder.path())).map(drop).unwrap_err();
        std::fs::remove_file(path).unwrap();
        fault
    };
    assert!(with("templates/home.html", "{% block %}").starts_with("templates/home.html: "));
    assert!(with("messages/fr.toml", "[home]\ntitel = \"a\"").ends_with("has `home.titel`, which en.toml lacks"));
    assert!(with("messages/en.toml", "[home]\ntitel = \"a\"").ends_with("has `home.titel`, which no page has"));
    assert!(with("messages/french.toml", "").contains("french.toml is not named by a language"));
    assert!(with("assets/theme.scss", "").contains("of no kind that pages load"));
    assert!(Files::load(Some(Path::new("/nowhere"))).map(drop).unwrap_err().contains("is no folder"));
}

#[test]
fn a_name_that_is_misspelt_is_a_fault_and_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    std::fs::write(folder.path().join("templates/home.html"), "<h1>{{ titel }}</h1>").unwrap();
    let files = Files::load(Some(folder.path())).unwrap();
    assert!(files.render("home.html", minijinja::context! { title => "Welcome" }).is_err());
}
