//! What is posted to applications, by the Standard Webhooks scheme.

use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::Outbound;
use crate::base::Timestamp;
use crate::crypto::WebhookSigner;

impl Outbound {
    /// Posts JSON under an id that stays the same at each attempt; with a secret it is signed.
    ///
    /// # Errors
    /// Why it was not taken: nobody answered, or not with 2xx.
    pub async fn post_signed(
        &self,
        url: &Url,
        signer: Option<&WebhookSigner>,
        id: &str,
        now: Timestamp,
        body: String,
    ) -> Result<(), String> {
        let client = self.client().map_err(|failure| failure.to_string())?;
        let mut request = client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.seconds().to_string());
        if let Some(signer) = signer {
            request = request.header("webhook-signature", signer.sign(id, now, &body));
        }
        let answer = self.send(request.body(body)).await.map_err(|failure| failure.to_string())?;
        if answer.is_success() { Ok(()) } else { Err(format!("the application answers {}", answer.status)) }
    }
}
