// What admins do to users, by the official client.
import assert from "node:assert/strict";
import { adminClient } from "better-auth/client/plugins";
import { answered, browserAt, checker, refused } from "./browser.mjs";
import { withSignet } from "./with-signet.mjs";

const check = checker("better-auth client, admin");
const password = "correct horse battery";
const more = '[plugins.admin]\nenabled = true\ndefault_role = "admin"';

await withSignet({ more }, async ({ origin }) => {
  const browser = () => browserAt(origin, [adminClient()]).client;
  const ada = browser();
  await answered(ada.signUp.email({ name: "Ada", email: "ada@example.com", password }));
  const signIn = (email, client = browser()) => answered(client.signIn.email({ email, password })).then(() => client);
  const user = async (client) => (await answered(client.getSession()))?.user ?? null;

  const bob = await check("creates a user", async () => {
    const made = await answered(ada.admin.createUser({ name: "Bob", email: "Bob@example.com", password, role: "user" }));
    assert.equal(made.user.email, "bob@example.com");
    return made.user;
  });
  for (const name of ["Carol", "Dan"]) {
    await answered(ada.admin.createUser({ name, email: `${name.toLowerCase()}@example.com`, password, role: "user", data: { emailVerified: true } }));
  }
  const list = async (query) => {
    const { users, total } = await answered(ada.admin.listUsers({ query }));
    return [users.map(({ name }) => name).join(" "), total];
  };
  await check("lists, searches, filters, sorts and pages", async () => {
    assert.deepEqual(await list({ sortBy: "email", sortDirection: "desc", limit: 2, offset: 1 }), ["Carol Bob", 4]);
    assert.deepEqual(await list({ searchValue: "ca", searchOperator: "starts_with" }), ["Carol", 1]);
    assert.deepEqual(await list({ searchValue: "an", searchField: "name" }), ["Dan", 1]);
    assert.deepEqual(await list({ filterField: "emailVerified", filterValue: true, sortBy: "name" }), ["Carol Dan", 2]);
    assert.deepEqual(await list({ filterField: "name", filterOperator: "in", filterValue: ["Bob", "Dan"], sortBy: "name" }), ["Bob Dan", 2]);
  });
  await check("gets, changes and gives roles", async () => {
    const changed = await answered(ada.admin.updateUser({ userId: bob.id, data: { name: "Robert" } }));
    assert.equal(changed.name, "Robert");
    assert.equal((await answered(ada.admin.getUser({ query: { id: bob.id } }))).name, "Robert");
    const { user: promoted } = await answered(ada.admin.setRole({ userId: bob.id, role: ["user", "editor"] }));
    assert.equal(promoted.role, "user,editor");
  });
  await check("asks for permissions, and finds a user without any", async () => {
    const can = async (client) => (await answered(client.admin.hasPermission({ permissions: { user: ["ban"] } }))).success;
    assert.deepEqual([await can(ada), await can(await signIn("bob@example.com"))], [true, false]);
    await refused((await signIn("bob@example.com")).admin.listUsers({ query: {} }), "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS");
  });
  await check("lists and revokes sessions", async () => {
    await answered(ada.admin.revokeUserSessions({ userId: bob.id }));
    const [first, second] = [await signIn("bob@example.com"), await signIn("bob@example.com")];
    const { sessions } = await answered(ada.admin.listUserSessions({ userId: bob.id }));
    assert.equal(sessions.length, 2);
    const { session } = await answered(first.getSession());
    await answered(ada.admin.revokeUserSession({ sessionToken: session.token }));
    assert.deepEqual([await user(first), (await user(second)).name], [null, "Robert"]);
    await answered(ada.admin.revokeUserSessions({ userId: bob.id }));
    assert.equal(await user(second), null);
  });
  await check("bans, and lets in again", async () => {
    const client = await signIn("bob@example.com");
    await answered(ada.admin.banUser({ userId: bob.id, banReason: "Spam", banExpiresIn: 3600 }));
    assert.equal(await user(client), null);
    await refused(client.signIn.email({ email: "bob@example.com", password }), "BANNED_USER");
    await answered(ada.admin.unbanUser({ userId: bob.id }));
    await signIn("bob@example.com");
  });
  await check("is somebody else for a while", async () => {
    await answered(ada.admin.impersonateUser({ userId: bob.id }));
    assert.equal((await user(ada)).name, "Robert");
    await refused(ada.admin.listUsers({ query: {} }), "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS");
    await answered(ada.admin.stopImpersonating());
    assert.equal((await user(ada)).name, "Ada");
  });
  await check("sets a password", async () => {
    await answered(ada.admin.setUserPassword({ userId: bob.id, newPassword: "set by the admin" }));
    await answered(browser().signIn.email({ email: "bob@example.com", password: "set by the admin" }));
  });
  await check("removes a user", async () => {
    await answered(ada.admin.removeUser({ userId: bob.id }));
    await refused(ada.admin.getUser({ query: { id: bob.id } }), "USER_NOT_FOUND");
  });
});
