// Signet and the real Better Auth on one database, behind one address that sends each request to the other one.
import { openMailbox } from "./mailbox.mjs";
import { startRoundRobin } from "./round-robin.mjs";
import { Verifier } from "./verifier.mjs";

const SECRET = "a-secret-that-both-servers-have-been-given";

/** How Signet is told of the other server, and where its mails go. */
export const beside = (release, mail, toml = "") => `
[side_by_side]
better_auth = "${release}"

[mail]
transport = "webhook"
webhook_url = "${mail}"
${toml}`;

/**
 * Starts what a pair needs and gives it to `use`, then ends it: `{ url, proxy, mailbox, database, betterAuth(settings),
 * signet(settings), verifiers(grace) }`. `url` is the address of both.
 */
export async function withPair(t, use) {
  const [mailbox, proxy, database] = [await openMailbox(), await startRoundRobin(), await t.postgres()];
  const where = { database: database.url, baseUrl: proxy.url, secret: SECRET };
  try {
    await use({
      url: proxy.url,
      proxy,
      mailbox,
      database,
      where,
      betterAuth: (settings = {}) => t.betterAuth({ ...where, migrate: true, mail: mailbox.url, ...settings }),
      signet: ({ release = "1.7.7", toml, ...more } = {}) => t.signet({ ...where, toml: beside(release, mailbox.url, toml), ...more }),
      /** Verifies a token with the keys of each server. */
      verifier: (servers, grace = 0) => {
        const all = servers.map((server) => new Verifier(server, { issuer: proxy.url, grace }));
        return (token) => Promise.all(all.map((verifier) => verifier.verify(token)));
      },
    });
  } finally {
    await proxy.stop();
    mailbox.stop();
  }
}
