//! T29: until when a cache is good.

use serde_json::json;

use super::{DATA, STRATEGIES, caching, names};
use crate::get_session::who;
use crate::harness::Server;

#[actix_web::test]
async fn t29_a_cache_ends_to_the_second_and_is_made_anew() {
    for strategy in STRATEGIES {
        let server = Server::with(&caching(&format!("strategy = \"{strategy}\""))).await;
        let mut ada = server.member("Ada").await;
        // A JWT counts in whole seconds, and so ends up to one earlier.
        server.wait(299);
        let kept = ada.clone();
        let asked = server.statements().await;
        if strategy == "compact" {
            assert!(ada.get("/get-session").await.cookies().is_empty());
            assert_eq!(server.statements().await, asked);
        }
        server.wait(1);
        let mut ada = kept;
        let asked = server.statements().await;
        assert_eq!(names(&ada.get("/get-session").await), [DATA], "{strategy}");
        assert_eq!(server.statements().await, asked + 1);
    }
}

#[actix_web::test]
async fn t29_a_cache_never_outlives_its_session() {
    let server = Server::with(&format!("session.expires_in = 100\nsession.update_age = 90\n{}", caching(""))).await;
    let mut ada = server.member("Ada").await;
    server.wait(101);
    let asked = server.statements().await;
    assert_eq!(who(&mut ada).await, None);
    assert!(server.statements().await > asked && ada.jar.is_empty());
}

#[actix_web::test]
async fn t28_a_shorter_age_counts_for_what_was_cached_before() {
    let server = Server::with(&caching("max_age = 3600")).await;
    let shorter = server.replica(&caching("max_age = 60")).await;
    let ada = server.member("Ada").await;
    server.sql("DELETE FROM {session}", &[]).await;
    let mut there = ada.at(&shorter);
    assert_eq!(who(&mut there).await.as_deref(), Some("Ada"));
    shorter.wait(60);
    assert_eq!(who(&mut there).await, None);
    assert_eq!(who(&mut ada.clone()).await.as_deref(), Some("Ada"), "the server that still has the longer one");
}

#[actix_web::test]
async fn what_was_cached_under_another_version_is_read_anew() {
    let server = Server::with(&caching("version = \"1\"")).await;
    let newer = server.replica(&caching("version = \"2\"")).await;
    let mut ada = server.member("Ada").await.at(&newer);
    let asked = newer.statements().await;
    assert_eq!(names(&ada.get("/get-session").await), [DATA]);
    assert_eq!(newer.statements().await, asked + 1);
    let asked = newer.statements().await;
    assert!(ada.get("/get-session").await.cookies().is_empty());
    assert_eq!(newer.statements().await, asked);
}

#[actix_web::test]
async fn a_new_secret_opens_what_the_one_before_has_cached_and_an_unlisted_one_does_not() {
    let (old, new) = (crate::harness::SECRET, "another-secret-for-tests-of-32-characters");
    for strategy in STRATEGIES {
        let strategy = caching(&format!("strategy = \"{strategy}\""));
        let server = Server::with(&strategy).await;
        let ada = server.member("Ada").await;
        let rotated = server.replica(&format!("secrets = \"2:{new},1:{old}\"\n{strategy}")).await;
        let asked = rotated.statements().await;
        let mut there = ada.at(&rotated);
        assert!(there.get("/get-session").await.cookies().is_empty());
        assert_eq!(rotated.statements().await, asked, "{strategy}");
        there.post("/update-user", &json!({ "name": "Countess" })).await;
        let mut back = there.at(&server);
        assert_eq!(who(&mut back).await, None, "{strategy}: the old one alone knows nothing of the new one");
    }
}

#[actix_web::test]
async fn t86_a_cache_out_of_the_future_is_not_used_unless_it_is_nearly_the_present() {
    let server = Server::with(&caching("")).await;
    for (ahead, used) in [(60, true), (61, false)] {
        let replica = server.replica(&caching("")).await;
        let early = server.replica(&caching("")).await;
        early.wait(ahead);
        let ada = early.member(&format!("Ada{ahead}")).await;
        let asked = replica.statements().await;
        assert!(who(&mut ada.at(&replica)).await.is_some());
        assert_eq!(replica.statements().await == asked, used, "{ahead} seconds");
    }
}
