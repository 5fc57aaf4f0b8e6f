//! POST /sign-up/email: a user with a password, and a session.

use serde_json::{Map, Value, json};

use crate::base::Result;
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::sign_up::{self, Newcomer, SignedUp};
use crate::store::User;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/sign-up/email", sign_up).forms().login()
}

struct SignUp {
    name: String,
    email: String,
    password: Password,
    image: Option<String>,
    callback_url: Option<String>,
    remember_me: Option<bool>,
    /// The whole body, for additional fields.
    body: Map<String, Value>,
}

impl Input for SignUp {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        form.record();
        let input = Self {
            name: form.string("name"),
            email: form.email("email"),
            password: Password::from(form.nonempty_string("password")),
            image: form.optional_string("image"),
            callback_url: form.optional_string("callbackURL"),
            remember_me: form.optional_bool("rememberMe"),
            body: form.fields().clone(),
        };
        form.finish()?;
        Ok(input)
    }
}

async fn sign_up(cx: &Cx, input: SignUp) -> Result<Reply> {
    let SignUp { name, email, password, image, callback_url, remember_me, body } = input;
    let newcomer = Newcomer { name, email, password, image, page: callback_url, body };
    let user = match sign_up::sign_up(cx, newcomer).await? {
        SignedUp::User(user) if sign_up::opens_sessions(cx) => user,
        SignedUp::User(user) | SignedUp::Pretended(user) => return welcome(cx, &user, None),
    };
    let remember = remember_me.unwrap_or(true);
    let session = cx.house.sessions.open(&user.id, remember, cx.origin()).await?;
    cx.hand_over(&session, &user, Some(remember));
    welcome(cx, &user, Some(&session.token))
}

fn welcome(cx: &Cx, user: &User, token: Option<&str>) -> Result<Reply> {
    Ok(Reply::json(&json!({ "token": token, "user": cx.house.shown_user(user) }))?.no_store())
}
