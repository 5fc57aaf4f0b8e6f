// One database on its whole way: from Better Auth to Signet and back to Better Auth.
import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import { evidenceOf, verified } from "./evidence.mjs";
import { changes, destructive } from "./rows.mjs";

const ADA = { name: "Ada", email: "ada@example.com", password: "of the analytical engine" };
const GRACE = { name: "Grace", email: "grace@example.com", password: "a moth in a relay" };
const MAY = { name: "May", email: "may@example.com", password: "comes and goes again" };
const EVE = { name: "Eve", email: "eve@example.com", password: "who listens in between" };

/** No key is rotated: Better Auth rotates none unless it is told to. */
export const AS_BETTER_AUTH = { SIGNET__PLUGINS__JWT__JWKS__ROTATION_INTERVAL: "false" };
const USERS_MAY_LEAVE = { SIGNET__USER__DELETE_USER__ENABLED: "true" };

/**
 * Takes over a database that Better Auth wrote and gives it back. `said` is what has to be accepted, as the fixtures have
 * it; `signet` and `betterAuth` are what `t.signet` and `t.betterAuth` are told beyond the database and its secrets.
 * `foreign` are fields that plugins of Better Auth add to answers and that Signet lacks, and `check` looks further at
 * `{ signet, betterAuth }` while both run.
 */
export async function takeOver(t, { database, said, signet: ours = {}, betterAuth: theirs = {}, foreign = [], check }) {
  const where = { baseUrl: said.base_url, secret: said.secret ?? said.legacy_secret, secrets: said.secrets };
  const signetIs = { ...where, database: database.url, ...ours, env: { ...AS_BETTER_AUTH, ...USERS_MAY_LEAVE, ...ours.env } };
  const before = await database.snapshot();
  await onlyAdds(t, database, before, signetIs);
  const signet = await t.signet(signetIs);
  await isServed(t, said, signet, foreign);
  await t.check("no row, table or column was touched", async () => assert.deepEqual(changes(before, await database.snapshot()), []));

  const ada = await signedUp(t, signet, ADA);
  const grace = await aDayAt(t, signet);
  const betterAuth = await t.betterAuth({ ...where, database: database.path ?? database.url, ...theirs });
  for (const { kind, whose, lost } of evidenceOf(said)) {
    await t.check(`afterwards Better Auth takes ${kind} of ${whose}`, async () => assert.equal(await lost(betterAuth), undefined));
  }
  await t.check("whoever changed at Signet has changed at Better Auth, and whoever left has left", () => isSo(t, betterAuth, grace));
  const eve = await signedUp(t, betterAuth, EVE);
  await isKnown(t, ada, { by: "Signet", to: "Better Auth", from: signet, there: betterAuth, foreign });
  await isKnown(t, eve, { by: "Better Auth", to: "Signet", from: betterAuth, there: signet, foreign });
  await check?.({ signet, betterAuth });
  await signet.stop();
  await betterAuth.stop();
}

const onlyAdds = (t, database, before, signetIs) =>
  t.check("the plan only adds", async () => {
    const { code, stdout, stderr } = await t.command(["migrate", "--plan"], signetIs);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes("CREATE TABLE"), stdout);
    assert.deepEqual(destructive(stdout), []);
    assert.deepEqual(await database.snapshot(), before);
  });

/** All that Better Auth handed out is good at Signet, and what Signet hands out is what Better Auth would have. */
async function isServed(t, said, signet, foreign) {
  const as = (cookie) => t.browser(signet).give(cookie);
  for (const { kind, whose, lost } of evidenceOf(said)) await t.check(`${kind} of ${whose}`, async () => assert.equal(await lost(signet), undefined));
  for (const { email, cookie, get_session_body: body } of said.users) {
    if (body) await t.check(`the session of ${email} reads as it did`, async () => assert.deepEqual(await as(cookie).whoami(), without(foreign, JSON.parse(body))));
  }
  await t.check("the keys are published", async () => published(await t.browser(signet).get("/jwks"), JSON.parse(said.jwks_body)));
  await t.check("a new token is signed by the key that signed before", async () => {
    const [{ cookie, jwt }] = said.users;
    const { protectedHeader } = await verified(signet, await as(cookie).token(), said.base_url);
    assert.deepEqual(protectedHeader, said.later_token_header ? JSON.parse(said.later_token_header) : decodeProtectedHeader(jwt));
  });
}

/** Somebody comes, gets another name and password, and ends a second session; somebody comes and goes. */
async function aDayAt(t, server) {
  const { browser: grace } = await signedUp(t, server, GRACE);
  await t.browser(server).signIn(GRACE);
  await grace.post("/update-user", { name: "Grace Hopper" });
  const newPassword = "and a nanosecond of wire";
  await grace.post("/change-password", { currentPassword: GRACE.password, newPassword, revokeOtherSessions: true });
  const { browser: may } = await signedUp(t, server, MAY);
  await may.post("/delete-user", { password: MAY.password });
  return { ...GRACE, name: "Grace Hopper", password: newPassword, cookie: grace.cookie };
}

async function isSo(t, server, grace) {
  const session = await t.browser(server).give(grace.cookie).whoami();
  assert.equal(session?.user.name, grace.name);
  assert.equal((await t.browser(server).give(grace.cookie).get("/list-sessions")).length, 1);
  assert.equal((await t.browser(server).signIn(grace)).user.id, session.user.id);
  for (const gone of [GRACE, MAY]) assert.equal((await t.browser(server).send("POST", "/sign-in/email", { body: { email: gone.email, password: gone.password } })).status, 401);
}

async function signedUp(t, server, person) {
  const browser = t.browser(server);
  await browser.signUp(person);
  return { person, browser };
}

/** Whom one server has made, and what it handed out, is known to the other one. */
async function isKnown(t, { person, browser }, { by, to, from, there, foreign }) {
  await t.check(`${to} signs in whom ${by} made`, async () => assert.equal((await t.browser(there).signIn(person)).user.email, person.email));
  await t.check(`a session that ${by} opened reads the same at ${to}`, async () => {
    const [said, again] = [await browser.copy().at(from).whoami(), await browser.copy().at(there).whoami()];
    assert.equal(said?.user.email, person.email);
    assert.deepEqual(without(foreign, again), without(foreign, said));
  });
  await t.check(`a token of ${by} verifies against the keys of ${to}`, async () => verified(there, await browser.token(), from.origin));
  await t.check(`whoever signs out at ${to} is signed out at ${by}`, async () => {
    await browser.copy().at(there).post("/sign-out");
    assert.equal(await browser.copy().at(from).whoami(), null);
  });
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
