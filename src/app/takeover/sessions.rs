//! Sessions: how many live, what proves that the secret is theirs, and whether rows and cookies are read.

use super::Known;
use super::ask::{ADOPT, Ask, or_unknown};
use super::keys::Proof;
use super::report::{Level, Report, Topic};
use crate::base::{Error, Result};
use crate::crypto::{CookieSigner, SealError, Sealer};
use crate::session::cookies::{CookieKey, Cookies};

/// How many rows are read as a sample.
const SAMPLES: i64 = 100;

/// Judges the sessions; `readable` says whether the database has them, in a form that can be read.
pub async fn judge(
    ask: &Ask<'_>,
    known: &Known<'_>,
    mut proof: Proof,
    readable: bool,
    report: &mut Report,
) -> Result<()> {
    let live = if readable { live(ask, known, report).await? } else { None };
    sealed_tokens(ask, &mut proof, report).await?;
    let proven = cookies(ask, known, readable, report).await?;
    // With none in the database and none in Redis, no cookie is there to be refused.
    let matters = live != Some(0) || ask.adopts_sessions();
    secret(ask, &proof, proven, matters, known.has_secret, report);
    match readable {
        true => samples(ask, report).await,
        false => Ok(()),
    }
}

/// How many sessions live, and where they may be if none does.
async fn live(ask: &Ask<'_>, known: &Known<'_>, report: &mut Report) -> Result<Option<i64>> {
    let users = ask.count("users", "SELECT count(*) AS counted FROM {user}", &[]).await?;
    let live = "SELECT count(*) AS counted FROM {session} WHERE {session.expiresAt} > {$1:session.expiresAt}";
    let live = ask.count("live sessions", live, &[ask.now.into()]).await?;
    let text = format!("{} and {}.", or_unknown(users, "user"), or_unknown(live, "live session"));
    report.add(Level::Ok, Topic::Sessions, "live", text, live);
    if live != Some(0) {
        preserved(ask, known, report);
        return Ok(live);
    }
    let any = "SELECT count(*) AS counted FROM (SELECT 1 AS one FROM {session} LIMIT 1) AS few";
    let has_had_some = ask.count("any session", any, &[]).await? != Some(0);
    let has_them_here = known.options.is_some_and(|options| options.get("secondaryStorage").is_none());
    if ask.adopts_sessions() {
        let text = "The database has no live session; those in Redis are taken over one by one.";
        report.note(Topic::Sessions, "elsewhere", text);
    } else if has_had_some || has_them_here || users == Some(0) {
        report.note(Topic::Sessions, "none-live", "The database has no live session: nobody is signed in.");
    } else {
        let text = format!(
            "The database has users and not one session, as where Better Auth has them in Redis alone: then everybody would \
             be logged out. Set secondary_storage.url and {ADOPT} = true; or, if nobody is signed in, show the options of \
             Better Auth (--options FILE), which say that it has no secondaryStorage."
        );
        report.bad(Topic::Sessions, "none-live", text);
    }
    Ok(live)
}

/// Rows of sessions that have ended, which Better Auth before 1.7 leaves as they were where Redis has the sessions too.
fn preserved(ask: &Ask<'_>, known: &Known<'_>, report: &mut Report) {
    let Some(options) = known.options else { return };
    let session = &options["session"];
    let leaves = session["storeSessionInDatabase"] == true && session["preserveSessionInDatabase"] == true;
    // The tables say which release it is only if they are still as Better Auth made them.
    let is_late = match &known.config.side_by_side {
        Some(other) => !other.is_before_1_7(),
        None => !ask.present.has_signets() && ask.any_column("jwks", "alg").is_some(),
    };
    if options["secondaryStorage"].is_null() || !leaves || is_late {
        return;
    }
    let text = "preserveSessionInDatabase: Better Auth before 1.7 leaves the rows of sessions that have ended with their \
                time still to come, so Signet would let in browsers that are signed out. Set it to false there, delete the \
                rows whose token Redis does not have, and then show the options again.";
    report.bad(Topic::Sessions, "sessions-preserved", text);
}

/// Opens some of the texts that are sealed with the secret: tokens of providers, and secrets of second factors.
async fn sealed_tokens(ask: &Ask<'_>, proof: &mut Proof, report: &mut Report) -> Result<()> {
    let sealer = Sealer::new(ask.secrets);
    let mut sealed = Vec::new();
    for column in ["accessToken", "refreshToken", "idToken"] {
        if let (Some(table), Some(column)) = (ask.table("account"), ask.column("account", column)) {
            let texts = ask.unless_slow(ask.store.some_texts(table, column, SAMPLES).await).await?;
            sealed.extend(texts.unwrap_or_default().into_iter().filter(|text| is_sealed(text)));
        }
    }
    let mut lost = 0;
    for text in sealed {
        let outcome = sealer.open(&text);
        // A long hexadecimal token that somebody else made is no sealed text.
        if matches!(outcome, Err(SealError::Malformed)) {
            continue;
        }
        lost += i64::from(outcome.is_err());
        proof.note(&outcome, true);
    }
    if lost > 0 {
        let text = format!(
            "{lost} of the stored tokens of providers that were looked at cannot be decrypted, so they would be sent as \
             they are, and refused. Give the secret that they were encrypted with.",
        );
        report.add(Level::Bad, Topic::Sessions, "provider-tokens-sealed", text, Some(lost));
    }
    Ok(())
}

/// Whether Better Auth would try to decrypt a token.
fn is_sealed(text: &str) -> bool {
    let hex = text.len() >= 80 && text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.starts_with("$ba$") || hex
}

/// Judges the cookies that were shown. Whether there were any, and all were signed with the secret.
async fn cookies(ask: &Ask<'_>, known: &Known<'_>, readable: bool, report: &mut Report) -> Result<Option<bool>> {
    let cookies = Cookies::new(&ask.config.site.cookies, CookieSigner::new(ask.secrets));
    let expected = cookies.name(CookieKey::SessionToken);
    let (mut good, mut all_signed) = (0, true);
    for (place, cookie) in known.cookies.iter().enumerate() {
        let which = format!("Cookie {}", place + 1);
        let (name, value) = match cookie.split_once('=').filter(|(name, _)| name.contains("session_token")) {
            Some((name, value)) => (Some(name.trim()), value.trim()),
            None => match cookie.split_once('=').filter(|(name, _)| *name == expected) {
                Some((name, value)) => (Some(name), value.trim()),
                None => (None, cookie.trim()),
            },
        };
        if let Some(name) = name.filter(|name| *name != expected) {
            let text = if unsecured(name) == Some(expected) || unsecured(expected) == Some(name) {
                let scheme = if unsecured(name).is_some() { "with" } else { "without" };
                format!(
                    "{which} is called {name}: this is the name that it has {scheme} https, and Signet reads {expected}. \
                     Everybody would be logged out. Set base_url, or advanced.use_secure_cookies, as Better Auth has it."
                )
            } else {
                format!(
                    "{which} is called {name}, and Signet reads {expected}: everybody would be logged out. Set \
                 advanced.cookie_prefix or advanced.cookies.session_token.name as Better Auth has it, and base_url, whose \
                 https gives the name its __Secure-."
                )
            };
            report.bad(Topic::Sessions, "cookie-name", text);
        }
        let Some(token) = cookies.open(value) else {
            let text = format!(
                "{which} is not signed with the configured secret: whoever has one like it would be logged out. Set \
                 BETTER_AUTH_SECRET to what Better Auth has; with BETTER_AUTH_SECRETS, the first one signs cookies."
            );
            report.bad(Topic::Sessions, "cookie-signature", text);
            all_signed = false;
            continue;
        };
        let found = match readable {
            true => ask.store.session_by_token(&token).await,
            false if ask.adopts_sessions() => Ok(None),
            false => {
                report.note(Topic::Sessions, "cookie-row", format!("{which} is signed well."));
                continue;
            }
        };
        match found {
            Ok(Some((session, _))) if session.expires_at > ask.now => good += 1,
            Ok(Some(_)) => {
                report.note(
                    Topic::Sessions,
                    "cookie-expired",
                    format!("{which} is signed well; its session has expired."),
                );
            }
            Ok(None) if ask.adopts_sessions() => {
                let text =
                    format!("{which} is signed well; its session is not in the database, so Redis must have it.");
                report.note(Topic::Sessions, "cookie-elsewhere", text);
            }
            Ok(None) => {
                let text = format!(
                    "{which} is signed well, but this database has no such session. Either it has ended, or this is \
                     another database than Better Auth's, or Better Auth has sessions in Redis alone: then set \
                     secondary_storage.url and {ADOPT} = true."
                );
                report.bad(Topic::Sessions, "cookie-session", text);
            }
            Err(error @ Error::Unavailable { .. }) => return Err(error),
            // Columns that a start adds are not there yet; the samples say whether rows can be read.
            Err(_) => report.note(Topic::Sessions, "cookie-row", format!("{which} is signed well.")),
        }
    }
    if good > 0 {
        report.add(
            Level::Ok,
            Topic::Sessions,
            "cookies",
            "Cookies that are accepted, with their sessions.",
            Some(good),
        );
    }
    Ok((!known.cookies.is_empty()).then_some(all_signed))
}

/// The name that a cookie has without https, of the one that it has with it.
fn unsecured(name: &str) -> Option<&str> {
    name.strip_prefix("__Secure-")
}

/// Says whether anything proves the secret.
fn secret(ask: &Ask<'_>, proof: &Proof, cookies: Option<bool>, matters: bool, has: bool, report: &mut Report) {
    let missing = proof.refused.iter().any(|error| matches!(error, SealError::MissingVersion(_)));
    if missing {
        let text = "Something in the database was encrypted with a version of the secret that is not configured. Give all \
                    versions that Better Auth has in BETTER_AUTH_SECRETS, in its order.";
        report.bad(Topic::Sessions, "secret-version-missing", text);
    }
    let wrong = proof.refused.iter().any(|error| matches!(error, SealError::Wrong | SealError::WrongVersion(_)));
    match cookies {
        Some(true) => report.ok(Topic::Sessions, "secret", "The secret is the one that signs the cookies."),
        Some(false) => {}
        None if proof.opened > 0 && !missing => {
            let count = i64::try_from(proof.opened).unwrap_or(i64::MAX);
            let text = "The secret decrypts what the database holds, so it is Better Auth's. Whether it was changed since \
                        then, a cookie of a signed-in browser shows: --cookie VALUE.";
            report.add(Level::Ok, Topic::Sessions, "secret", text, Some(count));
        }
        None if wrong && matters => {
            let text = "The secret decrypts nothing that the database holds, so it is not Better Auth's: every cookie would \
                        be refused, and everybody logged out. Set BETTER_AUTH_SECRET to what Better Auth has.";
            report.bad(Topic::Sessions, "secret-wrong", text);
        }
        None if !has || missing => {}
        None if matters => {
            let text = "Nothing proves that the secret is Better Auth's, and with another one everybody would be logged \
                        out: cookies are signed with it, and the database has none. Show one of a signed-in browser, which \
                        proves it: --cookie VALUE.";
            report.bad(Topic::Sessions, "secret-unproven", text);
        }
        None => {
            let text = "Nothing proves that the secret is Better Auth's; but nobody has a cookie that it could refuse.";
            report.note(Topic::Sessions, "secret-unproven", text);
        }
    }
    if ask.secrets.is_versioned() {
        let text = "Secrets have versions: Better Auth signs cookies with the first one and accepts no other. Keep its \
                    order, so that it accepts Signet's too.";
        report.note(Topic::Sessions, "secret-order", text);
    }
}

/// Reads some live sessions as a request would.
async fn samples(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    let complete = |table: &str| {
        let needed = ask.needed.iter().find(|needed| needed.logical == table);
        needed.is_some_and(|needed| needed.columns.iter().all(|column| ask.column(table, &column.logical).is_some()))
    };
    // What a start adds cannot be asked for yet.
    if !complete("user") || !complete("session") {
        return Ok(());
    }
    let template = format!(
        "SELECT {} FROM {{session}} WHERE {{session.expiresAt}} > {{$1:session.expiresAt}} LIMIT {SAMPLES}",
        ask.text("session", "token")
    );
    let rows = ask.unless_slow(ask.rows("sample sessions", &template, &[ask.now.into()]).await).await?;
    let (mut read, mut lost, mut why) = (0, 0, String::new());
    for row in rows.unwrap_or_default() {
        match ask.store.session_by_token(&row.text("session.token")?).await {
            Ok(Some(_)) => read += 1,
            // It ended just now, or its user is gone: Better Auth does not find it either.
            Ok(None) => {}
            Err(error @ Error::Unavailable { .. }) => return Err(error),
            Err(error) => {
                lost += 1;
                why = error.chain();
            }
        }
    }
    if lost > 0 {
        let text = format!("{lost} of {} sessions that were looked at cannot be read: {why}.", read + lost);
        report.add(Level::Bad, Topic::Sessions, "unreadable", text, Some(lost));
    } else if read > 0 {
        report.add(
            Level::Ok,
            Topic::Sessions,
            "readable",
            "Sessions that were read as a sample, with their users.",
            Some(read),
        );
    }
    Ok(())
}
