//! Which release made the tables, what a start would add, and what it could not make good.

use super::ask::{ADOPT, Ask, plain};
use super::report::{Report, Topic};
use crate::base::{Error, Result};
use crate::store::inspect::{Needed, NeededColumn};
use crate::store::present::PresentTable;

/// Columns without which a row says as much as with them: an older release or another tool may lack them.
const OPTIONAL: &[&str] = &[
    "image",
    "ipAddress",
    "userAgent",
    "accessTokenExpiresAt",
    "refreshTokenExpiresAt",
    "idToken",
    "scope",
    "expiresAt of jwks",
    "alg",
    "crv",
];

/// Judges the tables. Those whose rows cannot be read; none at all where there is nothing more to look at.
pub async fn judge(ask: &Ask<'_>, report: &mut Report) -> Result<Option<Vec<&'static str>>> {
    let Some(user) = ask.table("user") else {
        no_users(ask, report);
        return Ok(None);
    };
    report.ok(Topic::Schema, "release", format!("The tables are {}.", release(ask, user)));
    let mut unread = Vec::new();
    for needed in ask.needed.iter().filter(|needed| needed.read) {
        let readable = match ask.table(needed.logical) {
            Some(found) => columns(needed, found, report),
            None => missing_table(ask, needed, report),
        };
        if !readable {
            unread.push(needed.logical);
        }
    }
    if !report.is_bad_about(Topic::Schema) {
        plan(ask, report).await?;
    }
    Ok(Some(unread))
}

fn no_users(ask: &Ask<'_>, report: &mut Report) {
    let name = ask.needed.iter().find(|needed| needed.logical == "user").map_or("user", |needed| needed.name.as_str());
    let text = match likely(ask, "user") {
        Some(table) => format!(
            "There is no table `{name}`, so Signet would make an empty one and know nobody. `{table}` may be it: then set \
             user.model_name = \"{table}\"."
        ),
        None => format!(
            "This is no Better Auth database: there is no table `{name}`. Check database.url, its schema (search_path), \
             and user.model_name."
        ),
    };
    report.bad(Topic::Schema, "no-database", text);
}

/// The table whose name says that it might be another one: `users`, `auth_session`.
fn likely<'a>(ask: &'a Ask<'_>, logical: &str) -> Option<&'a str> {
    let alike = |name: &str| {
        let name = plain(name);
        let bare = name.strip_suffix('s').unwrap_or(&name);
        bare.ends_with(&plain(logical)) && bare.len() <= logical.len() + 6
    };
    ask.present.others().iter().map(String::as_str).find(|name| alike(name))
}

fn release(ask: &Ask<'_>, user: &PresentTable) -> String {
    let ours = ask.present.has_signets();
    let snake = user.columns.iter().any(|column| column.name == "email_verified");
    let zoneless = ["session", "user"].iter().any(|table| {
        let column = ask.any_column(table, "createdAt");
        column.is_some_and(|(_, column)| column.type_name == "timestamp without time zone")
    });
    let has = |table, column| ask.any_column(table, column).is_some();
    let keys = ask.table("jwks").is_some();
    let release = match () {
        () if has("account", "issuer") => "those of Better Auth 1.7.0 to 1.7.2",
        () if keys && has("jwks", "alg") => "those of Better Auth 1.7.3 or later",
        () if zoneless => "those of Better Auth 1.2, or of a tool whose timestamps have no zone",
        () if keys && has("jwks", "expiresAt") => "those of Better Auth 1.4 to 1.6",
        () if keys => "those of Better Auth 1.3",
        () => "those of Better Auth 1.3 or later, without its jwt plugin",
    };
    let snake = if snake { ", with columns in snake_case as Drizzle and Prisma make them" } else { "" };
    let ours = if ours { "; Signet has run on them before" } else { "" };
    format!("{release}{snake}{ours}")
}

/// A table of Better Auth's that is not there. Whether it has nothing that would be missed.
fn missing_table(ask: &Ask<'_>, needed: &Needed, report: &mut Report) -> bool {
    let (logical, name) = (needed.logical, &needed.name);
    let section = if logical == "jwks" { "plugins.jwt.schema.jwks" } else { logical };
    if let Some(table) = likely(ask, logical) {
        let text = format!(
            "There is no table `{name}`, so Signet would make an empty one. `{table}` may be it: then set \
             {section}.model_name = \"{table}\"."
        );
        report.bad(Topic::Schema, "table-renamed", text);
        return false;
    }
    match logical {
        "session" if ask.adopts_sessions() => {
            let text = "There is no table of sessions: they are in Redis, from where each is taken over.";
            report.note(Topic::Schema, "sessions-elsewhere", text);
            false
        }
        "session" | "account" => {
            let text = format!(
                "There is no table `{name}`, so Signet would make an empty one: {}. Check {logical}.model_name and the \
                 schema of database.url; where Better Auth kept sessions in Redis alone, set secondary_storage.url and \
                 {ADOPT} = true.",
                if logical == "session" { "everybody would be logged out" } else { "nobody could sign in" }
            );
            report.bad(Topic::Schema, "table-missing", text);
            false
        }
        _ => {
            report.note(Topic::Schema, "table-added", format!("There is no table `{name}`: a start makes it."));
            true
        }
    }
}

/// Judges a table's columns. Whether its rows can be read.
fn columns(needed: &Needed, found: &PresentTable, report: &mut Report) -> bool {
    let mut whole = true;
    for column in needed.columns.iter().filter(|column| !found.has(&column.name)) {
        let optional =
            OPTIONAL.contains(&column.logical.as_str()) || (needed.logical == "jwks" && column.logical == "expiresAt");
        if column.added || optional {
            let text = format!("`{}` has no column `{}`: a start adds it, empty.", needed.name, column.name);
            report.note(Topic::Schema, "column-added", text);
        } else {
            missing_column(needed, column, found, report);
            whole = false;
        }
    }
    // One that is required and unknown may be the one that is missing, by another name.
    for column in found.columns_in_the_way().filter(|_| whole) {
        let text = format!(
            "`{}`.`{}` must have a value, has no default, and Signet knows nothing of it, so no row could be added: {}. {}",
            needed.name,
            column.name,
            who_fails(needed.logical),
            remedy(needed, &column.name)
        );
        report.bad(Topic::Schema, "column-required", text);
    }
    whole
}

fn who_fails(logical: &str) -> &'static str {
    match logical {
        "user" => "nobody could sign up",
        "session" => "nobody could sign in",
        "account" => "nobody could sign up or link an account",
        "jwks" => "no key could be made",
        _ => "no link could be mailed",
    }
}

fn remedy(needed: &Needed, column: &str) -> String {
    let sql = format!("give it a default: ALTER TABLE \"{}\" ALTER COLUMN \"{column}\" SET DEFAULT …", needed.name);
    match needed.logical {
        logical @ ("user" | "session") => {
            format!("Declare it in [{logical}.additional_fields.{column}] with a default_value, or {sql}.")
        }
        _ => format!("So {sql}."),
    }
}

fn missing_column(needed: &Needed, column: &NeededColumn, found: &PresentTable, report: &mut Report) {
    let known = |name: &str| needed.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let mut strange = found.columns.iter().filter(|other| !known(&other.name)).map(|other| other.name.as_str());
    let alike: Vec<&str> = strange.by_ref().take(6).collect();
    let hint = match alike.iter().find(|other| plain(other) == plain(&column.logical)).or_else(|| alike.first()) {
        Some(_) if alike.len() > 5 => String::new(),
        Some(_) => format!(" Columns that have no meaning here: {}.", alike.join(", ")),
        None => String::new(),
    };
    let section = if needed.logical == "jwks" { "plugins.jwt.schema.jwks" } else { needed.logical };
    let text = format!(
        "`{}` has no column `{}`. Signet would add it empty, and {}. If the column is called otherwise, set \
         {section}.fields.{} = \"…\".{hint}",
        needed.name,
        column.name,
        match (needed.logical, column.logical.as_str()) {
            ("session", _) => "everybody would be logged out",
            ("account", _) => "nobody could sign in with what they have",
            ("user", _) => "would know its users no longer",
            ("jwks", _) => "would lose its keys",
            _ => "links that were mailed would be dead",
        },
        column.logical
    );
    report.bad(Topic::Schema, "column-missing", text);
}

async fn plan(ask: &Ask<'_>, report: &mut Report) -> Result<()> {
    match ask.store.plan().await {
        Ok(statements) if statements.is_empty() => {
            report.ok(Topic::Schema, "complete", "Signet finds everything that it needs; a start adds nothing.");
        }
        Ok(statements) => {
            let count = i64::try_from(statements.len()).unwrap_or(i64::MAX);
            let text = format!(
                "A start adds tables, columns, indexes and triggers in {}; nothing is dropped or rewritten. \
                 `signet migrate --plan` prints them.",
                super::ask::some(count, "statement")
            );
            report.add(super::Level::Ok, Topic::Schema, "plan", text, Some(count));
        }
        Err(error @ Error::Unavailable { .. }) => return Err(error),
        Err(error) => {
            let text = format!("Signet could not tell what to add, so it would not start: {}.", error.chain());
            report.bad(Topic::Schema, "plan-failed", text);
        }
    }
    Ok(())
}
