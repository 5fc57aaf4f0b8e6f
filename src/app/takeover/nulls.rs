//! Rows that lack what Better Auth always writes. Tables that other tools made may allow that; Signet cannot read them.

use super::ask::Ask;
use super::report::{Level, Report, Topic};
use crate::base::Result;
use crate::store::bars::COUNTED;

/// What a row must have, by table, and which rows anybody misses.
const REQUIRED: &[(&str, &[&str], &str)] = &[
    ("user", &["name", "email", "emailVerified", "createdAt", "updatedAt"], "TRUE"),
    ("session", &["id", "createdAt", "updatedAt"], "{session.expiresAt} > {$1:session.expiresAt}"),
    ("account", &["id", "accountId", "providerId", "createdAt", "updatedAt"], "TRUE"),
    ("jwks", &["id", "publicKey", "privateKey", "createdAt"], "TRUE"),
];

/// Judges the rows of the tables that can be read. Those among them that now cannot.
pub async fn judge(ask: &Ask<'_>, unread: &[&str], report: &mut Report) -> Result<Vec<&'static str>> {
    let mut more = Vec::new();
    for (table, required, missed) in REQUIRED.iter().filter(|(table, ..)| !unread.contains(table)) {
        let columns: Vec<_> = required.iter().filter_map(|logical| ask.column(table, logical)).collect();
        let nullable: Vec<_> = columns.into_iter().filter(|column| column.nullable).collect();
        if nullable.is_empty() {
            continue;
        }
        let paths =
            nullable.iter().filter_map(|column| column.logical.as_deref()).map(|name| format!("{{{table}.{name}}}"));
        let paths: Vec<_> = paths.collect();
        let numbered = |what: &dyn Fn(usize, &String) -> String| {
            paths.iter().enumerate().map(|(place, path)| what(place, path)).collect::<Vec<_>>().join(", ")
        };
        let template = format!(
            "SELECT count(*) AS counted, {} FROM (SELECT {} FROM {{{table}}} WHERE {missed} AND ({} IS NULL) LIMIT {COUNTED}) \
             AS few",
            numbered(&|place, _| format!("count(c{place}) AS c{place}")),
            numbered(&|place, path| format!("{path} AS c{place}")),
            paths.join(" IS NULL OR ")
        );
        let values = if missed.contains('$') { vec![ask.now.into()] } else { Vec::new() };
        let rows = ask.unless_slow(ask.rows("rows without a value", &template, &values).await).await?;
        let Some(row) = rows.as_ref().and_then(|rows| rows.first()) else { continue };
        let count = row.integer("counted")?;
        if count == 0 {
            continue;
        }
        let mut empty = Vec::new();
        for (place, column) in nullable.iter().enumerate() {
            if row.integer(&format!("c{place}"))? < count {
                empty.push(format!("`{}`", column.name));
            }
        }
        let text = format!(
            "`{}` has {} with no value in {}, which Better Auth always writes and Signet needs: whoever they belong to would \
             get errors. Fill them first, with UPDATE.",
            ask.table(table).map_or(*table, |found| &found.name),
            super::ask::so_many(count, "row"),
            empty.join(", ")
        );
        report.add(Level::Bad, Topic::Schema, "value-missing", text, Some(count));
        if *table == "jwks" {
            more.push(*table);
        }
    }
    Ok(more)
}
