// What the pages say of a refusal.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const told = { api: "/api/auth", t: { errors: { BANNED_USER: "Gesperrt.", UNKNOWN: "Oh." } } };
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(told) }) };
const { Refusal } = await import("../../../src/pages/files/assets/api.js");

const codes = readFileSync(new URL("../../../src/base/code.rs", import.meta.url), "utf8");
const [, banned] = codes.match(/BANNED_USER: "(.+)"/);
const said = (message) => new Refusal(403, { code: "BANNED_USER", message }).text;

test("the server's own message of a ban is said in the page's language", () => assert.equal(said(banned), "Gesperrt."));
test("what the operator says to the banned is said to them", () => assert.equal(said("Call Grace."), "Call Grace."));
