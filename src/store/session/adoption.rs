//! Sessions that a Better Auth has in secondary storage alone. They become rows, and then are like any other.
//!
//! Whoever asks for a token that has no row looks there, and whoever lists or ends the sessions of a user makes rows of all
//! of them first. A session that has ended stays as a row that has expired: what Redis still has of it can never be adopted
//! again, also where Redis could not be told of the end. Only a row that has run out by itself gets the later end that its
//! session has there. Copies that Signet itself has made are marked, and none is adopted.
//!
//! Where Redis is away nothing is known of a token without a row, so nobody is told that they are signed out.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::super::engine::Dialect;
use super::super::ids::IdKind;
use super::super::kv::Kv;
use super::super::layout::Column;
use super::super::schema::Kind;
use super::super::{Statement, Store, Value, values};
use super::Session;
use super::home::list_of;
use crate::base::{Result, Timestamp};

/// For how long it is remembered that a user's earlier sessions have ended, in seconds: longer than one lives unused.
const REVOKED: i64 = 400 * 86_400;

/// A session as Better Auth has it there, with its user, who is passed over: the database's counts.
#[derive(Deserialize)]
struct Kept {
    session: Map<String, Json>,
    /// The mark of copies that are Signet's own.
    signet: Option<Json>,
}

/// An entry of the list of a user's sessions.
#[derive(Deserialize)]
struct Listed {
    token: String,
}

impl Store {
    /// Makes a row of the session of a token, if secondary storage has it alone; whether that was done, here or by somebody
    /// else at the same time.
    ///
    /// # Errors
    /// [`crate::base::Error::Unavailable`] where the storage is away.
    pub(super) async fn adopt(&self, token: &str) -> Result<bool> {
        let Some(kv) = self.kv_to_adopt_from() else { return Ok(false) };
        Ok(self.adopt_from(kv, token).await?.is_some())
    }

    /// Whether a row says that its session has run out by itself: a Better Auth that has it in secondary storage alone may
    /// have extended it there.
    pub(super) fn may_go_on_elsewhere(&self, session: &Session) -> bool {
        session.expires_at <= self.clock().now() && !session.was_ended()
    }

    /// Makes rows of all sessions that secondary storage lists for a user; how many were made.
    ///
    /// # Errors
    /// As [`Store::adopt`].
    pub async fn adopt_all_of(&self, user_id: &str) -> Result<u64> {
        let Some(kv) = self.kv_to_adopt_from() else { return Ok(0) };
        let Some(text) = kv.get(&list_of(user_id)).await? else { return Ok(0) };
        // What is no list, a Better Auth takes for an empty one too.
        let listed: Vec<Listed> = serde_json::from_str(&text).unwrap_or_default();
        let mut made = 0;
        for Listed { token } in listed {
            made += self.adopt_from(kv, &token).await?.unwrap_or(0);
        }
        Ok(made)
    }

    /// How many rows were made or extended for a session; None where it is not there, or has ended.
    async fn adopt_from(&self, kv: &Kv, token: &str) -> Result<Option<u64>> {
        let Some(session) = kv.get(token).await?.and_then(|text| self.kept(&text, token)) else { return Ok(None) };
        if has_ended(kv, &session).await? {
            return Ok(None);
        }
        let (statement, values) = self.adopting(session)?;
        self.execute(&statement, &values).await.map(Some)
    }

    /// Ends what the list may have lost of a user's sessions from before a moment, when all end: it is not adopted any more,
    /// here or by a Better Auth that knows the word. Comes after [`Store::adopt_all_of`] and before the rows end.
    pub(in super::super) async fn end_unlisted(&self, user_id: &str, before: Timestamp) -> Result<()> {
        let Some(kv) = self.kv_to_adopt_from() else { return Ok(()) };
        Ok(kv.put(&revoked_before(user_id), &before.millis().to_string(), REVOKED).await?)
    }

    /// As [`Store::end_unlisted`], when all end but one. A Better Auth takes its own word for all of them, so it is another.
    pub(super) async fn end_others_unlisted(&self, user_id: &str, token: &str) -> Result<()> {
        let Some(kv) = self.kv_to_adopt_from() else { return Ok(()) };
        let word = format!("{} {token}", self.clock().now().millis());
        Ok(kv.put(&others_revoked_before(user_id), &word, REVOKED).await?)
    }

    /// A session that has not expired, from a text of Better Auth's.
    fn kept(&self, text: &str, token: &str) -> Option<Session> {
        let Kept { mut session, signet: None } = serde_json::from_str(text).ok()? else { return None };
        let user_id =
            session.remove("userId").and_then(text_or_number).filter(|id| self.layout().id("user", id).is_some())?;
        let own_id = session.remove("id").and_then(text_or_number);
        let mut moment = |name: &str| session.remove(name).and_then(|value| Timestamp::parse(value.as_str()?));
        let (expires_at, created_at) = (moment("expiresAt")?, moment("createdAt")?);
        let updated_at = moment("updatedAt").unwrap_or(created_at);
        let mut text = |name: &str| session.remove(name).and_then(|value| Some(value.as_str()?.to_owned()));
        if text("token")? != token || expires_at <= self.clock().now() {
            return None;
        }
        let (ip_address, user_agent) = (text("ipAddress").unwrap_or_default(), text("userAgent").unwrap_or_default());
        // Where nobody knows what an impersonation is, it would become a session like the user's own.
        let is_impersonation = session.get("impersonatedBy").is_some_and(|by| !by.is_null());
        let more = self.layout().known_more("session", session);
        if is_impersonation && !more.contains_key("impersonatedBy") {
            return None;
        }
        // A number comes from the database alone: one of elsewhere is another row's, or will be.
        let is_number = matches!(self.layout().ids("session"), IdKind::Serial { .. });
        let own_id = own_id.filter(|id| !is_number && self.layout().id("session", id).is_some());
        Some(Session {
            id: own_id.or_else(|| self.new_id("session")).unwrap_or_default(),
            token: token.to_owned(),
            user_id,
            expires_at,
            created_at,
            updated_at,
            ip_address,
            user_agent,
            more,
        })
    }

    /// What makes a row of a session, if there is its user. A row that it has already gets its later end, unless it was
    /// ended.
    fn adopting(&self, session: Session) -> Result<(Statement, Vec<Value>)> {
        let more = self.layout().new_more("session", &session.more)?;
        let id = Some(session.id).filter(|id| !id.is_empty());
        let core = values![
            id,
            session.expires_at,
            session.token,
            session.created_at,
            session.updated_at,
            session.ip_address,
            session.user_agent,
            session.user_id,
        ];
        let table = self.layout().table("session").map(|table| table.columns.as_slice()).unwrap_or_default();
        let names: Vec<_> = table.iter().map(|column| format!("{{session:{}}}", column.logical)).collect();
        let place = |(place, column): (usize, &Column)| match column.kind {
            Kind::Key => self.id_to_adopt(place),
            _ => format!("{{${place}:session.{}}}", column.logical),
        };
        let places: Vec<_> = (1..).zip(table).map(place).collect();
        let template = format!(
            "INSERT INTO {{session}} ({}){{overriding:session}} SELECT {} FROM {{user}} WHERE {{user.id}} = {{$8:user.id}} \
             ON CONFLICT ({{session:token}}) DO UPDATE SET \
             {{session:expiresAt}} = excluded.{{session:expiresAt}}, {{session:updatedAt}} = excluded.{{session:updatedAt}} \
             WHERE {{session.userId}} = excluded.{{session:userId}} AND {{session.expiresAt}} > {{session.updatedAt}} \
             AND {{session.expiresAt}} < excluded.{{session:expiresAt}}",
            names.join(", "),
            places.join(", ")
        );
        let statement = self.renderer().statement("adopt a session", &template)?;
        Ok((statement, core.into_iter().chain(more).collect()))
    }

    /// The id of a row that is made of a session, whose token is the third value. Where ids are numbers the database gives it,
    /// and a row that is there already takes none.
    fn id_to_adopt(&self, place: usize) -> String {
        let given = format!("{{${place}:session.id}}");
        match (self.layout().ids("session"), self.renderer().dialect) {
            (IdKind::Serial { .. }, Dialect::Postgres) => format!(
                "COALESCE({given}, (SELECT {{session.id}} FROM {{session}} WHERE {{session.token}} = $3), {{next:session}})"
            ),
            _ => given,
        }
    }
}

/// Whether a session is from before all of its user's were ended, or all but another: the list may have lost it then.
async fn has_ended(kv: &Kv, session: &Session) -> Result<bool> {
    // A word that cannot be read ends them all.
    let is_before = |moment: &str| moment.parse().map_or(true, |moment: i64| session.created_at.millis() < moment);
    if kv.get(&revoked_before(&session.user_id)).await?.is_some_and(|moment| is_before(&moment)) {
        return Ok(true);
    }
    let others = kv.get(&others_revoked_before(&session.user_id)).await?;
    Ok(others.is_some_and(|word| {
        let (moment, spared) = word.split_once(' ').unwrap_or((&word, ""));
        spared != session.token && is_before(moment)
    }))
}

/// Better Auth's own key, which releases from 1.7.24 on read.
fn revoked_before(user_id: &str) -> String {
    format!("revoked-sessions-before-{user_id}")
}

/// The moment, and the token of the session that goes on.
fn others_revoked_before(user_id: &str) -> String {
    format!("signet-other-sessions-ended-before-{user_id}")
}

fn text_or_number(value: Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
