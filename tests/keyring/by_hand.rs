//! What an operator does to the keys, over real tables: rotate at once, revoke, import, export, rewrap.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use signet::base::Random;
use signet::crypto::jose::{Algorithm, Imported, PrivateJwk, Rejected, thumbprint};
use signet::keyring::Phase;
use signet::keyring::rows::by_hand::Import;

use crate::place::{self, Engine, Place};
use crate::replica::{INTERVAL, LEAD, Replica, Setup, kid, on_both_engines, pass, rows};

fn foreign(algorithm: Algorithm, seed: u64) -> PrivateJwk {
    PrivateJwk::generate(algorithm.into(), &Random::seeded(seed)).expect("a key")
}

fn brought(jwk: PrivateJwk, kid: Option<&str>) -> Imported {
    Imported { jwk, kid: kid.map(str::to_owned) }
}

async fn import(replica: &Replica, imported: &Imported) -> Import {
    replica.keeper.import(imported, false).await.unwrap_or_else(|error| panic!("{}", error.chain()))
}

async fn revoke(replica: &Replica, kid: &str) -> Option<signet::keyring::keeper::by_hand::Revoked> {
    replica.keeper.revoke(kid).await.unwrap_or_else(|error| panic!("{}", error.chain()))
}

async fn a_rotation_at_once_signs_everywhere_and_what_was_signed_before_still_verifies(engine: Engine) {
    place::on(engine, async |place| {
        let (one, other) = (Replica::new(place).await, Replica::new(place).await);
        one.tick().await;
        other.tick().await;
        pass(place, engine, &[&one, &other], 1).await;
        let old = other.sign().await;
        // One that waits is passed over too.
        let waiting = one.keeper.rotate(None).await.expect("a key that waits").key.kid;
        let key = one.keeper.rotate_immediately(None).await.expect("a new key").key;
        assert_eq!((key.phase, key.algorithm.as_str()), (Phase::Signing, "EdDSA"));
        assert_eq!(kid(&one.sign().await), key.kid);
        other.tick().await;
        assert_eq!(kid(&other.sign().await), key.kid);
        for replica in [&one, &other] {
            assert!(replica.verify(&old).is_ok());
            assert_eq!([replica.phase(&kid(&old)), replica.phase(&waiting)], [Some(Phase::Retired); 2]);
        }
        assert!(rows(place, "jwks").await.contains(&key.kid), "a Better Auth beside us sees it");
        pass(place, engine, &[&one, &other], LEAD + 1).await;
        one.tick().await;
        assert_eq!(kid(&one.sign().await), key.kid, "no other comes to sign");
    })
    .await;
}

async fn t73_of_rotations_at_once_on_many_replicas_one_key_signs_in_the_end(engine: Engine) {
    place::on(engine, async |place| {
        let replicas = join_all((0..4).map(|_| Replica::new(place))).await;
        replicas[0].tick().await;
        let rotated = join_all(replicas.iter().map(|replica| replica.keeper.rotate_immediately(None))).await;
        let kids: Vec<String> = rotated.into_iter().map(|key| key.expect("a new key").key.kid).collect();
        let mut signers = Vec::new();
        for replica in &replicas {
            replica.tick().await;
            signers.push(kid(&replica.sign().await));
        }
        assert!(kids.contains(&signers[0]) && signers.iter().all(|signer| *signer == signers[0]), "{signers:?}");
    })
    .await;
}

async fn t74_a_revoked_key_is_refused_and_the_next_best_signs(engine: Engine) {
    place::on(engine, async |place| {
        let (one, other) = (Replica::new(place).await, Replica::new(place).await);
        one.tick().await;
        pass(place, engine, &[&one, &other], 1).await;
        let first = one.sign().await;
        let waiting = one.keeper.rotate(None).await.expect("a key that waits").key.kid;
        other.tick().await;
        let revoked = revoke(&one, &kid(&first)).await.expect("it is there");
        assert_eq!(revoked.successor, None, "the one that waits can sign");
        let now = one.store.now().await.expect("the time");
        let wait = revoked.safe_at.millis_since(revoked.at);
        assert!(now.millis_since(revoked.at) < 60_000 && wait == 303_000, "adoption, and the caches' max-age: {wait}");
        assert_eq!(one.verify(&first), Err(Rejected::UnknownKey));
        assert_eq!(kid(&one.sign().await), waiting);
        assert_eq!(rows(place, "jwks").await, std::slice::from_ref(&waiting), "a Better Auth sees what signs");
        other.tick().await;
        assert_eq!(other.verify(&first), Err(Rejected::UnknownKey));
        assert_eq!(other.published(), std::slice::from_ref(&waiting));
        assert_eq!(kid(&other.sign().await), waiting);
    })
    .await;
}

async fn t74_where_no_other_key_can_sign_a_revocation_makes_one(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let first = kid(&replica.sign().await);
        let successor = revoke(&replica, &first).await.expect("it is there").successor.expect("a successor");
        assert_eq!((replica.published(), kid(&replica.sign().await)), (vec![successor.clone()], successor));
    })
    .await;
}

async fn t74_of_many_revocations_of_the_only_key_one_makes_a_successor(engine: Engine) {
    place::on(engine, async |place| {
        let replicas = join_all((0..4).map(|_| Replica::new(place))).await;
        replicas[0].tick().await;
        let first = kid(&replicas[0].sign().await);
        let revoked = join_all(replicas.iter().map(|replica| revoke(replica, &first))).await;
        let revoked: Vec<_> = revoked.into_iter().map(|revoked| revoked.expect("it is, or was, there")).collect();
        assert_eq!(revoked.iter().filter(|revoked| revoked.successor.is_some()).count(), 1);
        assert!(revoked.iter().all(|other| other.at == revoked[0].at), "revoked once");
        assert_eq!(rows(place, "jwks").await.len(), 1);
    })
    .await;
}

async fn a_key_that_is_not_there_cannot_be_revoked_whatever_its_name(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        for kid in ["", "x", "' OR 1=1--", "../../x", &"x".repeat(100_000)] {
            assert_eq!(revoke(&replica, kid).await, None, "{kid}");
        }
        assert_eq!(replica.published().len(), 1);
    })
    .await;
}

async fn a_key_from_elsewhere_is_published_at_once_and_signs_when_it_is_ripe(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        pass(place, engine, &[&replica], 1).await;
        let first = kid(&replica.sign().await);
        let jwk = foreign(Algorithm::EdDSA, 1);
        let entry: Value = serde_json::from_str(&jwk.public_json()).expect("JSON");
        let print = thumbprint(entry.as_object().expect("an object")).expect("a thumbprint");
        let imported = brought(jwk, None);
        assert_eq!(import(&replica, &imported).await, Import::Added(print.clone()));
        assert_eq!(replica.phase(&print), Some(Phase::Published));
        assert_eq!(kid(&replica.sign().await), first);
        assert_eq!(import(&replica, &imported).await, Import::Present(print.clone()), "once is enough");
        pass(place, engine, &[&replica], LEAD).await;
        replica.tick().await;
        assert_eq!(kid(&replica.sign().await), print);
    })
    .await;
}

async fn a_key_from_elsewhere_is_the_first_one_where_there_is_none(engine: Engine) {
    place::on(engine, async |place| {
        let replicas = join_all((0..4).map(|_| Replica::new(place))).await;
        let imported = brought(foreign(Algorithm::EdDSA, 1), Some("theirs"));
        let outcomes = join_all(replicas.iter().map(|replica| import(replica, &imported))).await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Import::Added("theirs".into())).count(), 1);
        replicas[0].tick().await;
        assert_eq!(replicas[0].published(), ["theirs"]);
        assert_eq!(kid(&replicas[0].sign().await), "theirs");
    })
    .await;
}

async fn a_key_from_elsewhere_takes_no_others_place(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        assert_eq!(
            import(&replica, &brought(foreign(Algorithm::EdDSA, 1), Some("k"))).await,
            Import::Added("k".into())
        );
        let another = brought(foreign(Algorithm::EdDSA, 2), Some("k"));
        assert_eq!(import(&replica, &another).await, Import::Taken("k".into()));
        let renamed = brought(foreign(Algorithm::EdDSA, 1), Some("m"));
        assert_eq!(import(&replica, &renamed).await, Import::Present("k".into()));
        for kid in ["", "with space", "ü", "nul\0", &"x".repeat(129)] {
            let unfit = brought(foreign(Algorithm::EdDSA, 3), Some(kid));
            assert_eq!(import(&replica, &unfit).await, Import::Unfit(kid.to_owned()));
        }
        revoke(&replica, "k").await.expect("it is there");
        assert_eq!(import(&replica, &another).await, Import::Revoked("k".into()), "a revoked kid stays revoked");
    })
    .await;
}

async fn a_file_is_imported_once_and_by_hand_again(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        let imported = brought(foreign(Algorithm::EdDSA, 1), Some("k"));
        let once = async |replica: &Replica| replica.keeper.import(&imported, true).await.expect("an outcome");
        assert_eq!(once(&replica).await, Import::Added("k".into()));
        place.run("DELETE FROM jwks").await;
        assert_eq!(once(&replica).await, Import::Spent("k".into()));
        assert_eq!(import(&replica, &imported).await, Import::Added("k".into()));
    })
    .await;
}

async fn a_key_of_an_algorithm_that_is_not_in_use_is_published_for_a_grace_after_the_next_rotation(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        pass(place, engine, &[&replica], 1).await;
        let first = kid(&replica.sign().await);
        assert_eq!(
            import(&replica, &brought(foreign(Algorithm::ES256, 1), Some("k"))).await,
            Import::Added("k".into())
        );
        assert_eq!(replica.phase("k"), Some(Phase::Published));
        assert_eq!(kid(&replica.sign().await), first);
        pass(place, engine, &[&replica], LEAD + 1).await;
        replica.tick().await;
        assert_eq!(kid(&replica.sign().await), first, "the configured algorithm signs");
        assert!(replica.published().contains(&"k".to_owned()));
    })
    .await;
}

async fn a_key_of_a_second_algorithm_is_refused_where_there_may_be_one_alone(engine: Engine) {
    place::on(engine, async |place| {
        let free = Replica::new(place).await;
        let alone = Replica::with(place, &Setup { alone: true, ..Setup::default() }).await;
        alone.tick().await;
        let other = brought(foreign(Algorithm::ES256, 1), Some("k"));
        assert_eq!(import(&alone, &other).await, Import::SecondAlgorithm(Algorithm::ES256));
        assert_eq!(rows(place, "signet_key").await, Vec::<String>::new());
        assert_eq!(alone.ring().stranger().expect("keys"), None);
        let same = brought(foreign(Algorithm::EdDSA, 2), Some("j"));
        assert_eq!(import(&alone, &same).await, Import::Added("j".into()));
        assert_eq!(import(&free, &other).await, Import::Added("k".into()));
        alone.tick().await;
        assert_eq!(alone.ring().stranger().expect("keys").map(|key| key.kid), Some("k".into()));
        assert_eq!(free.ring().stranger().expect("keys"), None);
    })
    .await;
}

async fn an_exported_key_is_the_one_that_signs(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        pass(place, engine, &[&replica], 1).await;
        let waiting = replica.keeper.rotate(None).await.expect("a key that waits").key.kid;
        for name in [kid(&replica.sign().await), waiting] {
            let key = replica.keeper.export(&name).await.expect("an answer").expect("it is there").expect("it opens");
            let text = key.named_json(&name);
            let again = Imported::read(&text, Algorithm::ES256).expect("a JWK");
            assert_eq!((again.kid.as_deref(), again.jwk.algorithm()), (Some(name.as_str()), Algorithm::EdDSA));
            assert_eq!(import(&replica, &again).await, Import::Present(name));
        }
        assert!(replica.keeper.export("x").await.expect("an answer").is_none());
        let stranger = Setup { secret: Some("another-secret-of-at-least-32-characters"), ..Setup::default() };
        let stranger = Replica::with(place, &stranger).await;
        let name = kid(&replica.sign().await);
        let why =
            stranger.keeper.export(&name).await.expect("an answer").expect("it is there").expect_err("not opened");
        assert!(why.contains("the secret does not fit"), "{why}");
    })
    .await;
}

/// The rows' private keys, as they are stored.
async fn sealed(place: &Place) -> Vec<String> {
    place.column("SELECT \"privateKey\" FROM jwks UNION ALL SELECT \"privateKey\" FROM signet_key").await
}

async fn t67_after_a_rewrap_the_older_secret_can_go(engine: Engine) {
    place::on(engine, async |place| {
        let old = Replica::new(place).await;
        old.tick().await;
        pass(place, engine, &[&old], 1).await;
        let token = old.sign().await;
        old.keeper.rotate(None).await.expect("a key that waits");
        let versions = vec![(2, "the-second-secret-of-at-least-32-characters")];
        let both = Replica::with(place, &Setup { versions: versions.clone(), ..Setup::default() }).await;
        let rewrapped = both.keeper.rewrap().await.expect("all is opened");
        assert_eq!((rewrapped.moved, rewrapped.current, rewrapped.closed.len()), (2, 0, 0));
        assert!(sealed(place).await.iter().all(|key| key.starts_with("\"$ba$2$")));
        let again = both.keeper.rewrap().await.expect("all is opened");
        assert_eq!((again.moved, again.current), (0, 2));
        let new = Replica::with(place, &Setup { versions, secret: None, ..Setup::default() }).await;
        new.tick().await;
        assert!(new.verify(&token).is_ok());
        assert_eq!(kid(&new.sign().await), kid(&token));
        let closed = old.keeper.rewrap().await.expect("an answer");
        assert_eq!((closed.moved, closed.current, closed.closed.len()), (0, 0, 2), "and without it nothing is opened");
    })
    .await;
}

async fn t67_a_rewrap_encrypts_what_was_in_clear_and_the_reverse(engine: Engine) {
    place::on(engine, async |place| {
        let clear = Replica::with(place, &Setup { encrypts: false, ..Setup::default() }).await;
        clear.tick().await;
        let token = clear.sign().await;
        let sealing = Replica::new(place).await;
        assert_eq!(sealing.keeper.rewrap().await.expect("all is opened").moved, 1);
        assert!(sealed(place).await.iter().all(|key| key.starts_with('"')));
        sealing.tick().await;
        assert_eq!(kid(&sealing.sign().await), kid(&token));
        assert_eq!(clear.keeper.rewrap().await.expect("all is opened").moved, 1);
        assert!(sealed(place).await.iter().all(|key| key.starts_with('{')));
    })
    .await;
}

/// T72: whoever dies in the middle has done all of it or nothing.
async fn t72_an_act_that_dies_half_way_leaves_nothing_half_done(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        for nth in 1..=30 {
            let before = kid(&replica.sign().await);
            let patience = Duration::from_micros(200 * nth);
            let _ = tokio::time::timeout(patience, replica.keeper.rotate_immediately(None)).await;
            let _ = tokio::time::timeout(patience, replica.keeper.revoke(&before)).await;
            let fresh = Replica::new(place).await;
            fresh.tick().await;
            let (signer, published) = (kid(&fresh.sign().await), fresh.published());
            assert!(published.contains(&signer), "what signs is published");
            let tombstones = place.column("SELECT kid FROM signet_revoked_key").await;
            let in_rows = [rows(place, "jwks").await, rows(place, "signet_key").await].concat();
            assert!(in_rows.iter().all(|kid| !tombstones.contains(kid)), "revoked and gone are one");
            replica.tick().await;
            assert_eq!(kid(&replica.sign().await), signer, "and all agree");
        }
    })
    .await;
}

async fn an_immediate_rotation_ends_a_grace_later_like_any_other(engine: Engine) {
    place::on(engine, async |place| {
        let replica = Replica::new(place).await;
        replica.tick().await;
        let old = kid(&replica.sign().await);
        let new = replica.keeper.rotate_immediately(None).await.expect("a new key").key.kid;
        pass(place, engine, &[&replica], INTERVAL).await;
        replica.tick().await;
        assert_eq!(replica.phase(&old), Some(Phase::Removed));
        assert!(replica.published().contains(&new));
    })
    .await;
}

on_both_engines!(
    a_rotation_at_once_signs_everywhere_and_what_was_signed_before_still_verifies,
    t73_of_rotations_at_once_on_many_replicas_one_key_signs_in_the_end,
    t74_a_revoked_key_is_refused_and_the_next_best_signs,
    t74_where_no_other_key_can_sign_a_revocation_makes_one,
    t74_of_many_revocations_of_the_only_key_one_makes_a_successor,
    a_key_that_is_not_there_cannot_be_revoked_whatever_its_name,
    a_key_from_elsewhere_is_published_at_once_and_signs_when_it_is_ripe,
    a_key_from_elsewhere_is_the_first_one_where_there_is_none,
    a_key_from_elsewhere_takes_no_others_place,
    a_file_is_imported_once_and_by_hand_again,
    a_key_of_an_algorithm_that_is_not_in_use_is_published_for_a_grace_after_the_next_rotation,
    a_key_of_a_second_algorithm_is_refused_where_there_may_be_one_alone,
    an_exported_key_is_the_one_that_signs,
    t67_after_a_rewrap_the_older_secret_can_go,
    t67_a_rewrap_encrypts_what_was_in_clear_and_the_reverse,
    t72_an_act_that_dies_half_way_leaves_nothing_half_done,
    an_immediate_rotation_ends_a_grace_later_like_any_other,
);
