use serde_json::{Value, json};

use super::{TOKEN, assert_for_admins_alone, operator, server};
use crate::harness::SECRET;

const PATH: &str = "/admin/configuration";

#[actix_web::test]
async fn every_setting_is_there_with_its_source_and_no_secret() {
    let server =
        server("app_name = \"Shop\"\n[webhooks]\nurl = \"http://localhost:9/hook?key=a-key-of-the-application\"").await;
    let answer = operator(&server).get(PATH).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let text = answer.text();
    for secret in [SECRET, TOKEN, "a-key-of-the-application"] {
        assert!(!text.contains(secret), "{text}");
    }
    let settings = answer.json()["settings"].clone();
    let of = |key: &str| -> Value {
        let mut settings = settings.as_array().expect("a list").iter();
        settings.find(|setting| setting["key"] == key).unwrap_or_else(|| panic!("{key}")).clone()
    };
    let name = of("app_name");
    assert_eq!([&name["value"], &name["secret"]], [&json!("\"Shop\""), &json!(false)]);
    assert!(name["source"].as_str().is_some_and(|source| source.ends_with("signet.toml:1")), "{name}");
    let masked = json!({
        "key": "secret", "value": "\"********\"", "source": "environment variable BETTER_AUTH_SECRET", "secret": true,
    });
    assert_eq!(of("secret"), masked);
    assert_eq!(of("plugins.admin.enabled")["source"], "default");
    assert_eq!(
        of("mail.smtp_url"),
        json!({"key": "mail.smtp_url", "value": null, "source": "default", "secret": true})
    );
}

#[actix_web::test]
async fn t80_only_admins_see_the_configuration() {
    assert_for_admins_alone(PATH).await;
}
