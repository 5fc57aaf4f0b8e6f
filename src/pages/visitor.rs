//! Who looks at a page.

use serde_json::{Map, Value};

use crate::base::Result;
use crate::http::cx::{Cx, ReadFrom};
use crate::session::Live;

/// Somebody, or nobody yet.
#[derive(Default)]
pub struct Visitor {
    /// The session that it comes with. None for nobody.
    pub live: Option<Live>,
    /// As answers show it.
    pub user: Option<Map<String, Value>>,
    /// Whether it may administer.
    pub is_admin: bool,
    /// Whether it is an admin who acts as the user.
    pub is_impersonated: bool,
}

impl Visitor {
    /// The visitor by its session, as it is at this moment: what a page offers is what its user may do.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn read(cx: &Cx) -> Result<Self> {
        let Some(live) = cx.read_session(ReadFrom::Store).await? else { return Ok(Self::default()) };
        Ok(Self {
            is_admin: cx.house.admins.by_session(&live.session, &live.user).is_some(),
            is_impersonated: live.session.is_impersonation(),
            user: Some(cx.house.shown_user(&live.user)),
            live: Some(live),
        })
    }
}
