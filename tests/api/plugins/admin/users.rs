//! Users made and changed by an admin.

use serde_json::{Value, json};

use super::{ENABLED, member, refusal};
use crate::harness::{Server, person};

#[actix_web::test]
async fn t12_no_id_no_time_and_no_password_is_set_through_further_data() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let mut bob = person("Bob");
    bob["data"] = json!({
        "id": "chosen", "createdAt": "2001-01-01T00:00:00.000Z", "updatedAt": "2001-01-01T00:00:00.000Z",
        "email": "other@example.com", "password": "another password", "__proto__": {"role": "admin"}, "unknown": 1,
    });
    let made = ada.post("/admin/create-user", &bob).await.json()["user"].clone();
    assert_ne!(made["id"], "chosen");
    assert_eq!((&made["email"], &made["role"]), (&json!("bob@example.com"), &json!("user")));
    assert_eq!(made["createdAt"], server.now().to_string());
    assert_eq!(server.browser().post("/sign-in/email", &person("Bob")).await.status, 200);
    let update = async |ada: &mut crate::harness::Browser<'_>, data: Value| {
        refusal(&ada.post("/admin/update-user", &json!({"userId": made["id"], "data": data})).await)
    };
    for (data, code) in [
        (json!({"id": "chosen"}), "USER_ID_CANNOT_BE_UPDATED"),
        (json!({"password": "x"}), "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER"),
        (json!({"createdAt": "2001-01-01T00:00:00.000Z"}), "NO_DATA_TO_UPDATE"),
        (json!({"__proto__": {"role": "admin"}}), "NO_DATA_TO_UPDATE"),
        (json!({"name": null}), "VALIDATION_ERROR"),
        (json!({"emailVerified": "yes"}), "VALIDATION_ERROR"),
        (json!({"banned": "yes"}), "VALIDATION_ERROR"),
        (json!({"banExpires": "soon"}), "VALIDATION_ERROR"),
        (json!({"name": "a\0b"}), "VALIDATION_ERROR"),
        (json!({"email": 5}), "INVALID_EMAIL"),
        (json!({"role": 5}), "INVALID_ROLE_TYPE"),
    ] {
        assert_eq!(update(&mut ada, data.clone()).await, (400, code.to_owned()), "{data}");
    }
    let id = made["id"].as_str().expect("an id");
    assert_eq!(ada.get(&format!("/admin/get-user?id={id}")).await.json(), made, "nothing has changed");
}

#[actix_web::test]
async fn an_admin_sets_what_users_may_not() {
    let toml = format!(
        "{ENABLED}\n[user.additional_fields.plan]\ntype = \"string\"\nrequired = false\ninput = false\ndefault_value = \"free\""
    );
    let server = Server::with(&toml).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let mut bob = person("Bob");
    bob["data"] = json!({"plan": "paid", "emailVerified": true, "image": "https://example.com/b.png"});
    let made = ada.post("/admin/create-user", &bob).await.json()["user"].clone();
    assert_eq!([&made["plan"], &made["emailVerified"]], [&json!("paid"), &json!(true)]);
    let update = json!({"userId": made["id"], "data": {"plan": "free", "image": null, "name": "Robert"}});
    let changed = ada.post("/admin/update-user", &update).await.json();
    assert_eq!(
        [&changed["plan"], &changed["image"], &changed["name"]],
        [&json!("free"), &Value::Null, &json!("Robert")]
    );
}

#[actix_web::test]
async fn who_is_made_without_a_password_gets_one_later() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let bob = ada.post("/admin/create-user", &json!({"name": "Bob", "email": "Bob@Example.com"})).await.json();
    assert_eq!(server.count("account").await, 1, "her own");
    assert_eq!(server.browser().post("/sign-in/email", &person("Bob")).await.status, 401);
    let set = json!({"userId": bob["user"]["id"], "newPassword": "correct horse Bob"});
    assert_eq!(ada.post("/admin/set-user-password", &set).await.json(), json!({"status": true}));
    assert_eq!(server.browser().post("/sign-in/email", &person("Bob")).await.status, 200);
}

#[actix_web::test]
async fn another_address_spends_the_links_that_went_to_the_old_one() {
    for storage in ["", "[secondary_storage]\nurl = \"memory\"\n"] {
        let server = Server::with(&format!("{storage}{ENABLED}")).await;
        let (mut ada, _) = member(&server, "Ada", "admin").await;
        let (_, bob) = member(&server, "Bob", "user").await;
        let later = server.now().plus_seconds(600);
        server.store().put_verification("reset-password:a-token-of-bobs", &bob, later).await.unwrap();
        let update = json!({"userId": bob, "data": {"email": "Robert@Example.com"}});
        assert_eq!(ada.post("/admin/update-user", &update).await.json()["email"], "robert@example.com");
        let reset = json!({"token": "a-token-of-bobs", "newPassword": "somebody else's"});
        assert_eq!(server.browser().post("/reset-password", &reset).await.status, 400, "{storage}");
    }
}

#[actix_web::test]
async fn an_address_that_another_has_is_refused_before_anything_is_hashed() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    let taken = json!({"userId": bob, "data": {"email": "ADA@example.com"}});
    let answer = ada.post("/admin/update-user", &taken).await;
    assert_eq!(refusal(&answer), (400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL".into()));
    let hashes = server.hashes();
    let answer = ada.post("/admin/create-user", &person("Ada")).await;
    assert_eq!(refusal(&answer), (400, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL".into()));
    assert_eq!(server.hashes(), hashes, "nothing is hashed for nobody");
}

#[actix_web::test]
async fn a_ban_ends_all_sessions_with_it_by_either_route() {
    for (route, more) in [("/admin/ban-user", json!({})), ("/admin/update-user", json!({"data": {"banned": true}}))] {
        let server = Server::with(ENABLED).await;
        let (mut ada, _) = member(&server, "Ada", "admin").await;
        let (mut bob, id) = member(&server, "Bob", "user").await;
        let mut body = more;
        body["userId"] = id.as_str().into();
        assert_eq!(ada.post(route, &body).await.status, 200, "{route}");
        assert_eq!(bob.get("/get-session").await.text(), "null", "{route}");
        let answer = server.browser().post("/sign-in/email", &person("Bob")).await;
        assert_eq!(refusal(&answer), (403, "BANNED_USER".into()), "{route}");
        assert_eq!(server.count("session").await, 1, "hers");
    }
}

#[actix_web::test]
async fn bans_have_the_configured_reason_and_end_where_they_say_nothing() {
    let server =
        Server::with(&format!("{ENABLED}\ndefault_ban_reason = \"Rules\"\ndefault_ban_expires_in = \"1h\"")).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    let banned = ada.post("/admin/ban-user", &json!({"userId": bob, "banReason": ""})).await.json()["user"].clone();
    assert_eq!(banned["banReason"], "Rules");
    assert_eq!(banned["banExpires"], server.now().plus_seconds(3600).to_string());
    for seconds in [json!(-1), json!(1e300), json!("60"), Value::Null] {
        let answer = ada.post("/admin/ban-user", &json!({"userId": bob, "banExpiresIn": seconds})).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR".into()), "{seconds}");
    }
}
