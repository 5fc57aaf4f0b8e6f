//! The jwt plugin as a client sees it.

mod admin;
mod jwks;
mod templates;
mod token;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use signet::crypto::jose::{Claims, Expected, Rejected, verify};

use crate::harness::{Browser, Server};

const ORIGIN: &str = "http://localhost:3000";

/// The header of a token and its payload, as they were signed.
fn opened(token: &str) -> [String; 2] {
    let part = |nth| {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(nth).expect("three parts")).expect("base64url");
        String::from_utf8(bytes).expect("UTF-8")
    };
    [part(0), part(1)]
}

fn payload(token: &str) -> Value {
    serde_json::from_str(&opened(token)[1]).expect("JSON")
}

async fn token(browser: &mut Browser<'_>) -> String {
    let answer = browser.get("/token").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["token"].as_str().expect("a token").to_owned()
}

/// The verdict of the server's own verifier.
fn verdict(server: &Server, token: &str) -> Result<Claims, Rejected> {
    let ring = server.parts().keeper.as_ref().expect("the plugin is on").ring();
    let expected = Expected::new(ORIGIN, vec![ORIGIN.to_owned()]);
    verify(token, &|kid| ring.verifier(kid), &expected, server.now())
}
