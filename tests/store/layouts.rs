//! The layouts that a contract holds in: tables of our own and of Better Auth's, on both engines.

/// Each sentence becomes a test on both engines in each layout.
macro_rules! contract {
    ($($sentence:ident)*) => {
        contract!(@ sqlite_identity, Sqlite, identity, $($sentence)*);
        contract!(@ sqlite_uuid, Sqlite, uuid, $($sentence)*);
        contract!(@ sqlite_snake, Sqlite, snake, $($sentence)*);
        contract!(@ sqlite_serial, Sqlite, serial, $($sentence)*);
        contract!(@ postgres_serial, Postgres, serial, $($sentence)*);
        contract!(@ postgres_identity, Postgres, identity, $($sentence)*);
        contract!(@ postgres_uuid, Postgres, uuid, $($sentence)*);
        contract!(@ postgres_snake, Postgres, snake, $($sentence)*);
    };
    (@ $place:ident, $engine:ident, $layout:ident, $($sentence:ident)*) => {
        mod $place {
            $(
                #[tokio::test]
                async fn $sentence() {
                    use super::*;
                    on(Engine::$engine, async |place| {
                        let store = place.open(place::$layout()).await;
                        store.migrate().await.expect("a fresh database takes everything");
                        super::$sentence(store, place.clock.clone()).await;
                    })
                    .await;
                }
            )*
        }
    };
}
pub(crate) use contract;
