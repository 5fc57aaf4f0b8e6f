//! What the recorded servers were configured as, and what was in their databases.

use serde_json::{Map, Value, json};
use signet::base::Timestamp;
use signet::store::{NewAccount, NewSession, UserChanges, Value as Sql};

use super::capture::Capture;
use crate::harness::Server;
use crate::harness::TEXT_IDS;
use crate::harness::database::Database;

/// Of all recorded servers: their cookies verify here.
const SECRET: &str = "ref-core-secret-7Qm2xV9pLk4Zt8Rw1Ys6Bn3Hd";

/// When the recordings were made: mailed tokens have not run out, but for the one that has.
const RECORDED: &str = "2026-11-20T11:38:30.000Z";

/// How long a session lives, in seconds.
const WEEK: i64 = 604_800;

/// What is in the database before a request.
#[derive(Clone, Copy)]
pub enum Scene {
    Nobody,
    /// The user whom the answer shows, or Ann; and the session whose cookie the request carries.
    Member,
    /// The same, where the session was opened and was last extended so many seconds ago.
    Aged {
        opened: i64,
        extended: i64,
    },
    /// The same, without the session.
    SignedOut,
    /// The same, with all the sessions that the answer lists.
    Sessions,
    /// The same, with another account of this provider, account id, row id and scope.
    Linked(&'static [[&'static str; 4]]),
    /// The same, who was mailed a token: a verification value of this identifier.
    Mailed(&'static str),
    /// A user of this id, for tokens that name it, with this address, verified or not.
    Known {
        id: &'static str,
        email: &'static str,
        verified: bool,
    },
}

/// The server that a capture was recorded from.
pub async fn server(capture: &Capture) -> Server {
    let port = capture.port();
    // In production `/error` redirects, and a server on loopback is never in production.
    let base_url = match capture.name.as_str() {
        "error-page-production" | "https-get-session-cached" => "https://auth.example.com".to_owned(),
        _ => format!("http://127.0.0.1:{port}"),
    };
    let moment = Timestamp::parse(RECORDED).expect("a date");
    let toml = format!("{TEXT_IDS}base_url = \"{base_url}\"\nsecret = \"{SECRET}\"\n{}", configuration(port));
    let database = if port == STATELESS { Database::nowhere() } else { Database::fresh().await };
    Server::on_at(database, moment, &toml).await
}

/// The server without a database.
const STATELESS: u16 = 31112;

fn configuration(port: u16) -> String {
    let (user, session) = (USER_FIELDS, SESSION_FIELDS);
    let own = match port {
        3101 => format!("user.delete_user.enabled = true\n{user}{session}"),
        31101 => format!("user.delete_user.enabled = true\n{user}"),
        31102 | STATELESS => String::new(),
        31103 => "email_and_password.enabled = false\n".to_owned(),
        31104 | 31105 => format!("session.cookie_cache.enabled = true\n{user}{THEME}"),
        31113 => format!("session.defer_session_refresh = true\n{user}"),
        31114 => format!("email_and_password.auto_sign_in = false\n{user}"),
        31116 => RENAMED.to_owned(),
        other => panic!("the server on port {other} is not described"),
    };
    format!("plugins.jwt.enabled = false\n{own}")
}

const USER_FIELDS: &str = r#"
[user.additional_fields]
nickname = { type = "string", required = false }
role = { type = "string", input = false, default_value = "member" }
secretNote = { type = "string", required = false, returned = false }
age = { type = "number", required = false }
"#;

const SESSION_FIELDS: &str = r#"
[session.additional_fields]
theme = { type = "string", required = false }
device = { type = "string", input = false, default_value = "unknown" }
"#;

const THEME: &str = r#"
[session.additional_fields]
theme = { type = "string", required = false }
"#;

const RENAMED: &str = r#"
session.expires_in = 3600
[advanced]
cookie_prefix = "acme"
cookies.session_token = { name = "sid", attributes = { same_site = "strict" } }
"#;

impl Scene {
    /// Puts it into the database: the user through the API, what the API cannot make through the store.
    pub async fn set(self, capture: &Capture, server: &Server) {
        match self {
            Self::Nobody => {}
            Self::SignedOut => drop(sign_up(capture, server).await),
            Self::Known { id, email, verified } => known(server, id, email, verified).await,
            Self::Member => drop(member(capture, server, 60, 60).await),
            Self::Aged { opened, extended } => drop(member(capture, server, opened, extended).await),
            Self::Sessions => {
                let (user_id, listed) = (sign_up(capture, server).await, capture.answered());
                for (session, ago) in listed.as_array().expect("a list").iter().zip((0..=60).rev()) {
                    open(server, &user_id, session, ago, ago).await;
                }
            }
            Self::Linked(accounts) => {
                let user_id = member(capture, server, 60, 60).await;
                for account in accounts {
                    link(server, &user_id, *account).await;
                }
            }
            Self::Mailed(identifier) => {
                let user_id = member(capture, server, 60, 60).await;
                let ends = server.now().plus_seconds(600);
                server.store().put_verification(identifier, &user_id, ends).await.expect("it is stored");
            }
        }
    }
}

/// A user with the session whose cookie the request carries, if it carries one. The user's id.
async fn member(capture: &Capture, server: &Server, opened: i64, extended: i64) -> String {
    let user_id = sign_up(capture, server).await;
    if let Some(token) = capture.session_token() {
        let mut session = capture.answered()["session"].as_object().cloned().unwrap_or_default();
        session.insert("token".into(), token.into());
        open(server, &user_id, &session.into(), opened, extended).await;
    }
    user_id
}

/// Signs the user of the answer up, or Ann, and ends the session that this opens. The user's id.
async fn sign_up(capture: &Capture, server: &Server) -> String {
    let shown = capture.answered()["user"].as_object().cloned().unwrap_or_default();
    let mut body = json!({"name": "Ann", "email": "ann.one@example.com", "password": password(capture)});
    for name in ["name", "email", "image", "nickname", "age"] {
        if let Some(value) = shown.get(name).filter(|value| !value.is_null()) {
            body[name] = value.clone();
        }
    }
    let answer = server.browser().post("/sign-up/email", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let user_id = answer.json()["user"]["id"].as_str().expect("an id").to_owned();
    server.store().delete_sessions_of(&user_id, None).await.expect("they are deleted");
    user_id
}

/// What the request gives as the password, if that was right.
fn password(capture: &Capture) -> String {
    let given = capture.sent("currentPassword").or_else(|| capture.sent("password"));
    given.filter(|_| capture.status() == 200).unwrap_or_else(|| "password123".to_owned())
}

/// Opens a session like one that an answer showed.
async fn open(server: &Server, user_id: &str, shown: &Value, opened: i64, extended: i64) {
    let text = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
    let device = server.parts().house.session_fields.iter().any(|field| field.name == "device");
    let more: Map<String, Value> = device.then(|| ("device".to_owned(), "unknown".into())).into_iter().collect();
    let now = server.now();
    let session = NewSession {
        token: text("token"),
        user_id: user_id.to_owned(),
        expires_at: now.plus_seconds(WEEK - extended),
        created_at: now.plus_seconds(-opened),
        ip_address: text("ipAddress"),
        user_agent: text("userAgent"),
        more,
    };
    server.store().create_session(session).await.expect("it is stored");
}

async fn link(server: &Server, user_id: &str, [provider, account_id, row_id, scope]: [&str; 4]) {
    server.clock.advance(std::time::Duration::from_millis(1));
    let account = NewAccount {
        provider_id: provider.to_owned(),
        account_id: Some(account_id.to_owned()),
        ..NewAccount::default()
    };
    assert!(server.store().create_account(user_id, account).await.expect("it is stored"));
    let sql = "UPDATE {account} SET {account:id} = $1, {account:scope} = $2 WHERE {account.accountId} = $3";
    run(server, sql, &[row_id.into(), Some(scope).filter(|scope| !scope.is_empty()).into(), account_id.into()]).await;
}

async fn known(server: &Server, id: &str, email: &str, verified: bool) {
    let body = json!({"name": "Known", "email": email, "password": "password123"});
    let answer = server.browser().post("/sign-up/email", &body).await;
    let given = answer.json()["user"]["id"].as_str().expect("an id").to_owned();
    let changes = UserChanges { email_verified: Some(verified), ..UserChanges::default() };
    server.store().update_user(&given, changes).await.expect("it is stored");
    // Rows that refer to a user keep its id from being changed.
    run(server, "DELETE FROM {session} WHERE {session.userId} = $1", &[given.as_str().into()]).await;
    run(server, "DELETE FROM {account} WHERE {account.userId} = $1", &[given.as_str().into()]).await;
    run(server, "UPDATE {user} SET {user:id} = $1 WHERE {user.id} = $2", &[id.into(), given.as_str().into()]).await;
}

async fn run(server: &Server, sql: &str, values: &[Sql]) {
    let statement = server.store().renderer().statement("scene", sql).expect("a good template");
    assert_eq!(server.store().execute(&statement, values).await.expect("it runs"), 1, "{sql}");
}
