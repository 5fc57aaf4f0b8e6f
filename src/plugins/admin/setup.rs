//! POST /admin/setup: the first admin, with a session, for whoever holds the token of the set-up link.

use serde_json::{Map, Value, json};

use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::rate_limit::rules::Rule;
use crate::http::reply::Reply;
use crate::moments::Edit;
use crate::store::first_admin::{FirstOne, Made};
use crate::store::{NewAccount, NewUser};

pub fn endpoint() -> Endpoint {
    Endpoint::post("/admin/setup", set_up).login().small().rate_limit(Rule::new(10, 3))
}

struct SetUp {
    token: String,
    name: String,
    email: String,
    password: Password,
    /// The rest of the body, for additional fields.
    further: Map<String, Value>,
}

impl Input for SetUp {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        form.record();
        let mut input = Self {
            token: form.string("token"),
            name: form.string("name"),
            email: form.email("email"),
            password: Password::from(form.nonempty_string("password")),
            further: form.fields().clone(),
        };
        form.finish()?;
        input.further.remove("token");
        Ok(input)
    }
}

async fn set_up(cx: &Cx, input: SetUp) -> Result<Reply> {
    let closed = || Error::refused(400, code::INVALID_TOKEN);
    let SetUp { token, name, email, password, mut further } = input;
    let first_admin = cx.house.first_admin.as_ref().ok_or_else(closed)?;
    // Nothing is hashed, and nothing told of the rest, for a token that is no good.
    if !first_admin.is_open(&token).await? {
        return Err(closed());
    }
    cx.house.edit_user(Edit::SignUp, &mut further).await?;
    cx.house.email_and_password.check_new_password(&password, &[&email, &name])?;
    let mut more = cx.house.new_fields(&further)?;
    more.insert("role".to_owned(), first_admin.role().into());
    let hash = cx.house.passwords.hash(password).await?;
    let one = FirstOne {
        user: NewUser { name, email, email_verified: true, image: None, created_at: cx.house.clock.now(), more },
        account: NewAccount::credential(hash),
        session: cx.house.sessions.draft("", true, cx.origin()),
    };
    let (user, session) = match first_admin.make(&token, one).await? {
        Made::Admin(made) => *made,
        Made::Closed => return Err(closed()),
        Made::EmailTaken => return Err(Error::refused(422, code::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL)),
    };
    tracing::info!(user = user.id, client = cx.sender(), "the first admin was made with the set-up link");
    cx.hand_over(&session, &user, Some(true));
    Ok(Reply::json(&json!({ "token": session.token, "user": cx.house.shown_user(&user) }))?.no_store())
}
