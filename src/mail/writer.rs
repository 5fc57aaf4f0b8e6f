//! Writes letters: looks up whom they are for, makes their links and the tokens in them. What a letter was asked for at
//! decides when its link ends, and every attempt writes the same one.

use serde_json::{Map, Value};

use super::letter::{Kind, Letter};
use super::wanted::{ALPHANUMERIC, LOWER_ALPHANUMERIC, Wanted};
use crate::base::text::encode_component;
use crate::base::{Field, Random, Result, Timestamp};
use crate::crypto::jose::Hs256;
use crate::store::{Store, User};
use crate::users::answer;

/// What letters are made of.
pub struct Writer {
    pub store: Store,
    pub tokens: Hs256,
    pub random: Random,
    /// What links start with, without a trailing `/`.
    pub base_url: String,
    pub user_fields: Vec<Field>,
    pub lives: Lives,
}

/// When a letter was asked for, and which attempt this is.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub at: Timestamp,
    pub attempts: i64,
}

/// How long links live, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Lives {
    pub verification: i64,
    pub reset_password: i64,
    pub delete_account: i64,
}

/// What a token in a link asks for, beside verifying an address.
enum Change<'a> {
    None,
    Confirm(&'a str),
    Verify(&'a str),
}

impl Writer {
    /// The letter that was asked for at a moment; None if there is nobody to write to, or its link would be dead already.
    /// At another attempt it is the same letter, unless its link has been used up: then it has a new one.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn write(&self, wanted: Wanted, asked: Asked) -> Result<Option<Letter>> {
        if self.store.clock().now() >= asked.at.plus_seconds(self.life(&wanted)) {
            return Ok(None);
        }
        self.write_living(wanted, asked).await
    }

    fn life(&self, wanted: &Wanted) -> i64 {
        match wanted {
            Wanted::ResetPassword { .. } => self.lives.reset_password,
            Wanted::DeleteAccount { .. } => self.lives.delete_account,
            // Whoever wrote it knows how long it is good.
            Wanted::Letter(_) => 86_400,
            _ => self.lives.verification,
        }
    }

    async fn write_living(&self, wanted: Wanted, asked: Asked) -> Result<Option<Letter>> {
        let asked_at = asked.at;
        match wanted {
            Wanted::ResetPassword { email, token, page } => self.reset_password(&email, token, page, asked).await,
            Wanted::Verification { email, page } => self.verification(&email, page, asked_at).await,
            Wanted::ChangeEmail { user_id, email, new_email, page } => {
                self.change_email((&user_id, &email), &new_email, page, asked_at).await
            }
            Wanted::NewEmail { user_id, email, new_email, page } => {
                let user = self.owner(&user_id, &email, &new_email).await?;
                user.map(|user| self.new_email(user, &new_email, page, asked_at)).transpose()
            }
            Wanted::DeleteAccount { user_id, token, page } => self.delete_account(&user_id, token, page, asked).await,
            Wanted::Letter(letter) => Ok(Some(letter)),
        }
    }

    async fn reset_password(
        &self,
        email: &str,
        token: String,
        page: Option<String>,
        asked: Asked,
    ) -> Result<Option<Letter>> {
        let Some(user) = self.store.user_by_email(email).await? else { return Ok(None) };
        let ends = asked.at.plus_seconds(self.lives.reset_password);
        let again = || self.random.text(token.len(), ALPHANUMERIC);
        let token = self.remember("reset-password:", token.clone(), again, &user.id, ends, asked).await?;
        let page = encode_component(&page.unwrap_or_default());
        let url = format!("{}/reset-password/{token}?callbackURL={page}", self.base_url);
        Ok(Some(self.letter(Kind::ResetPassword, &user, url, token)))
    }

    async fn verification(&self, email: &str, page: Option<String>, asked_at: Timestamp) -> Result<Option<Letter>> {
        let user = self.store.user_by_email(email).await?.filter(|user| !user.email_verified);
        let Some(user) = user else { return Ok(None) };
        let token = self.token(email, Change::None, asked_at)?;
        let url = self.verify_url(&token, page);
        Ok(Some(self.letter(Kind::Verification, &user, url, token)))
    }

    /// To the old address if it is verified, else to the new one at once.
    async fn change_email(
        &self,
        (user_id, email): (&str, &str),
        new_email: &str,
        page: Option<String>,
        asked_at: Timestamp,
    ) -> Result<Option<Letter>> {
        let Some(user) = self.owner(user_id, email, new_email).await? else { return Ok(None) };
        if !user.email_verified {
            return self.new_email(user, new_email, page, asked_at).map(Some);
        }
        let token = self.token(email, Change::Confirm(new_email), asked_at)?;
        let url = self.verify_url(&token, page);
        let letter = self.letter(Kind::ChangeEmail, &user, url, token);
        Ok(Some(Letter { new_email: Some(new_email.to_owned()), ..letter }))
    }

    fn new_email(&self, user: User, new_email: &str, page: Option<String>, asked_at: Timestamp) -> Result<Letter> {
        let token = self.token(&user.email, Change::Verify(new_email), asked_at)?;
        let url = self.verify_url(&token, page);
        let user = User { email: new_email.to_owned(), ..user };
        Ok(self.letter(Kind::Verification, &user, url, token))
    }

    async fn delete_account(
        &self,
        user_id: &str,
        token: String,
        page: Option<String>,
        asked: Asked,
    ) -> Result<Option<Letter>> {
        let Some(user) = self.store.user_by_id(user_id).await? else { return Ok(None) };
        let ends = asked.at.plus_seconds(self.lives.delete_account);
        let again = || self.random.text(token.len(), LOWER_ALPHANUMERIC);
        let token = self.remember("delete-account-", token.clone(), again, &user.id, ends, asked).await?;
        let page = encode_component(page_or_root(&page));
        let url = format!("{}/delete-user/callback?token={token}&callbackURL={page}", self.base_url);
        Ok(Some(self.letter(Kind::DeleteAccount, &user, url, token)))
    }

    /// The user who wants another address, if the old one still is theirs and the new one is nobody's.
    async fn owner(&self, user_id: &str, email: &str, new_email: &str) -> Result<Option<User>> {
        let user = self.store.user_by_id(user_id).await?.filter(|user| user.email == email);
        let taken = self.store.user_by_email(new_email).await?.is_some();
        Ok(user.filter(|_| !taken))
    }

    /// Keeps what a link stands for, and gives the link's token. Where an attempt before this one has kept it and it is gone,
    /// somebody has used it, and it must not come back: then it is a new one.
    async fn remember(
        &self,
        prefix: &str,
        token: String,
        again: impl Fn() -> String,
        value: &str,
        ends: Timestamp,
        asked: Asked,
    ) -> Result<String> {
        let now = self.store.clock().now();
        if self.store.peek_verification(&format!("{prefix}{token}"), now).await?.is_some() {
            return Ok(token);
        }
        let token = if asked.attempts > 1 { again() } else { token };
        self.store.put_verification(&format!("{prefix}{token}"), value, ends).await?;
        Ok(token)
    }

    fn letter(&self, kind: Kind, user: &User, url: String, token: String) -> Letter {
        let to = user.email.clone();
        let user = Some(answer::user(user, &self.user_fields));
        Letter { kind, to, url: Some(url), token: Some(token), otp: None, new_email: None, user }
    }

    /// Better Auth's token, whose payload's order is part of it.
    fn token(&self, email: &str, change: Change<'_>, asked_at: Timestamp) -> Result<String> {
        let mut payload: Map<String, Value> = Map::new();
        payload.insert("email".into(), email.into());
        let (new_email, request_type) = match change {
            Change::None => (None, None),
            Change::Confirm(new_email) => (Some(new_email), Some("change-email-confirmation")),
            Change::Verify(new_email) => (Some(new_email), Some("change-email-verification")),
        };
        payload.extend(new_email.map(|new_email| ("updateTo".into(), new_email.into())));
        payload.extend(request_type.map(|kind| ("requestType".into(), kind.into())));
        payload.insert("iat".into(), asked_at.seconds().into());
        payload.insert("exp".into(), asked_at.plus_seconds(self.lives.verification).seconds().into());
        self.tokens.sign(&payload)
    }

    fn verify_url(&self, token: &str, page: Option<String>) -> String {
        format!("{}/verify-email?token={token}&callbackURL={}", self.base_url, encode_component(page_or_root(&page)))
    }
}

fn page_or_root(page: &Option<String>) -> &str {
    page.as_deref().filter(|page| !page.is_empty()).unwrap_or("/")
}
