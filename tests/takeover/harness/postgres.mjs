// Databases of the tests' Postgres, each of them fresh.
import { readFileSync } from "node:fs";
import pg from "pg";

// Dates as the database writes them, so that rows can be compared as texts.
const AS_WRITTEN = { getTypeParser: () => (text) => text };

const template = () => {
  const url = process.env.SIGNET_TEST_POSTGRES;
  if (!url?.includes("{db}")) throw new Error("SIGNET_TEST_POSTGRES must be a URL with {db} in the place of the database's name");
  return url;
};

let count = 0;

async function connected(url, use) {
  const client = new pg.Client({ connectionString: url, types: AS_WRITTEN });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** A new database: empty, or with all that is in another one, to which nobody may be connected then. */
export async function createPostgres(original) {
  const name = `takeover_${process.pid}_${++count}`;
  const url = template().replace("{db}", name);
  const asServer = (sql) => connected(template().replace("{db}", "postgres"), (client) => client.query(sql));
  await asServer(`CREATE DATABASE ${name} ${original ? `TEMPLATE ${original}` : ""}`);
  const query = (sql, values) => connected(url, async (client) => (await client.query(sql, values)).rows);
  return {
    url,
    name,
    /** Rows of a statement; all values are texts, as Postgres writes them in UTC. */
    query,
    /** Runs the statements of a file. */
    restore: (file) => query(readFileSync(file, "utf8")),
    drop: () => asServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    /** Everything that is there: tables with their columns and rows. */
    snapshot: () => connected(url, snapshot),
  };
}

async function snapshot(client) {
  await client.query("SET TIME ZONE 'UTC'");
  const { rows: columns } = await client.query(
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
  );
  const tables = {};
  for (const { table_name, column_name, data_type } of columns) {
    tables[table_name] ??= { columns: {}, rows: [] };
    tables[table_name].columns[column_name] = data_type;
  }
  for (const [name, table] of Object.entries(tables)) table.rows = (await client.query(`SELECT * FROM "${name}"`)).rows;
  return tables;
}
