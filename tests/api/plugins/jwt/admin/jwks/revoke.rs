use serde_json::{Value, json};
use signet::base::Timestamp;
use signet::crypto::jose::Rejected;

use super::super::{operator, server};
use crate::harness::Server;
use crate::plugins::jwt::{token, verdict};

const PATH: &str = "/admin/jwks/revoke";

async fn kids(server: &Server) -> Vec<String> {
    let set = server.browser().get("/jwks").await.json();
    let kids = set["keys"].as_array().expect("keys").iter();
    kids.map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

#[actix_web::test]
async fn t74_the_key_is_gone_its_tokens_are_refused_and_another_signs() {
    let server = server().await;
    let mut ada = server.member("Ada").await;
    let old = token(&mut ada).await;
    let first = kids(&server).await.remove(0);
    let answer = operator(&server).post(PATH, &json!({ "kid": first })).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let body = answer.json();
    let moment = |name: &str| Timestamp::parse(body[name].as_str().expect("a moment")).expect("a moment");
    // Two seconds of polling and one of loading, then what caches were told.
    assert_eq!(moment("safeAt").millis_since(moment("revokedAt")), 303_000);
    assert_eq!(kids(&server).await, [body["successor"].as_str().expect("a successor")]);
    assert_eq!(verdict(&server, &old), Err(Rejected::UnknownKey));
    assert!(verdict(&server, &token(&mut ada).await).is_ok());
    server.wait(60);
    let again = operator(&server).post(PATH, &json!({ "kid": first })).await.json();
    assert_eq!((&again["revokedAt"], &again["successor"]), (&body["revokedAt"], &Value::Null));
}

#[actix_web::test]
async fn t74_a_key_that_comes_back_from_a_backup_stays_revoked() {
    let server = server().await;
    let first = kids(&server).await.remove(0);
    let row = server.rows("SELECT {jwks.*} FROM {jwks}", &[]).await.remove(0);
    let text = |name: &str| row.text(&format!("jwks.{name}")).expect("a text");
    let (public, private) = (text("publicKey"), text("privateKey"));
    operator(&server).post(PATH, &json!({ "kid": first })).await;
    let never = None::<signet::base::Timestamp>;
    let values =
        signet::store::values![first.as_str(), public, private, server.now(), never, None::<&str>, None::<&str>];
    server.sql("INSERT INTO {+jwks}", &values).await;
    server.parts().keeper.as_ref().expect("the plugin is on").tick().await.expect("a round");
    assert!(!kids(&server).await.contains(&first));
}

#[actix_web::test]
async fn what_is_no_key_is_404_and_what_is_no_text_400() {
    let server = server().await;
    for kid in ["x", "", "' OR 1=1--", "../../x", &"x".repeat(10_000)] {
        let answer = operator(&server).post(PATH, &json!({ "kid": kid })).await;
        assert_eq!((answer.status, answer.code().as_deref()), (404, Some("KEY_NOT_FOUND")), "{kid}");
    }
    for body in [json!({}), json!({ "kid": 1 }), json!({ "kid": null }), json!({ "kid": "nul\0" })] {
        let answer = operator(&server).post(PATH, &body).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{body}");
    }
    assert_eq!(kids(&server).await.len(), 1);
}

#[actix_web::test]
async fn t80_only_admins_revoke() {
    let server = Server::start().await;
    let body = json!({ "kid": kids(&server).await[0] });
    assert_eq!(server.browser().post(PATH, &body).await.status, 401);
    assert_eq!(server.member("Ada").await.post(PATH, &body).await.status, 403);
    assert_eq!(kids(&server).await, [body["kid"].as_str().expect("a kid")]);
}
