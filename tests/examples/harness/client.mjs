// A browser, as far as the examples need one: a `fetch` with a cookie jar for one site.

/** A name that nobody else has. */
let people = 0;

export class Client {
  #jar = new Map();

  constructor(url) {
    this.url = url;
  }

  get cookie() {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Requests a path of the site, or a URL whose cookies are the site's; `json` is a body. Follows no redirect. */
  async fetch(path, { json, headers = {}, ...init } = {}) {
    const body = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
    const answer = await fetch(new URL(path, this.url), {
      redirect: "manual",
      ...body,
      ...init,
      headers: { origin: this.url, ...(this.cookie && { cookie: this.cookie }), ...(body.body && { "content-type": "application/json" }), ...headers },
    });
    this.keep(answer);
    return answer;
  }

  /** Keeps an answer's cookies. */
  keep(answer) {
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/; */);
      const at = pair.indexOf("=");
      const isGone = attributes.some((text) => /^max-age=0$/i.test(text) || (/^expires=/i.test(text) && Date.parse(text.slice(8)) < Date.now()));
      if (isGone) this.#jar.delete(pair.slice(0, at));
      else this.#jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  /** Requests a path, and gives the JSON of its answer, which has to be a good one. */
  async json(path, init) {
    const answer = await this.fetch(path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  /** Signs somebody up, who is then signed in, and gives the user. */
  async signUp({ name = "Ada", email = `ada-${process.pid}-${++people}@example.com`, password = "correct horse battery", ...more } = {}) {
    this.email = email;
    this.password = password;
    const { user } = await this.json("/api/auth/sign-up/email", { json: { name, email, password, ...more } });
    return (this.user = user);
  }

  async signIn({ email = this.email, password = this.password } = {}) {
    const { user } = await this.json("/api/auth/sign-in/email", { json: { email, password } });
    return (this.user = user);
  }

  signOut() {
    return this.json("/api/auth/sign-out", { json: {} });
  }

  /** A JWT for the session, of the template of this name. */
  async token(template) {
    const { token } = await this.json(`/api/auth/token${template ? `?template=${template}` : ""}`);
    return token;
  }
}
