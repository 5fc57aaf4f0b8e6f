//! Who acts, what that somebody may, and upon whom.

use serde_json::Value;

use super::Admin;
use super::access::Wanted;
use crate::base::code::Code;
use crate::base::{Behalf, Error, Result, code, text};
use crate::http::cx::{Cx, ReadFrom};
use crate::store::administration::Warrant;
use crate::store::{Session, User};
use crate::users::admins;

/// Whoever sends a request, as the database has them at this moment.
pub struct Actor {
    pub session: Session,
    pub user: User,
}

impl Actor {
    /// Whether the session is its user's own, and the user not banned: nobody else acts on others.
    fn is_entitled(&self) -> bool {
        !self.session.is_impersonation() && !is_banned(&self.user)
    }
}

impl Admin {
    /// Whoever sends the request. No cache is asked.
    ///
    /// # Errors
    /// 401 with an empty body, as Better Auth has it here.
    pub async fn actor(&self, cx: &Cx) -> Result<Actor> {
        let live = cx.read_session(ReadFrom::Store).await?.ok_or_else(|| Error::empty(401))?;
        Ok(Actor { session: live.session, user: live.user })
    }

    /// Whoever sends the request, if that somebody may take an action on a resource.
    ///
    /// # Errors
    /// 401 with an empty body; 403 with `refusal`.
    pub async fn require(&self, cx: &Cx, resource: &str, action: &str, refusal: Code) -> Result<Actor> {
        let actor = self.actor(cx).await?;
        self.check(&actor, resource, action, refusal).map(|()| actor)
    }

    /// [`Admin::require`] of somebody who is known already.
    ///
    /// # Errors
    /// 403 with `refusal`.
    pub fn check(&self, actor: &Actor, resource: &str, action: &str, refusal: Code) -> Result<()> {
        allow(self.may(actor, resource, action), refusal)
    }

    pub fn may(&self, actor: &Actor, resource: &str, action: &str) -> bool {
        self.permits(actor, &vec![(resource.to_owned(), vec![action.to_owned()])])
    }

    /// Whether somebody may all that is wanted. Through a session that is not the user's own, and while banned, nobody may
    /// anything to users and sessions; what an application makes of its own resources is its affair.
    pub fn permits(&self, actor: &Actor, wanted: &Wanted) -> bool {
        let is_ours = |(resource, _): &(String, Vec<String>)| matches!(resource.as_str(), "user" | "session");
        if !actor.is_entitled() && (wanted.iter().any(is_ours) || is_banned(&actor.user)) {
            return false;
        }
        self.is_named(&actor.user) || self.config.access.permits(self.roles(&actor.user).into_iter(), wanted)
    }

    /// Whether somebody may act upon a user: upon admins only admins may, and upon nobody whoever may less. Else a role
    /// that sets passwords would be every role.
    ///
    /// # Errors
    /// 403 with `refusal`.
    pub fn check_rank(&self, actor: &Actor, target: &User, refusal: Code) -> Result<()> {
        let is_self = actor.user.id == target.id;
        let is_below = || match self.is_admin(target) {
            true => self.is_admin(&actor.user),
            false => self.covers(&actor.user, &self.roles(target)),
        };
        allow(is_self || is_below(), refusal)
    }

    /// Whether somebody may give these roles to others: those of admins only admins, and none that may more than the giver.
    ///
    /// # Errors
    /// 403 `YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE`.
    pub fn check_grant(&self, actor: &Actor, role: &str) -> Result<()> {
        let given = self.split(role);
        let gives_admin = given.iter().any(|role| admins::is_one_of(&self.config.admins.roles, role));
        let may = self.covers(&actor.user, &given) && (!gives_admin || self.is_admin(&actor.user));
        allow(may, code::YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE)
    }

    /// Refuses to take from admins their own role: the last one would leave nobody who could give it back.
    ///
    /// # Errors
    /// 400 `YOU_CANNOT_DEMOTE_YOURSELF`.
    pub fn check_own_role(&self, actor: &Actor, target: &str, role: &str) -> Result<()> {
        let stays = self.split(role).iter().any(|role| admins::is_one_of(&self.config.admins.roles, role));
        if actor.user.id == target && self.is_admin(&actor.user) && !self.is_named(&actor.user) && !stays {
            return Err(Error::refused(400, code::YOU_CANNOT_DEMOTE_YOURSELF));
        }
        Ok(())
    }

    /// Does something that may take an admin's rights away, with a warrant: of two admins who do it to each other at once,
    /// the second is one no longer. What is done to others needs none.
    pub async fn with_warrant<T>(
        &self,
        actor: &Actor,
        target: &User,
        refusal: Code,
        act: impl AsyncFnOnce(Option<&Warrant<'_>>) -> Result<T>,
    ) -> Result<T> {
        if !self.is_admin(target) {
            return act(None).await;
        }
        let holds = |actor: &User| self.is_admin(actor) && !is_banned(actor);
        act(Some(&Warrant { actor: &actor.user.id, holds: &holds, refusal })).await
    }

    /// Whether a user is an admin, by the roles of admins or by the id.
    pub fn is_admin(&self, user: &User) -> bool {
        self.config.admins.include_with_default(user, &self.config.default_role)
    }

    /// Whether a user may all, by the id.
    fn is_named(&self, user: &User) -> bool {
        self.config.admins.ids.contains(&user.id)
    }

    /// A user's roles, the default one where there is none.
    fn roles<'u>(&'u self, user: &'u User) -> Vec<&'u str> {
        self.split(user.more.get("role").and_then(Value::as_str).unwrap_or_default())
    }

    fn split<'r>(&'r self, role: &'r str) -> Vec<&'r str> {
        let mut roles: Vec<&str> = text::roles::roles(role).collect();
        if roles.is_empty() {
            roles.push(&self.config.default_role);
        }
        roles
    }

    fn covers(&self, holder: &User, roles: &[&str]) -> bool {
        let held = self.roles(holder);
        self.is_named(holder) || roles.iter().all(|role| self.config.access.covers(held.iter().copied(), role))
    }
}

fn is_banned(user: &User) -> bool {
    user.more.get("banned") == Some(&Value::Bool(true))
}

fn allow(may: bool, refusal: Code) -> Result<()> {
    if may { Ok(()) } else { Err(Error::refused(403, refusal)) }
}

/// The user of an id.
///
/// # Errors
/// 404 `USER_NOT_FOUND`.
pub async fn find(cx: &Cx, id: &str) -> Result<User> {
    let user = cx.house.store.user_by_id(id).await?.ok_or_else(not_found)?;
    Behalf::is_about(&user.id);
    Ok(user)
}

pub fn not_found() -> Error {
    Error::refused(404, code::USER_NOT_FOUND)
}
