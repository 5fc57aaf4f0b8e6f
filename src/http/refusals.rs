//! What is refused, written into the audit trail. Requests that the rate limit turns away are not, nor is what anybody can
//! send who knows nothing and is nobody: else whoever floods the server would fill its disk as well.

use super::cx::{Cx, bearer_token};
use super::endpoint::Endpoint;
use super::guard;
use super::reply::Reply;
use crate::base::error::{Refused, RefusedBody};
use crate::base::{Actor, Behalf, Error, Result, code};
use crate::store::audit::{Action, Line};

/// An endpoint's outcome, once its refusal is written down.
///
/// # Errors
/// What came of the request; 503 where the line cannot be written.
pub async fn written(cx: &Cx, endpoint: &Endpoint, outcome: Result<Reply>) -> Result<Reply> {
    if let (Some(action), Err(Error::Refused(refused))) = (endpoint.audits, &outcome) {
        if let Some(line) = line(action, refused) {
            match is_cheap(&line) {
                true => guess(cx, line).await?,
                false => cx.house.store.audit(line).await?,
            }
        } else if action == Action::AdminRefused && refused.status == 401 && shows_a_token(cx) {
            guess(cx, Line::refused(action, code::INVALID_TOKEN.name)).await?;
        }
    }
    outcome
}

/// Whether it costs whoever is refused next to nothing to be refused again: no password was tried, and somebody's own session
/// is asked for nothing but itself.
fn is_cheap(line: &Line) -> bool {
    match line.action {
        Action::AdminRefused => true,
        Action::SignInFailed => !Behalf::current().has_tried(),
        _ => line.refusal.as_deref() == Some(code::INVALID_TOKEN.name),
    }
}

/// Writes down what somebody was refused who may try as often as they like, but for what one client has too much of.
///
/// # Errors
/// 503 where the line cannot be written.
pub async fn guess(cx: &Cx, line: Line) -> Result<()> {
    match cx.house.rate_limits.has_room_for_a_line(line.action, cx.sender().as_deref()) {
        true => cx.house.store.audit(line).await,
        false => Ok(()),
    }
}

/// Whether a request that is nobody's shows a token all the same, which then is nobody's either.
fn shows_a_token(cx: &Cx) -> bool {
    cx.header("authorization").as_deref().and_then(bearer_token).is_some()
}

/// None for what is no attempt to do what one may not: a body that does not fit, a page elsewhere, nobody signed in.
fn line(action: Action, Refused { status, body }: &Refused) -> Option<Line> {
    let code = match body {
        RefusedBody::Message { code, .. } => code.as_deref(),
        RefusedBody::Empty | RefusedBody::Nothing => None,
    };
    if code.is_some_and(guard::is_one_of_its_codes) {
        return None;
    }
    let behalf = Behalf::current();
    let is_wrong = [code::INVALID_PASSWORD, code::INVALID_TOKEN].iter().any(|wrong| code == Some(wrong.name));
    let counts = match action {
        Action::SignInFailed => matches!(status, 401 | 403),
        Action::AdminRefused => is_wrong || (*status == 403 && behalf.actor() != Actor::Anonymous),
        // What a provider says, or what may be linked; nobody who is not signed in links anything.
        Action::AccountLinked => matches!(status, 401 | 409 | 417) && behalf.actor() != Actor::Anonymous,
        _ => is_wrong,
    };
    let reason = code.unwrap_or(if *status == 401 { "UNAUTHORIZED" } else { "FORBIDDEN" });
    let line = Line::refused(action, reason);
    counts.then(|| match whom(action, &behalf) {
        Some(user) => line.user(&user),
        None => line,
    })
}

/// Whom it is about. A password that is asked for once more is that of whoever is signed in, and accounts are linked to them.
fn whom(action: Action, behalf: &Behalf) -> Option<String> {
    behalf.about().or_else(|| match behalf.actor() {
        Actor::User { id, .. } if matches!(action, Action::PasswordRefused | Action::AccountLinked) => Some(id),
        _ => None,
    })
}
