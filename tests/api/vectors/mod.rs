//! What Better Auth wrote (`tests/vectors`), in front of a running server. That each text is read and written alike is
//! tested beside the code that does it, in `src/crypto`.

mod flows;
mod keys;
mod providers;
mod sessions;

use serde_json::{Map, Value};
use signet::base::Timestamp;
use signet::crypto::{CookieSigner, Secrets};
use signet::store::{NewSession, values};

use crate::harness::Server;
use crate::harness::TEXT_IDS;

/// The secret of all vectors.
const SECRET: &str = "fixture-secret-0123456789-abcdefghijklmnop";

/// A server with that secret, whose clock stands at a moment.
async fn server(millis: i64, toml: &str) -> Server {
    Server::at(Timestamp::from_millis(millis), &format!("{TEXT_IDS}secret = \"{SECRET}\"\n{toml}")).await
}

fn secrets() -> Secrets {
    Secrets::new(vec![], Some(SECRET.into())).expect("a secret")
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}"))
}

/// The user of the vectors, under the id that they have there; they have been one for a day.
async fn zoe(server: &Server, id: &str) {
    let insert = "INSERT INTO {user} ({user:id}, {user:name}, {user:email}, {user:emailVerified}, {user:createdAt}, \
                  {user:updatedAt}) VALUES ($1, $2, $3, $4, $5, $5)";
    let values = values![id, "Zoë Ärger", "zoe@example.com", false, server.now().plus_seconds(-86_400)];
    assert_eq!(server.sql(insert, &values).await, 1);
}

/// Opens a session of a user with a token that is given; the value of its cookie.
async fn session(server: &Server, user_id: &str, token: &str) -> String {
    let session = NewSession {
        token: token.to_owned(),
        user_id: user_id.to_owned(),
        expires_at: server.now().plus_seconds(604_800),
        created_at: server.now(),
        ip_address: String::new(),
        user_agent: String::new(),
        more: Map::new(),
    };
    server.store().create_session(session).await.expect("it is stored");
    CookieSigner::new(&secrets()).sign(token)
}
