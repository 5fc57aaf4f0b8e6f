// Databases written by releases of Better Auth from 1.2 on, each served by Signet and by Better Auth afterwards.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { evidenceOf } from "./harness/evidence.mjs";

const folder = fileURLToPath(new URL("fixtures", import.meta.url));

export default async function (t) {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".sql")).map((file) => file.slice(0, -".sql".length)).sort()) {
    const said = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
    const database = await t.postgres();
    await database.restore(join(folder, `${name}.sql`));
    const signet = await t.signet({ database: database.url, baseUrl: said.base_url, secret: said.secret ?? said.legacy_secret, secrets: said.secrets });
    for (const { kind, whose, lost } of evidenceOf(said)) await t.check(`${name}: ${kind} of ${whose}`, async () => assert.equal(await lost(signet), undefined));
    await signet.stop();
    const better = await t.betterAuth({ database: database.url, baseUrl: said.base_url, secret: said.secret ?? said.legacy_secret, secrets: said.secrets });
    for (const { kind, whose, lost } of evidenceOf(said)) await t.check(`${name}: afterwards ${kind} of ${whose}`, async () => assert.equal(await lost(better), undefined));
  }
}
