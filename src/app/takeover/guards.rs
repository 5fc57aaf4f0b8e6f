//! What kept users out at Better Auth and would not here, and who could not come back in.

use super::ask::{Ask, so_many, some, some_have};
use super::report::{Level, Report, Topic};
use crate::base::Result;
use crate::store::Value;
use crate::store::bars::BarKind;
use crate::store::inspect::says_yes;
use crate::users::guards::Unenforced;

/// Judges the guards that the data ask for; `readable` says whether users and their accounts can be read.
pub async fn judge(ask: &Ask<'_>, readable: bool, report: &mut Report) -> Result<()> {
    barred(ask, report).await?;
    user_names(ask, report).await?;
    if readable {
        ways_in(ask, report).await?;
        providers(ask, report).await?;
    }
    if readable && !report.findings.iter().any(|finding| finding.topic == Topic::Guards) {
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

/// Users whom a start would not let in, found as a start finds them.
async fn barred(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    for bar in ask.store.unenforced_bars().await? {
        let what = match bar.kind {
            BarKind::Ban => "bans",
            BarKind::SecondFactor => "second factors",
        };
        let counted = ask.unless_slow(ask.store.barred(&bar).await).await?;
        let Some(count) = told(counted, what, report).filter(|count| *count > 0) else { continue };
        let who = format!("{} {}", so_many(count, "user"), if count == 1 { "has" } else { "have" });
        let policy = ask.config.user.guards.of(bar.kind);
        let level = if policy == Unenforced::Stop { Level::Bad } else { Level::Note };
        let (code, text) = match bar.kind {
            BarKind::Ban => ("banned", banned(&who, policy)),
            BarKind::SecondFactor => ("second-factor", second_factor(&who, policy)),
        };
        report.add(level, Topic::Guards, code, text, Some(count));
    }
    Ok(())
}

fn banned(who: &str, policy: Unenforced) -> String {
    const KEY: &str = "user.unenforced_bans";
    match policy {
        Unenforced::Refuse => format!("{who} been banned; they are turned away, as {KEY} says."),
        Unenforced::Allow => format!("{who} been banned; they get in, as {KEY} says."),
        Unenforced::Stop => format!(
            "{who} been banned, and bans are enforced by the admin plugin, which is off, so Signet would not start. Set \
             plugins.admin.enabled = true."
        ),
    }
}

fn second_factor(who: &str, policy: Unenforced) -> String {
    const KEY: &str = "user.unenforced_second_factors";
    match policy {
        Unenforced::Refuse => format!(
            "{who} a second factor and cannot sign in here, as {KEY} says: keep Better Auth for their sign-ins."
        ),
        Unenforced::Allow => format!("{who} a second factor, and get in without it, as {KEY} says."),
        Unenforced::Stop => format!(
            "{who} a second factor, which Signet cannot ask for, so it would not start: a password alone must let nobody in \
             who has one. Keep Better Auth for their sign-ins and set {KEY} = \"refuse\", or have them turn it off there."
        ),
    }
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

/// Ways to sign in that Signet lacks, and that rows or a column of a user tell of: the plugin, and its table or column.
const OTHER_WAYS: &[(&str, &str)] = &[("passkey", "passkey"), ("siwe", "walletaddress")];
const PHONE: &str = "phoneNumber";

/// Users without a password and without an account of a provider that is configured.
async fn ways_in(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    let config = ask.config;
    let providers: Vec<Value> = config.providers.iter().map(|provider| provider.id.as_str().into()).collect();
    let configured = match providers.len() {
        0 => String::new(),
        count => {
            let places: Vec<_> = (1..=count).map(|place| format!("${place}")).collect();
            format!(" OR {{account.providerId}} IN ({})", places.join(", "))
        }
    };
    let credential = match config.email_and_password.enabled || config.username.enabled {
        true => "({account.providerId} = 'credential' AND {account.password} IS NOT NULL)",
        false => "1 = 0",
    };
    // Who is anonymous could not come back at Better Auth either.
    let named = match ask.any_column("user", "isAnonymous") {
        Some((_, column)) => format!(" AND NOT {}", says_yes(column)),
        None => String::new(),
    };
    let template = format!(
        "SELECT count(*) AS counted FROM {{user}} WHERE NOT EXISTS (SELECT 1 FROM {{account}} \
         WHERE {{account.userId}} = {{user.id}} AND ({credential}{configured})){named}"
    );
    let without = ask.count("users without a way in", &template, &providers).await?;
    let Some(count) = told(without, "ways to sign in", report).filter(|count| *count > 0) else { return Ok(()) };
    let why = match (config.email_and_password.enabled, config.mail.is_on()) {
        (true, true) => return by_other_ways(ask, &template, &providers, count, report).await,
        (false, _) => {
            "passwords are off. Turn on email_and_password.enabled, and mail, for them to set one, or configure their \
             providers"
        }
        (true, false) => "nobody can be mailed a link for a new one. Set mail.transport, or configure their providers",
    };
    let text = match config.email_and_password.enabled || config.username.enabled {
        true => "neither a password nor an account of a configured provider",
        false => "no account of a configured provider",
    };
    let text = format!("{} {text}: once signed out, they cannot come back in, since {why}.", some_have(count, "user"));
    report.add(Level::Bad, Topic::Guards, "no-way-in", text, Some(count));
    Ok(())
}

/// Tells those who came in by a way that Signet lacks from those who have to set a password as at Better Auth.
async fn by_other_ways(
    ask: &Ask<'_>,
    template: &str,
    providers: &[Value],
    mut count: i64,
    report: &mut Report,
) -> Result<()> {
    let mut ways = Vec::new();
    for (plugin, table) in OTHER_WAYS {
        ways.extend(ask.store.has_row_in(&ask.present, table, None).await?.map(|has_one| (*plugin, has_one)));
    }
    if let Some((_, column)) = ask.any_column("user", PHONE) {
        ways.push(("phone-number", says_yes(column)));
    }
    let conditions: Vec<_> = ways.iter().map(|(_, has_one)| has_one.as_str()).collect();
    let lost = match conditions.is_empty() {
        true => Some(0),
        false => {
            let template = format!("{template} AND ({})", conditions.join(" OR "));
            ask.count("users of other ways in", &template, providers).await?
        }
    };
    if let Some(lost) = told(lost, "other ways to sign in", report).filter(|lost| *lost > 0) {
        let plugins: Vec<_> = ways.iter().map(|(plugin, _)| *plugin).collect();
        let text = format!(
            "{} no way to sign in but by a plugin that Signet lacks ({}). Keep Better Auth for their sign-ins, or have them \
             set a password there.",
            some_have(lost, "user"),
            plugins.join(", ")
        );
        report.add(Level::Bad, Topic::Guards, "no-way-in", text, Some(lost));
        count -= lost;
    }
    if count > 0 {
        let text = format!(
            "{} neither a password nor an account of a configured provider: sessions go on, but signing in again takes a new \
             password (/request-password-reset).",
            some_have(count, "user")
        );
        report.add(Level::Note, Topic::Guards, "no-way-in", text, Some(count));
    }
    Ok(())
}

async fn providers(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
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
