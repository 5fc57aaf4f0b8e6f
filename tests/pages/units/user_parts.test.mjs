// What the pages of users show of one, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

const told = { language: "en", links: {}, features: {}, t: { common: {}, errors: {} } };
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(told) }), querySelector: () => null, addEventListener() {} };
const { initials } = await import("../../../src/pages/files/assets/user_parts.js");

for (const [name, wanted] of [["Ada Lovelace", "AL"], ["Ada King Lovelace", "AL"], ["ada", "A"], ["  ", "AC"], ["!", "?"]]) {
  test(`an admin sees ${wanted} for "${name}", and no picture from wherever the user says`, () => {
    assert.equal(initials({ name, email: "ada@example.com", image: "https://elsewhere.example/seen.png" }), wanted);
  });
}
