//! What kept users out at Better Auth and would not here, and who could not come back in.

use super::ask::{Ask, some, some_have};
use super::report::{Level, Report, Topic};
use crate::base::Result;
use crate::store::Value;

/// Judges the guards that the data ask for.
pub async fn judge(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    second_factors(ask, report).await?;
    bans(ask, report).await?;
    user_names(ask, report).await?;
    ways_in(ask, report).await?;
    if !report.findings.iter().any(|finding| finding.topic == Topic::Guards) {
        report.ok(Topic::Guards, "none", "Nobody gets in who could not before, and everybody can come back in.");
    }
    Ok(())
}

/// A count, and a word about one that took too long.
fn told(counted: Option<i64>, what: &str, report: &mut Report) -> Option<i64> {
    if counted.is_none() {
        let text = format!("{what} of users could not be counted within the time limit, so nothing is known of them.");
        report.note(Topic::Guards, "not-counted", text);
    }
    counted
}

/// What `key` has done about users whom Better Auth keeps out: `stop` unless it says otherwise.
fn policy<'a>(ask: &'a Ask<'_>, key: &str) -> &'a str {
    ask.setting(key).map_or("stop", |value| value.trim_matches('"'))
}

async fn second_factors(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    const KEY: &str = "user.unenforced_second_factors";
    let Some((table, column)) = ask.any_column("user", "twoFactorEnabled") else { return Ok(()) };
    let counted = ask.unless_slow(ask.store.count_true(table, column).await).await?;
    let Some(count) = told(counted, &column.name, report) else { return Ok(()) };
    if count == 0 {
        return Ok(());
    }
    let who = some_have(count, "user");
    let (level, text) = match policy(ask, KEY) {
        "refuse" => (
            Level::Note,
            format!(
                "{who} a second factor and cannot sign in here, as {KEY} says: keep Better Auth for their sign-ins."
            ),
        ),
        "allow" => (Level::Note, format!("{who} a second factor, and get in without it, as {KEY} says.")),
        _ => (
            Level::Bad,
            format!(
                "{who} a second factor, which Signet cannot ask for: a password alone must let nobody in who has one. Keep \
                 Better Auth for their sign-ins and set {KEY} = \"refuse\", or have them turn it off there."
            ),
        ),
    };
    report.add(level, Topic::Guards, "second-factor", text, Some(count));
    Ok(())
}

async fn bans(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    const KEY: &str = "user.unenforced_bans";
    if ask.config.admin.enabled {
        return Ok(());
    }
    let Some((table, column)) = ask.any_column("user", "banned") else { return Ok(()) };
    let counted = ask.unless_slow(ask.store.count_true(table, column).await).await?;
    let Some(count) = told(counted, &column.name, report) else { return Ok(()) };
    if count == 0 {
        return Ok(());
    }
    let who = some_have(count, "user");
    let (level, text) = match policy(ask, KEY) {
        "refuse" => (Level::Note, format!("{who} been banned; they are turned away, as {KEY} says.")),
        "allow" => (Level::Note, format!("{who} been banned; they get in, as {KEY} says.")),
        _ => (
            Level::Bad,
            format!(
                "{who} been banned, and bans are enforced by the admin plugin, which is off. Set plugins.admin.enabled = \
                 true."
            ),
        ),
    };
    report.add(level, Topic::Guards, "banned", text, Some(count));
    Ok(())
}

async fn user_names(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    if ask.config.username.enabled {
        return Ok(());
    }
    let Some((table, column)) = ask.any_column("user", "username") else { return Ok(()) };
    let counted = ask.unless_slow(ask.store.count_filled(table, column).await).await?;
    let Some(count) = told(counted, &column.name, report) else { return Ok(()) };
    if count > 0 {
        let text = format!(
            "{} a user name, with which nobody can sign in here. Set plugins.username.enabled = true to let them.",
            some_have(count, "user")
        );
        report.add(Level::Note, Topic::Guards, "username", text, Some(count));
    }
    Ok(())
}

/// Users without a password and without an account of a provider that is configured.
async fn ways_in(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    let providers: Vec<Value> = ask.config.providers.iter().map(|provider| provider.id.as_str().into()).collect();
    let configured = match providers.len() {
        0 => String::new(),
        count => {
            let places: Vec<_> = (1..=count).map(|place| format!("${place}")).collect();
            format!(" OR {{account.providerId}} IN ({})", places.join(", "))
        }
    };
    let credential = match ask.config.email_and_password.enabled || ask.config.username.enabled {
        true => "({account.providerId} = 'credential' AND {account.password} IS NOT NULL)",
        false => "1 = 0",
    };
    let template = format!(
        "SELECT count(*) AS counted FROM {{user}} WHERE NOT EXISTS (SELECT 1 FROM {{account}} \
         WHERE {{account.userId}} = {{user.id}} AND ({credential}{configured}))"
    );
    let without = ask.count("users without a way in", &template, &providers).await?;
    if let Some(count) = told(without, "ways to sign in", report).filter(|count| *count > 0) {
        let text = format!(
            "{} neither a password nor an account of a configured provider: sessions go on, but signing in again takes a \
             new password (/request-password-reset).",
            some_have(count, "user")
        );
        report.add(Level::Note, Topic::Guards, "no-way-in", text, Some(count));
    }
    let by_provider = "SELECT {account.providerId} AS provider, count(*) AS counted FROM {account} \
        WHERE {account.providerId} <> 'credential' GROUP BY {account.providerId} ORDER BY 2 DESC LIMIT 50";
    let rows = ask.unless_slow(ask.rows("accounts by provider", by_provider, &[]).await).await?;
    for row in rows.unwrap_or_default() {
        let (provider, count) = (row.text("provider")?, row.integer("counted")?);
        if !ask.config.providers.iter().any(|known| known.id == provider) {
            let text = format!(
                "{} of the provider {provider}, which is not configured: set [social_providers.{provider}], or \
                 [plugins.generic_oauth] for one of your own.",
                some(count, "account")
            );
            report.add(Level::Note, Topic::Guards, "provider", text, Some(count));
        }
    }
    Ok(())
}
