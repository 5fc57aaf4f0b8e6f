// What the page of the signing keys says of a key's past.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asItWas, revokedOf } from "../../../src/pages/files/assets/key_history.js";

const at = (time) => `2026-11-22T${time}:00.000Z`;
const key = (kid, createdAt, signsFrom, signsUntil) => ({ kid, alg: "EdDSA", createdAt: at(createdAt), signsFrom: at(signsFrom), signsUntil: signsUntil && at(signsUntil) });
const line = (action, kid, time, more = {}) => ({ action, outcome: "success", at: at(time), details: { kid, ...(action === "key.revoked" ? {} : { alg: "EdDSA" }), ...more } });

// The first key is there at 05:41. At 06:15 another one takes its place at once: it is stored as if it were an hour old.
const keys = [key("first", "05:41", "06:41", "06:15"), key("second", "05:15", "05:15", null)];
const trail = [line("key.rotated", "second", "06:15", { immediately: true }), line("key.created", "first", "05:41")];
const told = (keys) => keys.map(({ kid, createdAt, signsFrom }) => [kid, createdAt.slice(11, 16), signsFrom.slice(11, 16)]);

test("a key that signed at once was published then, not an hour before, and the one before it signed since it was there", () =>
  assert.deepEqual(told(asItWas(keys, trail)), [["second", "06:15", "06:15"], ["first", "05:41", "05:41"]]));

test("of a key that ended before its time nobody says that it signed where another one was there before it", () => {
  const three = [key("early", "04:00", "04:00", "06:15"), ...keys];
  const first = told(asItWas(three, [...trail, line("key.created", "early", "04:00")])).find(([kid]) => kid === "first");
  assert.deepEqual(first, ["first", "05:41", "06:41"]);
});

test("a key that is gone was there before it, too", () => {
  const gone = [line("key.revoked", "gone", "05:50"), ...trail, line("key.created", "gone", "04:00")];
  assert.deepEqual(told(asItWas(keys, gone))[1], ["first", "05:41", "06:41"]);
});

test("a key in the place of one that was revoked signed since it was there", () => {
  const two = [key("next", "05:41", "06:41", "06:15"), keys[1]];
  const entries = [trail[0], line("key.created", "next", "05:41", { immediately: true }), line("key.revoked", "gone", "05:41"), line("key.created", "gone", "04:00")];
  assert.deepEqual(told(asItWas(two, entries)), [["second", "06:15", "06:15"], ["next", "05:41", "05:41"]]);
});

test("without the trail the keys' own moments are what is told", () =>
  assert.deepEqual(told(asItWas(keys, [])), [["first", "05:41", "06:41"], ["second", "05:15", "05:15"]]));

test("a key that was revoked of late is told of, with its algorithm, and one of long ago is not", () => {
  const revoked = line("key.revoked", "first", "07:00");
  const long = { ...line("key.revoked", "other", "07:00"), at: "2026-09-01T07:00:00.000Z" };
  assert.deepEqual(revokedOf([revoked, ...trail, long], Date.parse(at("08:00"))), [{ kid: "first", alg: "EdDSA", entry: revoked }]);
});
