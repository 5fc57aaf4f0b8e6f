//! JSON that parsers disagree about, and texts that stores disagree about.

use serde_json::{Value, json};

use super::{Site, Watch, changing, fitting};
use crate::harness::Browser;
use crate::harness::browser::Answer;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

async fn send(browser: &mut Browser<'_>, path: &str, body: &[u8]) -> Answer {
    browser.send("POST", path, &JSON, Some(body)).await
}

/// A fitting body with something hostile in a field that nobody reads: it is the reader that has to refuse it.
fn with(body: &Value, hostile: &str) -> Vec<u8> {
    let text = body.to_string();
    let comma = if text == "{}" { "" } else { "," };
    format!("{{\"padding\":{hostile}{comma}{}", &text[1..]).into_bytes()
}

#[actix_web::test]
async fn t02_json_that_parsers_disagree_about_is_400_on_every_route() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        let good = fitting(route);
        let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
        let mut bodies: Vec<Vec<u8>> = [
            deep.as_str(),
            "1e999",
            "-1e999",
            "NaN",
            "Infinity",
            "01",
            "0x1",
            "+1",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\\x41\"",
            "\"a\nb\"",
            "'a'",
            "undefined",
            "{\"a\":1,\"a\":1}",
            "[{\"__proto__\":1,\"__proto__\":2}]",
            "1/**/",
        ]
        .map(|hostile| with(&good, hostile))
        .into();
        let good = good.to_string();
        bodies.extend([
            [b"\xef\xbb\xbf", good.as_bytes()].concat(),
            [good.as_bytes(), b"{}"].concat(),
            [good.as_bytes(), b"\0"].concat(),
            [good.as_bytes(), b"x"].concat(),
            good.as_bytes()[..good.len() - 1].to_vec(),
            with(&json!({}), "\"\u{fffd}\"").into_iter().map(|byte| if byte == 0xbf { 0xff } else { byte }).collect(),
            good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ]);
        for body in bodies {
            let answer = send(&mut ada.clone(), &route.path, &body).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let what = format!("{} {shown}", route.path);
            watch.refused(&what, &answer).await;
            assert_eq!((answer.status, answer.code().as_deref()), (400, Some("BAD_REQUEST")), "{what}");
        }
    }
}

#[actix_web::test]
async fn t02_nesting_without_end_is_no_crash() {
    let site = Site::start().await;
    let watch = Watch::over(&site.server).await;
    for opening in ["[", "{\"a\":", "[{\"a\":"] {
        let body = opening.repeat(200_000);
        let answer = send(&mut site.server.browser(), "/sign-up/email", body.as_bytes()).await;
        watch.refused(opening, &answer).await;
        assert_eq!(answer.status, if body.len() > 1_048_576 { 413 } else { 400 }, "{opening}");
    }
}

#[actix_web::test]
async fn t02_a_field_that_comes_twice_is_400_whichever_value_would_have_counted() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        for (name, value) in fitting(route).as_object().expect("fields") {
            for (first, second) in [(value, &json!("evil@example.com")), (&json!("evil@example.com"), value)] {
                // The second spelling of the name hides it from whoever compares bytes.
                let escaped = format!("\\u{:04x}{}", u32::from(name.as_bytes()[0]), &name[1..]);
                for again in [name, &escaped] {
                    let mut body = fitting(route);
                    body.as_object_mut().expect("fields").shift_remove(name);
                    let rest = body.to_string();
                    let comma = if rest == "{}" { "" } else { "," };
                    let text = format!("{{\"{name}\":{first},\"{again}\":{second}{comma}{}", &rest[1..]);
                    let answer = send(&mut ada.clone(), &route.path, text.as_bytes()).await;
                    watch.refused(&text, &answer).await;
                    assert_eq!(answer.code().as_deref(), Some("BAD_REQUEST"), "{} {text}", route.path);
                }
            }
        }
    }
}

#[actix_web::test]
async fn t02_a_value_of_another_type_is_400_in_every_field() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        for (name, value) in fitting(route).as_object().expect("fields") {
            for wrong in [json!(null), json!([value]), json!([]), json!({"a": value}), json!(5), json!(0), json!(true)]
            {
                // `null` unsets a field of the deployment's own, and a switch may be on.
                let fits = (name == "theme" && wrong.is_null()) || (value.is_boolean() && wrong.is_boolean());
                // Roles are one or several, and what is said of a user is any object.
                let fits = fits || (name == "role" && wrong.is_array()) || (name == "data" && wrong.is_object());
                if fits {
                    continue;
                }
                let mut body = fitting(route);
                body[name] = wrong;
                let answer = send(&mut ada.clone(), &route.path, body.to_string().as_bytes()).await;
                let what = format!("{} {body}", route.path);
                watch.refused(&what, &answer).await;
                assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{what}");
            }
        }
        for body in ["[]", "[{}]", "null", "5", "true", "\"text\""] {
            if fitting(route) == json!({}) && &*route.path != "/sign-out" {
                continue; // It takes no input, so there is none to be judged.
            }
            let answer = send(&mut ada.clone(), &route.path, body.as_bytes()).await;
            watch.refused(&format!("{} {body}", route.path), &answer).await;
            assert_eq!(answer.code().as_deref(), Some("VALIDATION_ERROR"), "{} {body}", route.path);
        }
    }
}

#[actix_web::test]
async fn t03_a_nul_is_400_in_every_field_on_both_databases() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        for (name, value) in fitting(route).as_object().expect("fields") {
            let Some(text) = value.as_str().filter(|_| !name.to_lowercase().contains("password")) else { continue };
            for text in ["\0".to_owned(), format!("{text}\0"), format!("\0{text}"), "a\0@example.com".to_owned()] {
                let mut body = fitting(route);
                body[name] = text.into();
                let answer = ada.clone().post(&route.path, &body).await;
                let what = format!("{} {body}", route.path);
                watch.refused(&what, &answer).await;
                assert_eq!(answer.status, 400, "{what} {answer:?}");
            }
        }
        for page in ["callbackURL", "redirectTo", "errorCallbackURL", "newUserCallbackURL"] {
            let mut body = fitting(route);
            body[page] = "/a\0b".into();
            let answer = ada.clone().post(&route.path, &body).await;
            watch.refused(&format!("{} {page}", route.path), &answer).await;
        }
    }
}

#[actix_web::test]
async fn t03_a_nul_in_a_password_is_a_character_like_any_other_or_400() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let body = json!({"email": "ada@example.com", "password": "correct horse Ada\0"});
    let answer = ada.clone().post("/sign-in/email", &body).await;
    watch.refused("a NUL at a password's end", &answer).await;
}

#[actix_web::test]
async fn t03_a_nul_in_a_path_or_a_query_is_no_fault_of_the_server() {
    let site = Site::start().await;
    let watch = Watch::over(&site.server).await;
    for path in [
        "/reset-password/%00?callbackURL=/x",
        "/reset-password/a%00b?callbackURL=/x",
        "/reset-password/x?callbackURL=/%00",
        "/verify-email?token=%00",
        "/verify-email?token=x&callbackURL=/a%00b",
        "/delete-user/callback?token=%00",
        "/get-session?disableRefresh=%00",
        "/error?error=%00&error_description=%00",
    ] {
        let answer = site.server.browser().get(path).await;
        super::invariants::sound(path, &answer);
        watch.unchanged(path.to_owned()).await;
    }
}

#[actix_web::test]
async fn t03_other_strange_characters_are_kept_as_they_came() {
    let site = Site::with("[user.additional_fields.note]\ntype = \"string\"\nrequired = false").await;
    let mut ada = site.ada().await;
    for name in ["line\r\nend", "\u{202e}gnp.exe", "\u{feff}bom", "\u{1b}[31mred", "\u{7f}", "e\u{301}", "😀", "\u{1}"]
    {
        let answer = ada.post("/update-user", &json!({"name": name, "note": name, "image": name})).await;
        assert_eq!(answer.status, 200, "{name:?} {answer:?}");
        let user = ada.get("/get-session").await.json()["user"].clone();
        assert_eq!((&user["name"], &user["note"], &user["image"]), (&json!(name), &json!(name), &json!(name)));
    }
}

#[actix_web::test]
async fn t03_a_strange_user_agent_is_kept_alike_on_both_databases() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    for (agent, kept) in [("a\tb", "a\tb"), ("\u{feff}ü\u{202e}", "\u{feff}ü\u{202e}")] {
        let body = json!({"email": "ada@example.com", "password": "correct horse Ada"}).to_string();
        let headers = [("content-type", "application/json"), ("user-agent", agent)];
        let answer = ada.send("POST", "/sign-in/email", &headers, Some(body.as_bytes())).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(ada.get("/get-session").await.json()["session"]["userAgent"], json!(kept));
    }
}
