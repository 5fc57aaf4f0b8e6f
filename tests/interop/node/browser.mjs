// A browser of the official client's, and how the programs here report. See ../README.md.
import assert from "node:assert/strict";
import { createAuthClient } from "better-auth/client";

/** Cookies by site, as far as sites of one host need them: a port is a site of its own here. */
class Jar {
  #sites = new Map();

  #site(url) {
    const { host } = new URL(url);
    if (!this.#sites.has(host)) this.#sites.set(host, new Map());
    return this.#sites.get(host);
  }

  header(url) {
    const { pathname } = new URL(url);
    const fitting = [...this.#site(url).values()].filter(({ path }) => pathname === path || pathname.startsWith(path.replace(/\/?$/, "/")));
    return fitting.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  keep(url, response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/; */);
      const at = pair.indexOf("=");
      const said = new Map(attributes.map((text) => text.split("=")).map(([name, value]) => [name.toLowerCase(), value]));
      const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path: said.get("path") ?? "/" };
      const key = `${cookie.name} ${cookie.path}`;
      const isGone = said.get("max-age") === "0" || Date.parse(said.get("expires")) < Date.now();
      if (isGone) this.#site(url).delete(key);
      else this.#site(url).set(key, cookie);
    }
  }
}

/** The client as a Node program uses it: what a browser does by itself, it is told to do. `open` goes to a page as a browser does. */
export function browserAt(origin, plugins = []) {
  const jar = new Jar();
  const client = createAuthClient({
    baseURL: origin,
    plugins,
    fetchOptions: {
      // Node's fetch sends Sec-Fetch-Mode as browsers do, but no Origin: without one a sign-in is refused.
      headers: { origin },
      onRequest: (request) => {
        request.headers.set("cookie", jar.header(request.url));
      },
      onResponse: ({ request, response }) => jar.keep(request.url, response),
    },
  });
  /** Loads a page, or posts a form to it; follows no redirect, and says where one leads as `to`. */
  const open = async (url, form) => {
    const more = form && { method: "POST", body: new URLSearchParams(form) };
    const response = await fetch(url, { redirect: "manual", headers: { cookie: jar.header(url) }, ...more });
    jar.keep(url, response);
    const location = response.headers.get("location");
    return { status: response.status, body: await response.text(), to: location && new URL(location, url).href };
  };
  return { client, open };
}

/** Awaits a call of the client, and fails with the server's words if it was refused. */
export async function answered(call) {
  const { data, error } = await call;
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

/** Awaits a call of the client that is to be refused with this code. */
export async function refused(call, code) {
  const { data, error } = await call;
  assert.equal(data, null, `was answered ${JSON.stringify(data)}`);
  assert.equal(error.code, code, JSON.stringify(error));
}

/** Runs checks in the name of somebody, and prints a line for each. */
export const checker = (who) => async (what, run) => {
  try {
    const result = await run();
    console.log(`ok   ${who}: ${what}`);
    return result;
  } catch (fault) {
    console.log(`FAIL ${who}: ${what}: ${fault.stack}`);
    process.exitCode = 1;
  }
};

/** Waits until something is there, and gives it. */
export async function eventually(what, look, { within = 30_000 } = {}) {
  for (const deadline = Date.now() + within; Date.now() < deadline;) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`${typeof what === "function" ? what() : what} within ${within} ms`);
}

/** A client that signs up, once and for all, with its password. */
export async function signUp(origin, { name, email, password = "correct horse battery" }) {
  const browser = browserAt(origin);
  await answered(browser.client.signUp.email({ name, email, password }));
  return browser;
}
