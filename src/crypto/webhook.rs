//! Signatures of what is sent to applications, by the Standard Webhooks scheme: HMAC-SHA256 of `id.timestamp.body`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::base::Timestamp;

/// What secrets of the scheme begin with; base64 follows.
const PREFIX: &str = "whsec_";

/// Signs with one secret.
#[derive(Clone)]
pub struct WebhookSigner(Hmac<Sha256>);

impl WebhookSigner {
    /// A signer with a secret of the scheme, or with any other text as it is.
    ///
    /// # Errors
    /// Where what follows `whsec_` is no base64.
    pub fn new(secret: &SecretString) -> Result<Self, String> {
        let secret = secret.expose_secret();
        let key = match secret.strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| format!("has no base64 after {PREFIX:?}"))?,
            None => secret.as_bytes().to_vec(),
        };
        let key = Zeroizing::new(key);
        Ok(Self(Hmac::new_from_slice(&key).expect("HMAC takes a key of any length")))
    }

    /// The header `webhook-signature` for a body: `v1,` and base64. The timestamp counts in whole seconds.
    pub fn sign(&self, id: &str, timestamp: Timestamp, body: &str) -> String {
        let message = format!("{id}.{}.{body}", timestamp.seconds());
        format!("v1,{}", STANDARD.encode(self.0.clone().chain_update(message).finalize().into_bytes()))
    }
}

impl fmt::Debug for WebhookSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WebhookSigner")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the scheme's own documentation.
    #[test]
    fn a_body_is_signed_as_the_scheme_says() {
        let signer = WebhookSigner::new(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()).unwrap();
        let signature = signer.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Timestamp::from_seconds(1_614_265_330),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn any_text_is_a_secret_but_not_a_broken_one_of_the_scheme() {
        assert!(WebhookSigner::new(&"a secret".into()).is_ok());
        assert!(WebhookSigner::new(&"whsec_a secret".into()).is_err());
    }
}
