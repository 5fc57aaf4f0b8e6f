// The mail server is away, and then Signet dies: no promised mail is lost, and no request waits for either.
import assert from "node:assert/strict";
import { answered, browserAt, checker, eventually, signUp } from "./browser.mjs";
import { startMailServer } from "./mail-server.mjs";
import { withSignet } from "./with-signet.mjs";

const check = checker("a mail server that is away");
const USERS = 20;
const EACH = 10;
const ALL = USERS * EACH;

const server = await startMailServer();
// Passwords matter little here: their hashes are to cost little, too.
const more = `[email_and_password.password]\nmemory_kib = 64\niterations = 1\n\n${server.toml}`;
const emails = Array.from({ length: USERS }, (_, number) => `user${number}@example.com`);
const median = (times) => times.toSorted((one, other) => one - other)[times.length >> 1];
const inMs = (times) => `median ${median(times).toFixed(1)} ms, at most ${Math.max(...times).toFixed(1)} ms`;

/** What a mail is about: the page that its request named, and the token of its link. */
function told(mail) {
  const [, token, page] = /\/reset-password\/([^?\s]+)\?callbackURL=(\S+)/.exec(mail.parts["text/plain"]);
  return { to: mail.to[0], token, page: decodeURIComponent(page), id: mail.headers["message-id"] };
}

await withSignet({ more }, async (signet) => {
  const { client } = browserAt(signet.origin);
  await Promise.all(emails.map((email, number) => signUp(signet.origin, { name: `User ${number}`, email })));

  /**
   * Asks for new passwords, `each` for every user: those of one user one after the other, four users at a time. The page is
   * the request's number. A request that dies with the server is made again. `note` is told of each that was answered.
   */
  async function ask(what, each, note = () => {}) {
    const times = [];
    const waiting = emails.flatMap((email) => ({ email, left: each }));
    const askOne = async (email, page) => {
      for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
        const began = performance.now();
        const { error } = await client.requestPasswordReset({ email, redirectTo: page }).catch((error) => ({ error }));
        if (error?.status) throw new Error(JSON.stringify(error));
        if (!error) return times.push(performance.now() - began);
        await new Promise((done) => setTimeout(done, 50));
      }
      throw new Error("Signet answers no more");
    };
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let user; (user = waiting.shift());) {
        for (let number = 1; number <= user.left; number++) {
          await askOne(user.email, `/${what}/${number}`);
          note(times.length);
        }
      }
    }));
    return times;
  }

  let up;
  await check(`${3 * USERS} mails arrive while it is there`, async () => {
    up = await ask("up", 3);
    await eventually(() => `only ${server.mails.length} mails arrived`, () => server.mails.length >= up.length);
  });

  let down;
  let crashed;
  await check(`${ALL} requests are answered while it is away, half of them before Signet is killed and half after`, async () => {
    await server.stop();
    server.mails.length = 0;
    down = await ask("down", EACH, (answers) => {
      if (answers >= ALL / 2) crashed ??= signet.crash().then(signet.start);
    });
    await crashed;
    await new Promise((done) => setTimeout(done, 3000)); // attempts fail meanwhile, by the restarted server, too
    assert.equal(down.length, ALL);
    assert.deepEqual(server.mails, []);
  });
  await check("no request takes longer for that", () => {
    assert.ok(median(down) < 3 * median(up) + 20 && Math.max(...down) < 3 * Math.max(...up) + 1000, `with it ${inMs(up)}; without ${inMs(down)}`);
  });

  await check(`all ${ALL} mails arrive when it is back`, async () => {
    await server.start();
    const pages = () => new Set(server.mails.map(told).map(({ to, page }) => `${to} ${page}`));
    await eventually(() => `only ${pages().size} of them arrived`, () => pages().size === ALL, { within: 60_000 });
  });
  const mails = server.mails.map(told);
  await check("a mail that arrives again bears the same Message-ID, and no other does", () => {
    const pairs = new Set(mails.map(({ token, id }) => `${token} ${id}`)).size;
    assert.deepEqual([new Set(mails.map(({ token }) => token)).size, new Set(mails.map(({ id }) => id)).size], [pairs, pairs]);
  });
  await check("mails to one user arrive in the order in which they were asked for", () => {
    for (const email of emails) {
      const numbers = mails.filter(({ to }) => to === email).map(({ page }) => Number(page.split("/")[2]));
      assert.deepEqual(numbers, numbers.toSorted((one, other) => one - other), email);
    }
  });
  await check("the link of the first one works", async () => {
    const { to, token } = mails[0];
    await answered(client.resetPassword({ newPassword: "another password", token }));
    await answered(browserAt(signet.origin).client.signIn.email({ email: to, password: "another password" }));
  });
  console.log(`with the mail server ${inMs(up)}; without ${inMs(down)}; ${mails.length} mails`);
});
server.end();
