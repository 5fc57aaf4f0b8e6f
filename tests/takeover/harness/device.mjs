// The official client, with the cookies of a browser of its own.
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";

/** A browser at an address: `client`, the official one; `requests`, how many it has sent; `jar`, its cookies. */
export class Device {
  jar = new Map();
  requests = 0;
  /** The session whose cookie it should have, as its owner knows. */
  token = null;

  constructor(url) {
    this.client = createAuthClient({
      baseURL: url,
      plugins: [jwtClient()],
      fetchOptions: { headers: { origin: url }, customFetchImpl: (...call) => this.#send(...call) },
    });
  }

  async #send(target, { headers, ...rest }) {
    this.requests++;
    const all = new Headers(headers);
    if (this.jar.size) all.set("cookie", [...this.jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const answer = await fetch(target, { ...rest, headers: all });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/; */);
      const name = pair.slice(0, pair.indexOf("="));
      if (attributes.some((text) => /^max-age=0$/i.test(text))) this.jar.delete(name);
      else this.jar.set(name, pair.slice(name.length + 1));
    }
    return answer;
  }
}
