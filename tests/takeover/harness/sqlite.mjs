// A database in a file, which the tests look into beside whoever serves it.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

/** A file of SQLite in a folder: not made yet, or a copy of another one, which nobody may have open. */
export function createSqlite(folder, original) {
  const path = join(folder, "auth.db");
  if (original) copyFileSync(original.path, path);
  const using = (use) => {
    const file = new Database(path, { timeout: 5000 });
    try {
      return use(file);
    } finally {
      file.close();
    }
  };
  return {
    path,
    url: `sqlite:${path}`,
    query: async (sql, values = []) => using((file) => {
      const statement = file.prepare(sql);
      return statement.reader ? statement.all(values) : statement.run(values);
    }),
    snapshot: async () => using(snapshot),
  };
}

function snapshot(file) {
  const names = file.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'").pluck().all();
  return Object.fromEntries(names.map((name) => {
    const columns = Object.fromEntries(file.pragma(`table_info("${name}")`).map((column) => [column.name, column.type]));
    return [name, { columns, rows: file.prepare(`SELECT * FROM "${name}"`).all() }];
  }));
}
