// The API as the pages call it, and what the server has told this page.

const told = JSON.parse(document.getElementById("data").textContent);

/** What the server has told: api, page, language, links, callback, user, isAdmin, features, t. */
export const page = told;

/** What an answer means that has no code. */
const CODES = { 0: "OFFLINE", 401: "UNAUTHORIZED", 429: "TOO_MANY_REQUESTS" };

/** What the server says of a ban as it comes: `banned_user_message` of the configuration. */
const BANNED = "You have been banned from this application. Please contact support if you believe this is an error.";

/** What the server has refused, or what has kept a request from it. */
export class Refusal extends Error {
  constructor(status, body, headers) {
    super(body?.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = body?.code ?? CODES[status] ?? "UNKNOWN";
    /** In how many seconds another try is heard, if that is told. */
    this.wait = Number(headers?.get("x-retry-after") ?? 0);
  }

  /** What to say of it: the message of its code in the page's language, or else the server's own. */
  get text() {
    const { errors } = page.t;
    if (this.code === "TOO_MANY_REQUESTS" && this.wait > 1) return errors.WAIT.replace("{seconds}", this.wait);
    if (errors[this.code] && !this.#isWordedByOperator) return errors[this.code].replace("{origin}", page.origin);
    if (this.status >= 500) return errors.UNKNOWN;
    return this.message;
  }

  /** Whether the server says of a ban what its operator has written, in place of its own message. */
  get #isWordedByOperator() {
    return this.code === "BANNED_USER" && Boolean(this.message) && this.message !== BANNED;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(page.api + path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Refusal(0);
  }
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    // A proxy's own page, for instance: its status says enough.
  }
  if (!response.ok) throw new Refusal(response.status, body, response.headers);
  return body;
}

/**
 * What `GET path` answers. `query`: values that are undefined, null or "" are left out, lists are repeated. `signal`: of an
 * AbortController, to give the request up.
 */
export function get(path, query = {}, signal = null) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") given.append(name, one);
    }
  }
  return ask(given.size ? `${path}?${given}` : path, { method: "GET", signal });
}

/** What `POST path` answers to this body. */
export function post(path, body = {}) {
  return ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

/** Where somebody wants to be who has signed in. */
export function callback() {
  return page.callback ?? page.links.account ?? page.links.home ?? "/";
}
