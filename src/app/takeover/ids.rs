//! Of what types ids and times are.

use super::ask::{Ask, some};
use super::report::{Level, Report, Topic};
use crate::base::Result;

/// Judges the types of ids and of times. The tables whose rows cannot be read.
pub async fn judge(ask: &Ask<'_>, report: &mut Report) -> Result<Vec<&'static str>> {
    let mut unread = Vec::new();
    if let Some(column) = ask.column("user", "id") {
        report.ok(Topic::Ids, "ids", format!("Ids are of the type {}.", column.type_name));
    }
    for needed in ask.needed.iter().filter(|needed| needed.read) {
        let Some(table) = ask.table(needed.logical) else { continue };
        let times = needed.columns.iter().filter(|column| column.is_time);
        let times: Vec<_> = times.filter_map(|column| table.column(&column.name)).collect();
        if times.is_empty() {
            continue;
        }
        if ask.store.is_postgres() {
            let zone = ask.config.database.time_zone.as_deref().unwrap_or("UTC");
            if !types(&needed.name, &times, zone, report) {
                unread.push(needed.logical);
            }
            continue;
        }
        let strange = ask.unless_slow(ask.store.count_strange_times(table, &times).await).await?;
        if let Some(count) = strange.filter(|count| *count > 0) {
            let text = format!(
                "`{}` has {} with a time that is no text like 2026-01-31T12:00:00.000Z, so Signet cannot read or compare \
                 it. Turn them into such texts first: UPDATE … SET \"createdAt\" = strftime('%Y-%m-%dT%H:%M:%fZ', …).",
                needed.name,
                some(count, "row")
            );
            report.add(Level::Bad, Topic::Ids, "times-strange", text, Some(count));
            unread.push(needed.logical);
        }
    }
    Ok(unread)
}

/// Judges the types of a table's times on Postgres. Whether they can be read.
fn types(name: &str, times: &[&crate::store::present::PresentColumn], zone: &str, report: &mut Report) -> bool {
    let of = |kinds: &[&str]| -> Vec<String> {
        let some = times.iter().filter(|column| kinds.contains(&column.type_name.as_str()));
        some.map(|column| format!("`{}`", column.name)).collect()
    };
    let zoneless = of(&["timestamp without time zone"]);
    if !zoneless.is_empty() {
        let text = format!(
            "{} of `{name}` have no time zone: they are read and written as {zone} (database.time_zone).",
            zoneless.join(", ")
        );
        report.note(Topic::Ids, "times-zoneless", text);
    }
    let known = ["timestamp without time zone", "timestamp with time zone"];
    let strange: Vec<_> = times.iter().filter(|column| !known.contains(&column.type_name.as_str())).collect();
    for column in &strange {
        let text = format!(
            "`{name}`.`{}` is of the type {}, and Signet reads times only from timestamps. Change it first: ALTER TABLE \
             \"{name}\" ALTER COLUMN \"{}\" TYPE timestamptz USING ….",
            column.name, column.type_name, column.name
        );
        report.bad(Topic::Ids, "times-strange", text);
    }
    strange.is_empty()
}
