//! ID tokens (OpenID Connect Core 1.0 §3.1.3.7): believed only if one of the configured provider's keys signed them, for
//! this site, in this flow.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::provider::Provider;
use super::spec::Quirk;
use crate::crypto::digest;
use crate::crypto::jose::Rejected;
use crate::crypto::jose::foreign::{self, Named, Wanted};

/// The tenant of those who have a Microsoft account of their own.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

impl Provider {
    /// The claims of an ID token that is good here and has the nonce, if one was asked for. None, with a line in the
    /// log, for any other.
    pub async fn verified(&self, token: &SecretString, nonce: Option<&str>) -> Option<Map<String, Value>> {
        match self.verify(token.expose_secret(), nonce).await {
            Ok(claims) => Some(claims),
            Err(rejected) => {
                tracing::warn!(provider = self.id(), "an ID token is not accepted: {rejected}");
                None
            }
        }
    }

    /// Whether ID tokens can be verified at all: without keys they are passed over.
    pub fn verifies(&self) -> bool {
        let own = &self.spec.endpoints;
        let names_issuers = !own.issuers.is_empty() || matches!(self.spec.profile.quirk, Quirk::Microsoft { .. });
        self.spec.discovery.is_some() || (own.jwks.is_some() && names_issuers)
    }

    async fn verify(&self, token: &str, nonce: Option<&str>) -> Result<Map<String, Value>, Rejected> {
        let named = Named::by(token)?;
        let description = self.description().await.map_err(|_| Rejected::UnknownKey)?;
        let jwks = description.endpoints.jwks.as_ref().ok_or(Rejected::UnknownKey)?;
        let rule = &self.spec.id_token;
        let algorithms = if description.algorithms.is_empty() { &rule.algorithms } else { &description.algorithms };
        let issuers = &description.endpoints.issuers;
        let by_tenant = issuers.is_empty() && matches!(self.spec.profile.quirk, Quirk::Microsoft { .. });
        let audience = [self.spec.client_ids.clone(), rule.audience.clone()].concat();
        let wanted =
            Wanted { issuers: (!by_tenant).then_some(issuers), audience: &audience, algorithms, max_age: rule.max_age };
        if !algorithms.contains(&named.algorithm()) {
            return Err(Rejected::Algorithm);
        }
        let keys = self.keys_for(jwks, &named).await.ok_or(Rejected::UnknownKey)?;
        let claims = foreign::verify(token, &keys, &wanted, self.clock.now())?;
        if by_tenant && !self.is_of_a_tenant(&claims) {
            return Err(Rejected::Issuer);
        }
        if nonce.is_some_and(|nonce| !self.has_nonce(&claims, nonce)) {
            return Err(Rejected::Claim("nonce"));
        }
        match &self.spec.profile.quirk {
            Quirk::Google { hosted_domain: Some(domain) } if !is_hosted(&claims, domain) => Err(Rejected::Claim("hd")),
            _ => Ok(claims),
        }
    }

    fn has_nonce(&self, claims: &Map<String, Value>, nonce: &str) -> bool {
        let said = claims.get("nonce").and_then(Value::as_str);
        said.is_some_and(|said| {
            said == nonce || (self.spec.id_token.hashed_nonce && said == digest::hexadecimal(nonce))
        })
    }

    /// Microsoft's issuer is the tenant's own, and tenants share keys.
    fn is_of_a_tenant(&self, claims: &Map<String, Value>) -> bool {
        let Quirk::Microsoft { authority, tenant } = &self.spec.profile.quirk else { return false };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = text("tid");
        let is_its_own = !id.is_empty() && text("iss") == format!("{authority}/{id}/v2.0");
        let is_admitted = match tenant.as_str() {
            "common" => true,
            "organizations" => id != CONSUMERS,
            "consumers" => id == CONSUMERS,
            tenant => id == tenant,
        };
        is_its_own && is_admitted
    }
}

/// Whether the account belongs to a hosted domain that is let in.
fn is_hosted(claims: &Map<String, Value>, domain: &str) -> bool {
    let said = claims.get("hd").and_then(Value::as_str).filter(|said| !said.is_empty());
    said.is_some_and(|said| domain == "*" || said == domain)
}
