// Mails by SMTP to a real mail server: one of each kind, and one that is sent twice.
import assert from "node:assert/strict";
import { answered, checker, signUp } from "./browser.mjs";
import { startMailServer } from "./mail-server.mjs";
import { withSignet } from "./with-signet.mjs";

const check = checker("aiosmtpd");
const server = await startMailServer();
const top = `app_name = "The Example"`;
const more = `
[email_verification]
send_on_sign_up = true

[user.change_email]
enabled = true

[user.delete_user]
enabled = true

${server.toml}
delete_account = true`;

/** The one link of a mail, which both of its parts have, as they have the name of the user. */
function linkIn(mail, { path, subject, name }) {
  assert.deepEqual(mail.defects, []);
  assert.equal(mail.kind, "multipart/alternative");
  assert.deepEqual(Object.keys(mail.parts), ["text/plain", "text/html"], "the best form is the last one");
  assert.equal(mail.from, "no-reply@example.com");
  assert.equal(mail.headers.from, "Example <no-reply@example.com>");
  assert.equal(mail.headers["reply-to"], "help@example.com");
  assert.equal(mail.headers.subject, subject);
  assert.match(mail.headers["message-id"], /^<[\w.-]+@example\.com>$/);
  assert.ok(Math.abs(new Date(mail.headers.date) - Date.now()) < 60_000, mail.headers.date);
  const text = mail.parts["text/plain"];
  const [link, ...others] = text.match(/https?:\S+/g);
  assert.deepEqual(others, []);
  assert.ok(new URL(link).pathname.startsWith(`/api/auth${path}`), link);
  assert.ok(text.includes(name) && mail.parts["text/html"].includes(name), "the user's name");
  const links = [...mail.parts["text/html"].matchAll(/href="([^"]+)"/g)].map(([, url]) => url.replaceAll("&amp;", "&").replaceAll("&#x2f;", "/"));
  assert.ok(links.includes(link), `${link} among ${links}`);
  return link;
}

await withSignet({ top, more }, async ({ origin }) => {
  const [email, next, name] = ["zoe@example.com", "zoe.new@example.com", "Zoë Ωmega 😀"];
  const zoe = await signUp(origin, { name, email });
  await check("takes a mail that verifies an address", async () => {
    const link = linkIn(await server.next(email), { path: "/verify-email", subject: "Confirm your address for The Example", name });
    assert.equal((await zoe.open(link)).status, 302);
    assert.equal((await answered(zoe.client.getSession())).user.emailVerified, true);
  });
  await check("takes a mail for a new password", async () => {
    await answered(zoe.client.requestPasswordReset({ email, redirectTo: "/new-password" }));
    const link = linkIn(await server.next(email), { path: "/reset-password/", subject: "Choose a new password for The Example", name });
    const token = new URL((await zoe.open(link)).to).searchParams.get("token");
    await answered(zoe.client.resetPassword({ newPassword: "another password", token }));
  });
  await check("takes the mails of a change of address", async () => {
    await answered(zoe.client.changeEmail({ newEmail: next }));
    const first = linkIn(await server.next(email), { path: "/verify-email", subject: "Change your address at The Example", name });
    await zoe.open(first);
    const second = linkIn(await server.next(next), { path: "/verify-email", subject: "Confirm your address for The Example", name });
    await zoe.open(second);
    assert.equal((await answered(zoe.client.getSession())).user.email, next);
  });
  await check("takes a mail that ends an account", async () => {
    await answered(zoe.client.deleteUser());
    const link = linkIn(await server.next(next), { path: "/delete-user/callback", subject: "Delete your account at The Example", name });
    await zoe.open(link);
    assert.equal(await answered(zoe.client.getSession()), null);
  });
  await check("gets a mail again that it took and did not say so, with the same Message-ID", async () => {
    const email = "twice@example.com";
    await server.hangUp();
    await signUp(origin, { name, email });
    const [first, second] = [await server.next(email), await server.next(email)];
    assert.equal(first.headers["message-id"], second.headers["message-id"]);
    assert.deepEqual(first.parts, second.parts);
  });
});
server.end();
