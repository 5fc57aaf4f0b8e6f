//! What admins do is a line that says who did what, and from where.

use serde_json::json;

use crate::harness::Server;
use crate::lines;

const TOKEN: &str = "an-admin-token-of-more-than-32-characters";

#[actix_web::test]
async fn each_act_is_a_line_that_names_the_admin_the_client_and_the_key() {
    lines::catch();
    let server = Server::with(&format!("[admin]\ntokens = [\"{TOKEN}\"]")).await;
    let mut operator = server.browser().without_origin();
    for (name, value) in [("authorization", format!("Bearer {TOKEN}")), ("x-forwarded-for", "198.51.100.7".to_owned())]
    {
        operator = operator.header(name, &value);
    }
    let first = operator.get("/admin/jwks").await.json()["keys"][0]["kid"].clone();
    let said = |answer: &crate::harness::browser::Answer, text: &str| {
        let lines = lines::of_request(answer.header("x-request-id").expect("an id"));
        let line = lines.into_iter().find(|line| line["message"] == text);
        line.unwrap_or_else(|| panic!("nothing says {text:?}"))
    };
    let answer = operator.post("/admin/jwks/rotate", &json!({ "immediately": true })).await;
    let line = said(&answer, "an admin rotated the signing keys");
    assert_eq!([&line["admin"], &line["client"]], [&json!("token 41184f62"), &json!("198.51.100.7")]);
    assert_eq!([&line["kid"], &line["immediately"]], [&answer.json()["key"]["kid"], &json!(true)]);
    let answer = operator.post("/admin/jwks/revoke", &json!({ "kid": first })).await;
    let line = said(&answer, "an admin revoked a signing key");
    assert_eq!(
        [&line["admin"], &line["client"], &line["kid"]],
        [&json!("token 41184f62"), &json!("198.51.100.7"), &first]
    );
    operator.headers.retain(|(name, _)| name != "x-forwarded-for");
    let line = said(&operator.post("/admin/jwks/rotate", &json!({})).await, "an admin rotated the signing keys");
    assert_eq!(line["client"], "127.0.0.1", "where no proxy names the client");
    assert!(lines::all().iter().all(|line| !line.contains(TOKEN)), "the token itself is never told");
}
