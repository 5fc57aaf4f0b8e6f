// What was in a database is still there.

/** What of an earlier snapshot is no longer so in a later one: tables and columns that went, rows that went or changed. */
export function changes(before, after) {
  const found = [];
  for (const [name, { columns, rows }] of Object.entries(before)) {
    const now = after[name];
    if (!now) {
      found.push(`the table ${name} is gone`);
      continue;
    }
    for (const [column, type] of Object.entries(columns)) {
      if (now.columns[column] !== type) found.push(`${name}.${column} was ${type} and is ${now.columns[column] ?? "gone"}`);
    }
    const key = (row) => JSON.stringify(Object.keys(columns).map((column) => row[column] ?? null));
    const left = new Set(now.rows.map(key));
    for (const row of rows) if (!left.has(key(row))) found.push(`a row of ${name} is gone or changed: ${key(row)}`);
  }
  return found;
}

/** What adds something: also what keeps others from a table of Signet's own. */
const ADDS = [
  /^(CREATE TABLE|CREATE (UNIQUE )?INDEX|ALTER TABLE "[^"]+" ADD COLUMN) /,
  /^CREATE OR REPLACE FUNCTION "signet_[a-z_]+"\(\) RETURNS trigger /,
  /^CREATE TRIGGER "signet_[a-z_]+" BEFORE [A-Z ]+ ON "signet_/,
];

/** The steps of a plan that do more than add something. */
export function destructive(plan) {
  return plan
    .replace(/^--.*\n/gm, "")
    // What functions and triggers do later.
    .replace(/\$\$[^]*?\$\$/g, "")
    .replace(/ BEGIN\n[^]*?\nEND;/g, ";")
    .split(/;\s*\n/)
    .map((step) => step.trim())
    .filter((step) => step && !ADDS.some((adds) => adds.test(step)));
}
