//! Keepers and rings over real tables, on both engines: what is minted, moved and read, who signs, and what happens when
//! a replica sleeps, dies half way, or was given another secret.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use signet::base::{Clock, Error, Random};
use signet::crypto::jose::{Algorithm, PrivateJwk, Rejected};
use signet::crypto::{Sealer, Secrets};
use signet::keyring::Phase;
use signet::keyring::rows::Wanted;
use signet::store::audit::Action;

use crate::place::{self, Engine};
use crate::replica::{INTERVAL, LEAD, Replica, SECRET, Setup, all_rows, claims, kid, on_both_engines, pass, rows};

async fn the_first_key_signs_at_once_and_stands_where_better_auth_sees_it(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        assert!(matches!(replica.ring().jwks(), Err(Error::Unavailable { .. })), "no empty set before the first load");
        replica.tick().await;
        let token = replica.sign().await;
        assert!(replica.verify(&token).is_ok());
        assert_eq!(rows(place, "jwks").await, [kid(&token)]);
        assert_eq!(replica.published(), [kid(&token)]);
        let private = place.column("SELECT \"privateKey\" FROM jwks").await.remove(0);
        assert!(private.starts_with('"') && !private.contains("\\\"d\\\""), "it is sealed");
        replica.tick().await;
        assert_eq!(all_rows(place).await.len(), 1, "another round makes no other key");
    })
    .await;
}

async fn the_first_key_of_a_second_algorithm_signs_where_better_auth_sees_it(engine: Engine) {
    place::on(engine, async |place| {
        Replica::new(place).await.tick().await;
        let setup = Setup { second: Some(Algorithm::ES256), ..Setup::default() };
        let replica = Replica::with(place, &setup).await;
        replica.tick().await;
        assert_eq!(replica.published().len(), 2);
        assert_eq!((rows(place, "jwks").await.len(), rows(place, "signet_key").await.len()), (2, 0));
    })
    .await;
}

async fn t73_of_many_keepers_at_once_one_mints(engine: Engine) {
    place::on(engine, async |place| {
        let replicas = join_all((0..6).map(|_| Replica::new(place))).await;
        join_all(replicas.iter().map(Replica::tick)).await;
        assert_eq!(all_rows(place).await.len(), 1);
        let every: Vec<&Replica> = replicas.iter().collect();
        pass(place, engine, &every, INTERVAL - LEAD / 20).await;
        join_all(replicas.iter().map(Replica::tick)).await;
        assert_eq!(rows(place, "signet_key").await.len(), 1, "one successor");
        pass(place, engine, &every, LEAD + 1).await;
        join_all(replicas.iter().map(Replica::tick)).await;
        assert_eq!(rows(place, "jwks").await.len(), 2, "moved once");
        assert_eq!(all_rows(place).await.len(), 2);
        for looked in join_all(every.iter().map(|replica| replica.keeper.look())).await {
            looked.expect("the keys");
        }
        let signers: HashSet<String> =
            join_all(every.iter().map(|replica| replica.sign())).await.iter().map(|token| kid(token)).collect();
        assert_eq!(signers.len(), 1, "all replicas sign with the same key");
    })
    .await;
}

async fn a_young_key_waits_out_of_better_auths_sight_until_it_is_ripe(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let old = kid(&replica.sign().await);
        pass(place, engine, &[&replica], 1).await;
        let young = replica.keeper.rotate(None).await.expect("a new key").key.kid;
        assert_eq!(
            (rows(place, "jwks").await, rows(place, "signet_key").await),
            (vec![old.clone()], vec![young.clone()])
        );
        assert_eq!(replica.published(), [young.clone(), old.clone()], "but it is published");
        pass(place, engine, &[&replica], LEAD - 60).await;
        replica.tick().await;
        assert_eq!(kid(&replica.sign().await), old);
        assert_eq!(rows(place, "signet_key").await, std::slice::from_ref(&young));
        pass(place, engine, &[&replica], 61).await;
        replica.keeper.look().await.expect("the keys");
        assert_eq!(replica.phase(&young), Some(Phase::Signing), "it is ripe");
        assert_eq!(kid(&replica.sign().await), old, "but Better Auth would not publish it yet");
        replica.tick().await;
        assert_eq!(kid(&replica.sign().await), young);
        assert_eq!(rows(place, "jwks").await.len(), 2);
        assert!(rows(place, "signet_key").await.is_empty());
        assert_eq!(replica.phase(&old), Some(Phase::Retired));
    })
    .await;
}

async fn a_key_of_better_auths_is_published_and_signs_when_it_is_ripe(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let ours = kid(&replica.sign().await);
        // As another Better Auth process would write it: at once into `jwks`, without an end.
        let theirs = PrivateJwk::generate(Algorithm::EdDSA.into(), &Random::system()).expect("a key");
        let sealer = Sealer::new(&Secrets::new(vec![], Some(SECRET.into())).expect("a secret"));
        let private = sealer.seal_private_key(&Random::system(), &theirs.private_json());
        // Of two keys of one moment the greater id would count as the newer.
        pass(place, engine, &[&replica], 1).await;
        let now = replica.store.now().await.expect("the time");
        place
            .run(&format!(
                "INSERT INTO jwks (id, \"publicKey\", \"privateKey\", \"createdAt\") VALUES ('theirs', '{}', '{private}', '{now}')",
                theirs.public_json()
            ))
            .await;
        replica.tick().await;
        assert_eq!(replica.published(), ["theirs".to_owned(), ours.clone()]);
        assert_eq!(kid(&replica.sign().await), ours);
        pass(place, engine, &[&replica], LEAD + 2).await;
        replica.tick().await;
        let token = replica.sign().await;
        assert_eq!(kid(&token), "theirs");
        assert!(replica.verify(&token).is_ok());
    })
    .await;
}

async fn t72_a_keeper_that_dies_half_way_leaves_nothing_half_done(engine: Engine) {
    place::on(engine, async |place| {
        let mut replica = Replica::new(place).await;
        for nth in 0..40u64 {
            // Dropped at some point of its work, as by a kill: the connection goes, and the transaction with it.
            let _ = tokio::time::timeout(Duration::from_micros(150 * nth), replica.keeper.tick()).await;
            let kids = all_rows(place).await;
            assert_eq!(kids.iter().collect::<HashSet<_>>().len(), kids.len(), "no key stands in both tables");
            replica.tick().await;
            let signs = kid(&replica.sign().await);
            assert!(replica.published().contains(&signs), "who signs is published");
            pass(place, engine, &[&replica], 1).await;
            let young = replica.keeper.rotate(None).await.expect("a new key").key.kid;
            let count = all_rows(place).await.len();
            pass(place, engine, &[&replica], LEAD + 1).await;
            let _ = tokio::time::timeout(Duration::from_micros(150 * nth), replica.keeper.tick()).await;
            assert_eq!(all_rows(place).await.len(), count, "a key that moves is in one table, at every moment");
            // Started again, by the clock that goes on.
            replica = Replica::by(place, &Setup::default(), replica.clock.clone()).await;
            replica.tick().await;
            assert_eq!(kid(&replica.sign().await), young);
        }
    })
    .await;
}

async fn t73_a_keeper_that_slept_before_its_commit_mints_nothing(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        let jwk = PrivateJwk::generate(Algorithm::EdDSA.into(), &Random::system()).expect("a key");
        let sleep = |_: &[_], _| {
            replica.clock.advance(Duration::from_secs(600));
            std::thread::sleep(Duration::from_millis(if matches!(engine, Engine::Postgres) { 1200 } else { 0 }));
            Some(Wanted { expires_at: None, at_once: true })
        };
        let minted = replica.rows.mint(&jwk, Action::KeyCreated, sleep).await;
        assert!(matches!(minted, Err(Error::Unavailable { .. })), "its lead would be over unseen");
        assert!(all_rows(place).await.is_empty());
        replica.tick().await;
        assert_eq!(all_rows(place).await.len(), 1, "the next round does it");
    })
    .await;
}

async fn a_key_that_moves_while_the_rows_are_read_is_never_missed(engine: Engine) {
    place::on(engine, async |place| {
        let (mover, reader) = (Replica::new(place).await, Replica::new(place).await);
        let jwk = PrivateJwk::generate(Algorithm::EdDSA.into(), &Random::system()).expect("a key");
        let wait = |_: &[_], _| Some(Wanted { expires_at: None, at_once: false });
        for _ in 0..60 {
            let kid = mover.rows.mint(&jwk, Action::KeyCreated, wait).await.expect("it mints").expect("a kid");
            let moved = [kid.clone()];
            let mut reading = Box::pin(async {
                for _ in 0..6 {
                    let loaded = reader.rows.load(&[]).await.expect("the rows");
                    assert!(loaded.keys.iter().any(|key| key.facts.kid == kid), "a key was missed");
                }
            });
            let moving = mover.rows.promote(&moved);
            let ((), moved) = futures_util::future::join(&mut reading, moving).await;
            assert!(moved.expect("it moves"));
            place.run("DELETE FROM jwks").await;
        }
    })
    .await;
}

async fn t71_the_kid_names_the_key_that_signed_also_while_keys_change(engine: Engine) {
    place::on(engine, async |place| {
        let (one, other) = (Replica::new(place).await, Replica::new(place).await);
        one.tick().await;
        other.tick().await;
        let mut signers = HashSet::new();
        for _ in 0..4 {
            one.keeper.rotate(None).await.expect("a new key");
            pass(place, engine, &[&one, &other], LEAD + 1).await;
            let signing = join_all((0..40).map(|_| async {
                tokio::task::yield_now().await;
                one.sign().await
            }));
            let (tokens, ()) = futures_util::future::join(signing, one.tick()).await;
            other.tick().await;
            for token in tokens.into_iter().chain([one.sign().await]) {
                assert!(one.verify(&token).is_ok() && other.verify(&token).is_ok());
                signers.insert(kid(&token));
            }
        }
        assert!(signers.len() >= 4);
    })
    .await;
}

async fn t67_a_key_of_an_unlisted_secret_is_published_reported_and_does_not_sign(engine: Engine) {
    place::on(engine, async |place| {
        let knowing = Replica::new(place).await;
        knowing.tick().await;
        let token = knowing.sign().await;
        let other = Setup { secret: Some("another-secret-of-at-least-32-characters"), ..Setup::default() };
        let ignorant = Replica::with(place, &other).await;
        ignorant.tick().await;
        assert!(matches!(ignorant.ring().sign(&claims(&ignorant.clock), None).await, Err(Error::Unavailable { .. })));
        assert_eq!(ignorant.published(), [kid(&token)]);
        assert!(ignorant.verify(&token).is_ok());
        let reported = ignorant.ring().unusable();
        assert_eq!((reported.len(), &reported[0].kid), (1, &kid(&token)));
        assert_eq!(reported[0].why, "the secret does not fit: it was changed, or the text was altered");
        assert_eq!(all_rows(place).await.len(), 1, "a wrong secret is mended by an operator, not by more keys");

        // A rotation mends it where the secret is lost: the new key signs here at once, as there is no other.
        pass(place, engine, &[&ignorant, &knowing], 1).await;
        let young = ignorant.keeper.rotate(None).await.expect("a new key").key.kid;
        assert_eq!(kid(&ignorant.sign().await), young);
        pass(place, engine, &[&ignorant, &knowing], LEAD + 1).await;
        ignorant.tick().await;
        assert!(ignorant.ring().unusable().is_empty(), "what has retired need not sign, and is not reported");
    })
    .await;
}

async fn t67_secrets_with_versions_open_what_each_has_sealed(engine: Engine) {
    place::on(engine, async |place| {
        let legacy = Replica::new(place).await;
        legacy.tick().await;
        let versions =
            vec![(2, "the-second-secret-of-at-least-32-characters"), (1, "the-first-secret-of-at-least-32-characters")];
        let versioned = Replica::with(place, &Setup { versions, ..Setup::default() }).await;
        versioned.tick().await;
        assert!(versioned.ring().unusable().is_empty());
        assert_eq!(kid(&versioned.sign().await), kid(&legacy.sign().await));
        versioned.keeper.rotate(None).await.expect("a new key");
        let sealed = place.column("SELECT \"privateKey\" FROM signet_key").await.remove(0);
        assert!(sealed.starts_with("\"$ba$2$"), "sealed with the current version");
        let alone = Setup {
            versions: vec![(2, "the-second-secret-of-at-least-32-characters")],
            secret: None,
            ..Setup::default()
        };
        let alone = Replica::with(place, &alone).await;
        alone.tick().await;
        let why: Vec<String> = alone.ring().unusable().into_iter().map(|fault| fault.why).collect();
        assert_eq!(why, ["it was sealed before secrets had versions: give that secret as `secret` beside `secrets`"]);
    })
    .await;
}

async fn t67_plain_rows_and_sealed_rows_are_both_read(engine: Engine) {
    place::on(engine, async |place| {
        let plain = Replica::with(place, &Setup { encrypts: false, ..Setup::default() }).await;
        plain.tick().await;
        let stored = place.column("SELECT \"privateKey\" FROM jwks").await.remove(0);
        assert!(stored.starts_with("{\"crv\":\"Ed25519\",\"d\":"), "as disable_private_key_encryption asks for");
        let sealing = Replica::new(place).await;
        sealing.tick().await;
        let token = sealing.sign().await;
        assert!(plain.verify(&token).is_ok());
        pass(place, engine, &[&plain, &sealing], 1).await;
        let young = sealing.keeper.rotate(None).await.expect("a new key").key.kid;
        pass(place, engine, &[&plain, &sealing], LEAD + 1).await;
        plain.tick().await;
        assert_eq!(kid(&plain.sign().await), young);
        let body = String::from_utf8(plain.ring().jwks().expect("keys").0.body.to_vec()).expect("text");
        assert!(!body.contains("\"d\""), "t65: no private member is published, also from a plain row");
    })
    .await;
}

async fn t71_a_private_half_beside_another_keys_public_half_does_not_sign(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let other = PrivateJwk::generate(Algorithm::EdDSA.into(), &Random::system()).expect("a key");
        place.run(&format!("UPDATE jwks SET \"publicKey\" = '{}'", other.public_json())).await;
        let started = Replica::new(place).await;
        started.tick().await;
        assert!(started.ring().sign(&claims(&started.clock), None).await.is_err(), "nobody could verify it");
        assert_eq!(started.ring().unusable()[0].why, "it is not the private half of the public key beside it");
    })
    .await;
}

async fn a_row_that_is_no_key_harms_no_other(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let moment = replica.store.now().await.expect("the time");
        for (id, public, alg) in [("rsa", r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, "RS256"), ("junk", "junk", "EdDSA")] {
            place
                .run(&format!(
                    "INSERT INTO jwks (id, \"publicKey\", \"privateKey\", \"createdAt\", alg) VALUES ('{id}', '{public}', '\"00\"', '{moment}', '{alg}')"
                ))
                .await;
        }
        replica.tick().await;
        assert_eq!(replica.published(), [kid(&replica.sign().await)]);
        let strange: HashSet<String> = replica.ring().strange().into_iter().map(|fault| fault.kid).collect();
        assert_eq!(strange, HashSet::from(["rsa".to_owned(), "junk".to_owned()]));
    })
    .await;
}

async fn a_revoked_key_is_unknown_wherever_its_row_comes_back_from(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let token = replica.sign().await;
        let now = replica.store.now().await.expect("the time");
        place.run(&format!("INSERT INTO signet_revoked_key VALUES ('{}', '{now}')", kid(&token))).await;
        replica.tick().await;
        assert_eq!(replica.verify(&token), Err(Rejected::UnknownKey));
        assert!(!replica.published().contains(&kid(&token)));
        assert_ne!(kid(&replica.sign().await), kid(&token), "a successor was minted");
    })
    .await;
}

async fn a_change_of_algorithm_signs_with_the_old_one_until_the_new_key_is_ripe(engine: Engine) {
    place::on(engine, async |place| {
        let before = Replica::new(place).await;
        before.tick().await;
        let old = kid(&before.sign().await);
        pass(place, engine, &[&before], 1).await;
        place.clock.advance(Duration::from_secs(1));
        let after = Replica::with(place, &Setup { algorithm: Algorithm::ES256, ..Setup::default() }).await;
        after.tick().await;
        assert_eq!(after.published().len(), 2);
        assert_eq!(kid(&after.sign().await), old);
        pass(place, engine, &[&before, &after], LEAD + 1).await;
        after.tick().await;
        before.tick().await;
        let token = after.sign().await;
        assert_ne!(kid(&token), old);
        assert_eq!(before.ring().verifier(&kid(&token)).expect("it is published").algorithm(), Algorithm::ES256);
        assert!(before.verify(&token).is_ok(), "a replica that was not changed yet publishes it too");
    })
    .await;
}

async fn a_replica_that_slept_looks_before_it_signs(engine: Engine) {
    place::on(engine, async |place| {
        let (awake, sleeper) = (Replica::new(place).await, Replica::new(place).await);
        awake.tick().await;
        sleeper.tick().await;
        let old = kid(&sleeper.sign().await);
        pass(place, engine, &[&awake, &sleeper], 1).await;
        let young = awake.keeper.rotate(None).await.expect("a new key").key.kid;
        pass(place, engine, &[&awake, &sleeper], LEAD + 1).await;
        awake.tick().await;
        sleeper.clock.advance(Duration::from_secs(if matches!(engine, Engine::Postgres) { LEAD } else { 0 }));
        assert_eq!(kid(&sleeper.sign().await), young, "not with {old}, which has retired");
    })
    .await;
}

async fn caches_keep_the_jwks_of_a_replica_that_slept_no_longer_than_it_is_sure_to_be_whole(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let max_age = || replica.ring().jwks().expect("keys").1;
        assert_eq!(max_age(), 300);
        replica.clock.advance(Duration::from_secs(LEAD - 302));
        assert_eq!(max_age(), 300, "a key that it has not heard of waits longer");
        replica.clock.advance(Duration::from_secs(2));
        assert_eq!(max_age(), 299);
        replica.clock.advance(Duration::from_secs(1000));
        assert_eq!(max_age(), 0);
        replica.keeper.look().await.expect("the rows");
        assert_eq!(max_age(), 300);
    })
    .await;
}

async fn a_clock_that_is_set_back_does_not_freeze_the_ring(engine: Engine) {
    place::on(engine, async |place| {
        let hand = Arc::new(AtomicI64::new(place.clock.now().millis()));
        let replica = Replica::by(place, &Setup::default(), Clock::Manual(Arc::clone(&hand))).await;
        replica.tick().await;
        hand.fetch_sub(3_600_000, Ordering::SeqCst);
        let other = Replica::new(place).await;
        let young = other.keeper.rotate(None).await.expect("a new key").key.kid;
        replica.tick().await;
        assert!(replica.published().contains(&young));
    })
    .await;
}

async fn the_jwks_outlives_the_database_and_signing_says_soon_that_it_does_not(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let token = replica.sign().await;
        replica.store.close().await;
        replica.clock.advance(Duration::from_secs(60));
        assert_eq!(replica.published(), [kid(&token)]);
        assert!(replica.verify(&token).is_ok());
        let claims = claims(&replica.clock);
        let signed = replica.ring().sign(&claims, None);
        let signed = tokio::time::timeout(Duration::from_secs(20), signed).await.expect("an answer soon");
        assert!(matches!(signed, Err(Error::Unavailable { .. })));
    })
    .await;
}

on_both_engines!(
    the_first_key_of_a_second_algorithm_signs_where_better_auth_sees_it,
    the_first_key_signs_at_once_and_stands_where_better_auth_sees_it,
    t73_of_many_keepers_at_once_one_mints,
    a_young_key_waits_out_of_better_auths_sight_until_it_is_ripe,
    a_key_of_better_auths_is_published_and_signs_when_it_is_ripe,
    t72_a_keeper_that_dies_half_way_leaves_nothing_half_done,
    t73_a_keeper_that_slept_before_its_commit_mints_nothing,
    a_key_that_moves_while_the_rows_are_read_is_never_missed,
    t71_the_kid_names_the_key_that_signed_also_while_keys_change,
    t67_a_key_of_an_unlisted_secret_is_published_reported_and_does_not_sign,
    t67_secrets_with_versions_open_what_each_has_sealed,
    t67_plain_rows_and_sealed_rows_are_both_read,
    t71_a_private_half_beside_another_keys_public_half_does_not_sign,
    a_row_that_is_no_key_harms_no_other,
    a_revoked_key_is_unknown_wherever_its_row_comes_back_from,
    a_change_of_algorithm_signs_with_the_old_one_until_the_new_key_is_ripe,
    a_replica_that_slept_looks_before_it_signs,
    caches_keep_the_jwks_of_a_replica_that_slept_no_longer_than_it_is_sure_to_be_whole,
    a_clock_that_is_set_back_does_not_freeze_the_ring,
    the_jwks_outlives_the_database_and_signing_says_soon_that_it_does_not,
);
