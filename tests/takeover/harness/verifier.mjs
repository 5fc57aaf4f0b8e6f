// A service that verifies tokens and knows nothing but where a server publishes its keys.
import { decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { sleep } from "../../examples/harness/process.mjs";

export class Verifier {
  #keys = new Map();
  /** How often it had to ask again for a key that was not published yet. */
  late = 0;

  /** `grace`: for how many milliseconds a key may be published later than it signs. */
  constructor(server, { issuer, grace = 0 }) {
    Object.assign(this, { server, issuer, grace });
  }

  /** The `kid` of a token that is good. */
  async verify(token) {
    const { kid, alg } = decodeProtectedHeader(token);
    for (const deadline = Date.now() + this.grace; !this.#keys.has(kid); await sleep(50)) {
      await this.#fetch();
      if (this.#keys.has(kid)) break;
      if (Date.now() >= deadline) throw new Error(`${this.server.name} does not publish ${kid}`);
      this.late++;
    }
    await jwtVerify(token, await importJWK(this.#keys.get(kid), alg), { issuer: this.issuer, audience: this.issuer });
    return kid;
  }

  async #fetch() {
    const answer = await fetch(`${this.server.url}/api/auth/jwks`);
    if (answer.status !== 200) throw new Error(`${this.server.name}: /jwks is ${answer.status}`);
    const { keys } = await answer.json();
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
  }
}
