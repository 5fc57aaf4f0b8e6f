//! The life of keys: each rule of the key ring (`src/keyring/mod.rs`) as properties over random rows, policies and times,
//! and whole deployments in simulated time; then keepers over real tables.

#[path = "keyring/by_hand.rs"]
mod by_hand;
#[path = "keyring/deployment.rs"]
mod deployment;
#[path = "keyring/examples.rs"]
mod examples;
#[path = "keyring/keeper.rs"]
mod keeper;
#[path = "store/place.rs"]
mod place;
#[path = "keyring/policies.rs"]
mod policies;
#[path = "keyring/promise.rs"]
mod promise;
#[path = "keyring/replica.rs"]
mod replica;
#[path = "keyring/rules.rs"]
mod rules;
#[path = "keyring/worlds.rs"]
mod worlds;
