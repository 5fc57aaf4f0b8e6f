//! What the account's page shows of whoever looks at it, beyond what every page does.

use minijinja::{Value, context};

use super::catalogue::Showing;
use super::visitor::Visitor;
use crate::base::Result;
use crate::http::cx::Cx;
use crate::store::Account;

pub fn more<'a>(cx: &'a Cx, visitor: &'a Visitor) -> Showing<'a> {
    Box::pin(read(cx, visitor))
}

async fn read(cx: &Cx, visitor: &Visitor) -> Result<Value> {
    let Some(live) = &visitor.live else { return Ok(Value::UNDEFINED) };
    let house = &cx.house;
    let accounts = house.store.accounts_of(&live.user.id).await?;
    let change = house.user.change_email;
    let at_once = change.update_email_without_verification && !live.user.email_verified;
    let is_linked = |account: &Account| account.provider_id != "credential";
    Ok(context! {
        session => live.session.id,
        // Lists of what signs somebody in, and the end of an account, are for whoever has signed in a short while ago.
        is_fresh => house.sessions.is_fresh(&live.session),
        has_password => accounts.iter().any(|account| account.password.is_some()),
        has_linked => accounts.iter().any(is_linked),
        // Without mail, an address that somebody has proved cannot be changed.
        may_change_email => change.enabled && (at_once || house.mail.is_on()),
        changes_email_at_once => at_once,
        may_unlink_all => house.oauth.account.linking.allow_unlinking_all,
        // Where a provider sends somebody back who could not link an account.
        error => cx.query.get_first("error"),
        mails_deletion => house.mail.confirms_deletion(),
    })
}
