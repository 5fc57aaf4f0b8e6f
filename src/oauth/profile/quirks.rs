//! What some providers do in their own way: more to ask, flags of their own, names in other places.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use url::Url;

use super::super::provider::{Provider, Trouble};
use super::super::spec::Quirk;
use super::Identity;
use crate::base::text::plain::storable;

/// Where mail never arrives (RFC 6761 §6.4): the address of a user whose provider tells none.
const NOWHERE: &str = "placeholder.invalid";

impl Provider {
    /// A profile with what has to be asked for besides; None for somebody who is not to be let in.
    pub(super) async fn completed(
        &self,
        mut profile: Map<String, Value>,
        access: &SecretString,
        url: &str,
    ) -> Result<Option<Map<String, Value>>, Trouble> {
        match self.spec.profile.quirk {
            Quirk::Facebook => {
                let owner = self.owner_of_facebooks(access, url).await?;
                let is_theirs = owner.is_some() && profile.get("id").and_then(Value::as_str) == owner.as_deref();
                Ok(is_theirs.then_some(profile))
            }
            Quirk::GitHub => {
                let emails = self.ask(self.outbound.client()?.get(format!("{url}/emails")), access).await;
                add_githubs_address(&mut profile, emails.ok().as_ref().and_then(Value::as_array));
                Ok(Some(profile))
            }
            Quirk::GitLab => {
                let is_locked = profile.get("locked").is_some_and(|locked| locked != &Value::Bool(false));
                let is_active = profile.get("state").and_then(Value::as_str) == Some("active");
                Ok((is_active && !is_locked).then_some(profile))
            }
            Quirk::Twitter => {
                let asked =
                    with_query(url, "user.fields=confirmed_email").ok_or(Trouble::Unknown("user info endpoint"))?;
                let answer = self.ask(self.outbound.client()?.get(asked), access).await.unwrap_or_default();
                if let (Some(email), Some(Value::Object(data))) =
                    (answer.pointer("/data/confirmed_email").and_then(Value::as_str), profile.get_mut("data"))
                {
                    data.insert("email".into(), email.into());
                    data.insert("confirmed_email".into(), email.into());
                }
                Ok(Some(profile))
            }
            _ => Ok(Some(profile)),
        }
    }

    /// Whose access token it is, if it was made for this site: Facebook shows its users to whoever holds any token.
    async fn owner_of_facebooks(&self, access: &SecretString, url: &str) -> Result<Option<String>, Trouble> {
        let page = Url::parse(url).ok().and_then(|url| url.join("debug_token").ok());
        let page = page.ok_or(Trouble::Unknown("user info endpoint"))?;
        let secret = self.spec.client_secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
        let client = self.client_id();
        let query = [("input_token", access.expose_secret()), ("access_token", &format!("{client}|{secret}"))];
        let answer = self.send(self.outbound.client()?.get(page).query(&query)).await?;
        let answer = crate::base::json::parse(&answer.body).ok_or(Trouble::Answer)?;
        let text = |name: &str| answer.pointer(&format!("/data/{name}")).and_then(Value::as_str);
        let is_ours = text("app_id").is_some_and(|app| self.spec.client_ids.iter().any(|ours| ours == app));
        let is_valid = answer.pointer("/data/is_valid") == Some(&Value::Bool(true));
        Ok(text("user_id").filter(|_| is_ours && is_valid).map(str::to_owned))
    }

    /// What members of a profile mean where that is not told by their names alone.
    pub(super) fn adjusted(&self, identity: &mut Identity, hint: Option<&Value>) {
        let text = |identity: &Identity, name: &str| {
            identity.data.get(name).and_then(Value::as_str).filter(|text| storable(text)).map(str::to_owned)
        };
        match &self.spec.profile.quirk {
            Quirk::Apple => {
                identity.email_verified |= text(identity, "email_verified").as_deref() == Some("true");
                identity.name = hint.and_then(apples_name).or_else(|| identity.name.take());
                identity.data.insert("name".into(), identity.name.clone().unwrap_or_default().into());
            }
            Quirk::Discord => {
                identity.image = discords_image(&identity.data);
                identity.data.insert("image_url".into(), json!(identity.image));
            }
            Quirk::GitHub => {
                identity.email_verified = identity.data.remove("email_verified") == Some(Value::Bool(true));
            }
            Quirk::Microsoft { .. } if !identity.data.contains_key("email_verified") => {
                let listed = ["verified_primary_email", "verified_secondary_email"].map(|name| identity.data.get(name));
                let listed = listed.into_iter().flatten().filter_map(Value::as_array).flatten();
                let email = identity.email.as_deref();
                identity.email_verified =
                    email.is_some() && listed.filter_map(Value::as_str).any(|one| Some(one) == email);
            }
            Quirk::Reddit => {
                identity.email = Some(format!("{}@reddit.{NOWHERE}", identity.account_id));
                identity.image = identity.image.take().and_then(|image| image.split('?').next().map(str::to_owned));
            }
            Quirk::Twitter => {
                let confirmed = identity.data.get_mut("data").and_then(Value::as_object_mut);
                identity.email_verified = confirmed.is_some_and(|data| data.remove("confirmed_email").is_some());
                let nowhere = || format!("{}@twitter.{NOWHERE}", identity.account_id);
                identity.email = Some(identity.email.clone().unwrap_or_else(nowhere));
            }
            Quirk::Zoom => identity.email_verified |= identity.data.get("verified") == Some(&json!(1)),
            _ => {}
        }
    }
}

/// The user's primary address, or the first, and whether the one in the profile is verified.
fn add_githubs_address(profile: &mut Map<String, Value>, emails: Option<&Vec<Value>>) {
    let emails = emails.map(Vec::as_slice).unwrap_or_default();
    if !profile.get("email").is_some_and(Value::is_string) {
        let chosen = emails.iter().find(|email| email["primary"] == true).or_else(|| emails.first());
        if let Some(email) = chosen.and_then(|email| email.get("email")) {
            profile.insert("email".into(), email.clone());
        }
    }
    let verified =
        emails.iter().any(|email| Some(&email["email"]) == profile.get("email") && email["verified"] == true);
    profile.insert("email_verified".into(), verified.into());
}

/// `{"name":{"firstName":"Ada","lastName":"Lovelace"}}`.
fn apples_name(hint: &Value) -> Option<String> {
    let name = hint.get("name").filter(|name| name.is_object())?;
    let part = |key: &str| name.get(key).and_then(Value::as_str).filter(|part| storable(part)).unwrap_or_default();
    Some(format!("{} {}", part("firstName"), part("lastName")).trim().to_owned())
}

/// The user's own image, or that which Discord gives everybody without one.
fn discords_image(profile: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| profile.get(name).and_then(Value::as_str);
    let id = text("id").filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))?;
    if let Some(avatar) = text("avatar") {
        let is_hash = avatar.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let format = if avatar.starts_with("a_") { "gif" } else { "png" };
        return is_hash.then(|| format!("https://cdn.discordapp.com/avatars/{id}/{avatar}.{format}"));
    }
    let number = match text("discriminator").unwrap_or("0") {
        "0" => (id.parse::<u64>().ok()? >> 22) % 6,
        discriminator => discriminator.parse::<u64>().ok()? % 5,
    };
    Some(format!("https://cdn.discordapp.com/embed/avatars/{number}.png"))
}

fn with_query(url: &str, query: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    url.set_query(Some(query));
    Some(url)
}
