// One database on its whole way: from Better Auth to Signet and back to Better Auth.
import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import { evidenceOf, verified } from "./evidence.mjs";
import { changes, destructive } from "./rows.mjs";

const ADA = { name: "Ada", email: "ada@example.com", password: "of the analytical engine" };
const EVE = { name: "Eve", email: "eve@example.com", password: "who listens in between" };

/** Where it is `false`, Signet rotates no keys, as Better Auth does not unless it is told to. */
export const AS_BETTER_AUTH = { SIGNET__PLUGINS__JWT__JWKS__ROTATION_INTERVAL: "false" };

/**
 * Takes over a database that Better Auth wrote and gives it back. `said` is what has to be accepted, as the fixtures have
 * it; `signet` and `betterAuth` are what `t.signet` and `t.betterAuth` are told beyond the database and its secrets.
 * `foreign` are fields that plugins of Better Auth add to answers and that Signet lacks, `swept` names rows that Signet may delete, `check` looks further at `{ signet, betterAuth }` while both run.
 */
export async function takeOver(t, { database, said, signet: ours = {}, betterAuth: theirs = {}, swept = () => false, foreign = [], check }) {
  const where = { baseUrl: said.base_url, secret: said.secret ?? said.legacy_secret, secrets: said.secrets };
  const signetIs = { ...where, database: database.url, ...ours, env: { ...AS_BETTER_AUTH, ...ours.env } };
  const before = await database.snapshot();
  const items = evidenceOf(said);

  await t.check("the plan only adds", async () => {
    const { code, stdout, stderr } = await t.command(["migrate", "--plan"], signetIs);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes("CREATE TABLE"), stdout);
    assert.deepEqual(destructive(stdout), []);
    assert.deepEqual(await database.snapshot(), before);
  });

  const signet = await t.signet(signetIs);
  for (const { kind, whose, lost } of items) await t.check(`${kind} of ${whose}`, async () => assert.equal(await lost(signet), undefined));
  for (const { email, cookie, get_session_body: body } of said.users ?? []) {
    if (body) await t.check(`the session of ${email} reads as it did`, async () => assert.deepEqual(await t.browser(signet).give(cookie).whoami(), without(foreign, JSON.parse(body))));
  }
  await t.check("the keys are published", async () => published(await t.browser(signet).get("/jwks"), JSON.parse(said.jwks_body)));
  await t.check("a new token is signed by the key that signed before", async () => {
    const browser = t.browser(signet).give(said.session_cookie ?? said.users[0].cookie);
    const { protectedHeader } = await verified(signet, await browser.token(), said.base_url);
    assert.deepEqual(protectedHeader, said.later_token_header ? JSON.parse(said.later_token_header) : decodeProtectedHeader(said.users[0].jwt));
  });
  await t.check("no row, table or column was touched", async () => assert.deepEqual(changes(before, await database.snapshot()).filter((line) => !swept(line)), []));

  const ada = t.browser(signet);
  await ada.signUp(ADA);
  const adas = await ada.token();

  const betterAuth = await t.betterAuth({ ...where, database: database.path ?? database.url, ...theirs });
  for (const { kind, whose, lost } of items) await t.check(`afterwards Better Auth takes ${kind} of ${whose}`, async () => assert.equal(await lost(betterAuth), undefined));
  await t.check("Better Auth signs in whom Signet made", async () => assert.equal((await t.browser(betterAuth).signIn(ADA)).user.email, ADA.email));
  await t.check("a session that Signet opened reads the same at Better Auth", () => readsTheSame(ada, ADA, signet, betterAuth, foreign));
  await t.check("a token of Signet verifies against the keys of Better Auth", () => verified(betterAuth, adas, said.base_url));

  const eve = t.browser(betterAuth);
  await eve.signUp(EVE);
  await t.check("Signet signs in whom Better Auth made", async () => assert.equal((await t.browser(signet).signIn(EVE)).user.email, EVE.email));
  await t.check("a session that Better Auth opened reads the same at Signet", () => readsTheSame(eve, EVE, betterAuth, signet, foreign));
  await t.check("a token of Better Auth verifies against the keys of Signet", async () => verified(signet, await eve.token(), said.base_url));
  await t.check("whoever signs out at one is signed out at the other", async () => {
    await ada.copy().at(betterAuth).post("/sign-out");
    await eve.copy().at(signet).post("/sign-out");
    assert.deepEqual([await ada.copy().whoami(), await eve.copy().whoami()], [null, null]);
  });
  await check?.({ signet, betterAuth });
  await signet.stop();
  await betterAuth.stop();
}

async function readsTheSame(browser, { email }, here, there, foreign) {
  const [said, again] = [await browser.copy().at(here).whoami(), await browser.copy().at(there).whoami()];
  assert.equal(said?.user.email, email);
  assert.deepEqual(without(foreign, again), without(foreign, said));
}

/** A session as it is answered, less some fields. */
const without = (fields, answer) =>
  answer && Object.fromEntries(Object.entries(answer).map(([part, value]) => [part, Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field)))]));

/** Each key that was published is so with the same members; the oldest releases left out `alg`. */
function published(now, before) {
  for (const key of before.keys) {
    const same = now.keys.find(({ kid }) => kid === key.kid);
    assert.deepEqual(same, { alg: "EdDSA", ...key });
  }
}
