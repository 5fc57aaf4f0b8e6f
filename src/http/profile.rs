//! What the ways to change one's own data have in common.

use serde_json::{Map, Value};

use super::cx::Cx;
use super::sign_up;
use crate::base::{Error, Result};
use crate::moments::Edit;
use crate::store::{User, UserChanges};
use crate::users::fields;

/// What somebody wants changed.
pub struct Wanted {
    pub name: Option<String>,
    /// `Some(None)` takes the picture away.
    pub image: Option<Option<String>>,
    /// The whole body, for additional fields.
    pub body: Map<String, Value>,
}

/// Changes a user; `None` for one who is not there any more.
///
/// # Errors
/// 400 where nothing is to change, or plugins or fields do not allow it.
pub async fn change(cx: &Cx, user: &User, wanted: Wanted) -> Result<Option<User>> {
    let Wanted { name, image, mut body } = wanted;
    let edit = Edit::Update { user_id: &user.id, fields: &user.more };
    cx.house.edit_user(edit, &mut body).await?;
    let more = fields::for_update(&cx.house.user_fields, &body)?;
    if name.is_none() && image.is_none() && more.is_empty() {
        return Err(Error::uncoded(400, "No fields to update"));
    }
    let changes = UserChanges { name, image, more, ..UserChanges::default() };
    // Without a database a user may be known to its cookie alone.
    let alone = cx.house.stateless.then(|| changes.clone().applied_to(user.clone(), cx.house.clock.now()));
    match cx.house.store.update_user(&user.id, changes).await {
        Err(refusal) => Err(sign_up::overtaken(cx, edit, body, refusal).await),
        Ok(updated) => Ok(updated.or(alone)),
    }
}
