// Each message is said somewhere: a template or a script has its name.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const files = new URL("../../../src/pages/files/", import.meta.url);
const all = (folder, ending) => readdirSync(new URL(folder, files)).filter((name) => name.endsWith(ending)).map((name) => readFileSync(new URL(`${folder}/${name}`, files), "utf8")).join("\n");

/** Tables whose keys are codes and names of the server's. */
const ANSWERED = ["errors", "error_codes", "activity"];

test("each message is one that a template or a script uses", () => {
  const words = new Set(`${all("templates", ".html")}\n${all("assets", ".js")}`.match(/[\w]+/g));
  const beginnings = [...all("assets", ".js").matchAll(/`(\w+_)\$\{/g)].map(([, beginning]) => beginning);
  const unused = [];
  let table = "";
  for (const line of readFileSync(new URL("messages/en.toml", files), "utf8").split("\n")) {
    table = /^\[(\w+)\]$/.exec(line)?.[1] ?? table;
    const key = /^"?([\w.-]+)"?\s*=/.exec(line)?.[1];
    if (!key || ANSWERED.includes(table) || words.has(key) || beginnings.some((beginning) => key.startsWith(beginning))) continue;
    unused.push(`${table}.${key}`);
  }
  assert.deepEqual(unused, []);
});
