//! How few connections are enough.

use futures_util::future::join_all;

use crate::harness::Server;

#[actix_web::test]
async fn t83_one_connection_is_enough_for_everybody() {
    let server = Server::with("[database]\nmax_connections = 1\nacquire_timeout = 10").await;
    join_all((0..16).map(async |number| {
        let mut member = server.member(&format!("Ada{number}")).await;
        assert_eq!(member.get("/token").await.status, 200);
        assert_eq!(member.get("/list-sessions").await.status, 200);
        assert_eq!(member.post("/revoke-other-sessions", &serde_json::json!({})).await.status, 200);
    }))
    .await;
    server.parts().keeper.as_ref().expect("there are keys").rotate(None).await.expect("a rotation needs no second one");
}
