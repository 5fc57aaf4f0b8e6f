//! GET /list-accounts.

use serde_json::json;
use signet::store::NewAccount;

use crate::harness::Server;

#[actix_web::test]
async fn the_ways_in_are_listed_in_better_auths_order_of_keys_and_without_secrets() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    server.member("Bob").await;
    let user = ada.get("/get-session").await.json()["user"]["id"].clone();
    server.wait(1);
    let linked = NewAccount { provider_id: "gitlab".into(), account_id: Some("900".into()), ..NewAccount::default() };
    server.store().create_account(user.as_str().unwrap(), linked).await.unwrap();
    let secrets = "UPDATE {account} SET {account:scope} = ' read_user, api,', {account:accessToken} = 'canary-access', \
        {account:refreshToken} = 'canary-refresh', {account:idToken} = 'canary-id' WHERE {account.providerId} = 'gitlab'";
    server.sql(secrets, &[]).await;
    let answer = ada.get("/list-accounts").await;
    assert_eq!(answer.status, 200);
    let (body, then, now) = (answer.json(), json!(server.now().plus_seconds(-1)), json!(server.now()));
    assert_eq!(
        answer.text(),
        format!(
            r#"[{{"accountId":{user},"providerId":"credential","userId":{user},"createdAt":{then},"updatedAt":{then},"id":{},"scopes":[]}},{{"accountId":"900","providerId":"gitlab","userId":{user},"createdAt":{now},"updatedAt":{now},"id":{},"scopes":["read_user","api"]}}]"#,
            body[0]["id"], body[1]["id"]
        )
    );
}

#[actix_web::test]
async fn it_wants_a_session_but_no_fresh_one() {
    let server = Server::start().await;
    let answer = server.browser().get("/list-accounts").await;
    assert_eq!((answer.status, answer.text().as_str()), (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#));
    let mut ada = server.member("Ada").await;
    server.wait(3 * 86_400);
    assert_eq!(ada.get("/list-accounts").await.status, 200);
}
