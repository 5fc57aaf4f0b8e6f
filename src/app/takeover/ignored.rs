//! Tables and columns that Signet leaves alone and keeps: whose they are, and what their users miss.

use super::ask::{Ask, plain};
use super::report::{Report, Topic};

/// What is left behind by plugins: whose, its tables, its columns as `table.column`, what is missed. All names without
/// underscores and in lower case.
const PLUGINS: &[(&str, &[&str], &[&str], &str)] = &[
    (
        "organization",
        &["organization", "member", "invitation", "team", "teammember", "organizationrole"],
        &["session.activeorganizationid", "session.activeteamid"],
        "organizations, their members and invitations have no endpoints",
    ),
    (
        "two-factor",
        &["twofactor"],
        &["user.twofactorenabled"],
        "nobody is asked for a second factor; see the guards below",
    ),
    ("passkey", &["passkey"], &[], "nobody can sign in with a passkey"),
    ("api-key", &["apikey"], &[], "programs cannot use their API keys"),
    (
        "oidc-provider or mcp",
        &["oauthapplication", "oauthaccesstoken", "oauthconsent"],
        &[],
        "OAuth clients get no codes and no tokens",
    ),
    (
        "oauth-provider",
        &["oauthclient", "oauthrefreshtoken", "oauthresource", "oauthclientresource", "oauthclientassertion"],
        &[],
        "OAuth clients get no codes and no tokens",
    ),
    ("device-authorization", &["devicecode"], &[], "devices without a browser cannot sign in"),
    ("sso", &["ssoprovider"], &[], "nobody can sign in through an enterprise's provider"),
    ("scim", &["scimprovider"], &[], "directories cannot keep users in step"),
    ("siwe", &["walletaddress"], &[], "nobody can sign in with a wallet"),
    ("phone-number", &[], &["user.phonenumber", "user.phonenumberverified"], "nobody can sign in with a phone number"),
    ("anonymous", &[], &["user.isanonymous"], "there are no new anonymous users; those that are there stay"),
    ("last-login-method", &[], &["user.lastloginmethod"], "the last way of signing in is not noted"),
    ("stripe", &["subscription"], &["user.stripecustomerid"], "subscriptions have no endpoints"),
    ("captcha or rate limits in the database", &["ratelimit"], &[], "limits are counted elsewhere"),
    (
        "admin",
        &[],
        &["user.role", "user.banned", "user.banreason", "user.banexpires", "session.impersonatedby"],
        "users have no roles and no bans; set plugins.admin.enabled = true to have them",
    ),
    (
        "username",
        &[],
        &["user.username", "user.displayusername"],
        "nobody can sign in with a user name; set plugins.username.enabled = true to let them",
    ),
    ("jwt", &["jwks"], &[], "no tokens are made; set plugins.jwt.enabled = true to make them"),
];

/// Names what is ignored, by plugin where it is known.
pub fn judge(ask: &Ask<'_>, report: &mut Report) {
    let mut tables: Vec<&str> = ask.present.others().iter().map(String::as_str).collect();
    let mut columns: Vec<(&str, &str)> = Vec::new();
    for needed in &ask.needed {
        let Some(found) = ask.table(needed.logical) else { continue };
        if needed.read {
            columns.extend(found.foreign_columns().map(|column| (needed.logical, column.name.as_str())));
        } else {
            tables.push(found.name.as_str());
        }
    }
    for (plugin, its_tables, its_columns, missed) in PLUGINS {
        let mut here: Vec<String> = Vec::new();
        tables.retain(|name| keep_or_take(its_tables.contains(&plain(name).as_str()), format!("`{name}`"), &mut here));
        columns.retain(|(table, name)| {
            let full = format!("{}.{}", plain(table), plain(name));
            keep_or_take(its_columns.contains(&full.as_str()), format!("`{table}`.`{name}`"), &mut here)
        });
        if !here.is_empty() {
            let text = format!("{} of the plugin {plugin}: left alone and kept; {missed}.", here.join(", "));
            report.note(Topic::Schema, "plugin-ignored", text);
        }
    }
    let rest: Vec<String> = tables
        .iter()
        .map(|name| format!("`{name}`"))
        .chain(columns.iter().map(|(table, name)| format!("`{table}`.`{name}`")))
        .collect();
    if !rest.is_empty() {
        const SHOWN: usize = 20;
        let more = rest.len().saturating_sub(SHOWN);
        let names = rest.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        report.note(Topic::Schema, "ignored", format!("Not Signet's, left alone and kept: {names}{more}."));
    }
}

/// For `retain`: what is taken is noted down and dropped from the list.
fn keep_or_take(taken: bool, name: String, here: &mut Vec<String>) -> bool {
    if taken {
        here.push(name);
    }
    !taken
}
