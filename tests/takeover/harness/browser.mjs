// A browser that can be sent to one server and then to another with the same cookies.

export class Browser {
  jar = new Map();

  constructor(server) {
    this.at(server);
  }

  /** From now on at this server, `{ url, origin }`: where it listens, and what it says of itself. */
  at(server) {
    this.url = server.url;
    this.origin = server.origin ?? server.url;
    return this;
  }

  /** Another browser with the same cookies. */
  copy() {
    const twin = new Browser(this);
    twin.jar = new Map(this.jar);
    return twin;
  }

  get cookie() {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Puts cookies into the jar, written as a request writes them. */
  give(cookies) {
    for (const pair of cookies.split("; ")) this.jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    return this;
  }

  /** Requests a path below the base path: `{ status, headers, body }`, the body as JSON where it is that. Follows no redirect. */
  async send(method, path, { body, headers = {} } = {}) {
    const answer = await fetch(`${this.url}/api/auth${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(method !== "GET" && { origin: this.origin }),
        ...(this.jar.size && { cookie: this.cookie }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: parsed(text) };
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(/; */);
    const name = pair.slice(0, pair.indexOf("="));
    if (attributes.some((text) => /^max-age=0$/i.test(text))) this.jar.delete(name);
    else this.jar.set(name, pair.slice(name.length + 1));
  }

  /** As `send`, and gives the body alone, which has to come with a 2xx. */
  async ask(method, path, options) {
    const { status, body } = await this.send(method, path, options);
    if (status < 200 || status > 299) throw new Error(`${method} ${path} at ${this.url}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  get = (path, options) => this.ask("GET", path, options);
  post = (path, body = {}, options = {}) => this.ask("POST", path, { ...options, body });

  /** Who is signed in here: the session and the user, or null. */
  whoami = () => this.get("/get-session");
  signUp = (person) => this.post("/sign-up/email", person);
  signIn = ({ email, password }) => this.post("/sign-in/email", { email, password });
  token = async () => (await this.get("/token")).token;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
