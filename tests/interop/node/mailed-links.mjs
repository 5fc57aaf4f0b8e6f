// What the official client does with mails: addresses verified and changed, passwords reset, accounts deleted.
import assert from "node:assert/strict";
import { answered, browserAt, checker, refused, signUp } from "./browser.mjs";
import { startMailSink } from "./mail-sink.mjs";
import { withSignet } from "./with-signet.mjs";

const check = checker("better-auth client, mailed links");
const password = "correct horse battery";
const sink = await startMailSink();
const more = `
[email_verification]
send_on_sign_up = true
auto_sign_in_after_verification = true

[user.change_email]
enabled = true

[user.delete_user]
enabled = true

${sink.toml}
delete_account = true`;

/** Follows a link, which has to lead to a page of the site. */
async function follow(browser, url, page) {
  const { status, to } = await browser.open(url);
  assert.equal(status, 302);
  assert.equal(to, page);
}

await withSignet({ more }, async ({ origin }) => {
  const me = async (browser) => (await answered(browser.client.getSession()))?.user;

  await check("verifies the address of a sign-up", async () => {
    const email = "vera@example.com";
    const vera = browserAt(origin);
    const { user } = await answered(vera.client.signUp.email({ name: "Vera", email, password, callbackURL: "/verified" }));
    assert.equal(user.emailVerified, false);
    const mail = await sink.next("verification", email);
    assert.equal(mail.user.id, user.id);
    const elsewhere = browserAt(origin);
    await follow(elsewhere, mail.url, `${origin}/verified`);
    assert.equal((await me(elsewhere)).email, email, "whoever follows the link is signed in");
    assert.equal((await me(vera)).emailVerified, true);
  });
  await check("asks for another link, and hands its token in", async () => {
    const email = "vero@example.com";
    const vero = await signUp(origin, { name: "Vero", email });
    await sink.next("verification", email);
    await answered(vero.client.sendVerificationEmail({ email }));
    const { token } = await sink.next("verification", email);
    await refused(vero.client.verifyEmail({ query: { token: `${token}x` } }), "INVALID_TOKEN");
    assert.equal((await answered(vero.client.verifyEmail({ query: { token } }))).status, true);
    assert.equal((await me(vero)).emailVerified, true);
  });

  await check("resets a password", async () => {
    const email = "petra@example.com";
    const fresh = "a new password of petra";
    await signUp(origin, { name: "Petra", email });
    const browser = browserAt(origin);
    await answered(browser.client.requestPasswordReset({ email, redirectTo: `${origin}/new-password` }));
    const mail = await sink.next("reset-password", email);
    const { to } = await browser.open(mail.url);
    const page = new URL(to);
    assert.equal(page.pathname, "/new-password");
    const token = page.searchParams.get("token");
    await refused(browser.client.resetPassword({ newPassword: "short", token }), "PASSWORD_TOO_SHORT");
    assert.equal((await answered(browser.client.resetPassword({ newPassword: fresh, token }))).status, true);
    await refused(browser.client.signIn.email({ email, password }), "INVALID_EMAIL_OR_PASSWORD");
    await answered(browser.client.signIn.email({ email, password: fresh }));
    await refused(browser.client.resetPassword({ newPassword: fresh, token }), "INVALID_TOKEN");
    const again = new URL((await browser.open(mail.url)).to);
    assert.equal(again.searchParams.get("error"), "INVALID_TOKEN", "a link that was used leads to the page with an error");
  });

  await check("changes an address, confirmed at the old one and verified at the new one", async () => {
    const [old, next] = ["eva@example.com", "eva.new@example.com"];
    const eva = await signUp(origin, { name: "Eva", email: old });
    await eva.open((await sink.next("verification", old)).url);
    await answered(eva.client.changeEmail({ newEmail: next, callbackURL: "/changed" }));
    const confirmation = await sink.next("change-email", old);
    assert.equal(confirmation.newEmail, next);
    await follow(eva, confirmation.url, `${origin}/changed`);
    assert.equal((await me(eva)).email, old, "nothing has changed yet");
    await follow(eva, (await sink.next("verification", next)).url, `${origin}/changed`);
    const { email, emailVerified } = await me(eva);
    assert.deepEqual({ email, emailVerified }, { email: next, emailVerified: true });
    await refused(browserAt(origin).client.signIn.email({ email: old, password }), "INVALID_EMAIL_OR_PASSWORD");
    await answered(browserAt(origin).client.signIn.email({ email: next, password }));
  });

  await check("deletes an account once that is confirmed by mail", async () => {
    const email = "dora@example.com";
    const dora = await signUp(origin, { name: "Dora", email });
    await answered(dora.client.deleteUser({ callbackURL: "/goodbye" }));
    const taken = await sink.next("delete-account", email);
    const mallory = await signUp(origin, { name: "Mallory", email: "mallory@example.com" });
    assert.equal((await mallory.open(taken.url)).status, 404, "the link is of no use to others");
    assert.equal((await me(mallory)).name, "Mallory");
    await answered(dora.client.deleteUser({ callbackURL: "/goodbye" }));
    const { url } = await sink.next("delete-account", email);
    assert.equal((await me(dora)).email, email, "nothing is deleted yet");
    await follow(dora, url, `${origin}/goodbye`);
    assert.equal(await me(dora), undefined);
    await refused(browserAt(origin).client.signIn.email({ email, password }), "INVALID_EMAIL_OR_PASSWORD");
  });
  await check("is told the same of an address that is nobody's, to which nothing goes", async () => {
    const { client } = browserAt(origin);
    const ask = (email) => answered(client.requestPasswordReset({ email, redirectTo: "/" }));
    assert.deepEqual(await ask("nobody@example.com"), await ask("mallory@example.com"));
    await sink.next("reset-password", "mallory@example.com");
    assert.deepEqual(sink.mails.filter(({ to }) => to === "nobody@example.com"), []);
  });
  await check("the webhook's posts are signed as the library of Standard Webhooks wants it", () => assert.deepEqual(sink.faults, []));
});
sink.stop();
