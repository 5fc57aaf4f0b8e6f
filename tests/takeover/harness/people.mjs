// People at a Better Auth, and what it handed out to them.
import { Browser } from "./browser.mjs";

export const ZOE = { name: "Zoë Ärger", email: "zoe@example.com", password: "pässwörd-Zoë-é", username: "Zoe_1" };
export const BOB = { name: "Bob", email: "bob@example.com", password: "correct horse battery" };

/** Signs two people up, and says what has to be accepted from then on, as the fixtures do. */
export async function handOut(server, { secret, secrets }, { withUsername = true } = {}) {
  const users = [];
  for (const { username, ...person } of [ZOE, BOB]) {
    const browser = new Browser(server);
    await browser.signUp({ ...person, ...(withUsername && username && { username }) });
    const body = await browser.whoami();
    users.push({
      ...person,
      ...(withUsername && { username }),
      id: body.user.id,
      cookie: `better-auth.session_token=${browser.jar.get("better-auth.session_token")}`,
      jwt: await browser.token(),
      get_session_body: JSON.stringify(body),
    });
  }
  return { base_url: server.origin, secret, secrets, users, jwks_body: JSON.stringify(await new Browser(server).get("/jwks")) };
}
