// What goes on in a browser behind a person's back. Whatever is wrong there is a fault of the story.
export class Watch {
  faults = [];
  #expected = [];
  #isOffline = false;
  #reading = [];
  #bodies = [];
  #kept = new Set();

  /** Watches everything that a browser's context gets from `origin`; pages of others are theirs. */
  constructor(context, origin) {
    this.origin = origin;
    this.#watch(context);
  }

  async ready(context) {
    // Chromium writes these to the console, too, but not those of a policy that only reports.
    await context.addInitScript(() => addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, lineNumber }) => console.error(`CSP ${violatedDirective} ${blockedURI} line ${lineNumber}`)));
  }

  #watch(context) {
    context.on("weberror", (error) => this.#isOurs(error.page()?.url()) && this.faults.push(`${error.page().url()}: ${error.error().stack}`));
    context.on("console", (message) => {
      if (message.type() !== "error" || !this.#isOurs(message.page()?.url())) return;
      // Answers are judged by themselves.
      if (message.text().startsWith("Failed to load resource")) return;
      this.faults.push(`${message.page().url()} logged: ${message.text()}`);
    });
    context.on("requestfailed", (request) => {
      // Who goes to another page gives up what was asked for this one.
      if (!this.#isOffline && this.#isOurs(request.url()) && request.failure()?.errorText !== "net::ERR_ABORTED") this.faults.push(`${request.method()} ${request.url()} failed: ${request.failure()?.errorText}`);
    });
    context.on("response", (response) => {
      if (!this.#isOurs(response.url())) return;
      this.#judge(response);
      if (this.#isNew(response.url())) this.#reading.push(this.#read(response));
    });
  }

  #isOurs = (url) => url?.startsWith(`${this.origin}/`);

  #judge(response) {
    const status = response.status();
    if (status < 400) return;
    const { pathname } = new URL(response.url());
    const expected = this.#expected.findLast((one) => one.status === status && pathname.endsWith(one.path));
    if (expected) expected.times++;
    else this.faults.push(`${response.request().method()} ${pathname} answered ${status} on ${response.frame().url()}`);
  }

  /** What the pages load is the same under its version, and asked for with every page: it is read once. */
  #isNew(url) {
    if (!/\/assets\/\w+\/[^/]+$/.test(url)) return true;
    const { size } = this.#kept;
    return this.#kept.add(url).size > size;
  }

  async #read(response) {
    // A redirect has no body, and that of a page that was left at once is gone.
    const body = await response.text().catch(() => "");
    this.#bodies.push({ url: response.url(), body });
    if (response.request().resourceType() !== "document") return;
    const headers = await response.allHeaders().catch(() => null);
    if (!headers) return; // a story that broke off has closed its browser meanwhile
    if (!/^text\/html/.test(headers["content-type"] ?? "")) return;
    for (const fault of [...faultsOfPolicy(headers["content-security-policy"]), ...faultsOfMarkup(body)]) this.faults.push(`${response.url()}: ${fault}`);
  }

  /** While `act` goes on, a path may, and has to, answer with a status that would else be a fault. */
  async expecting(path, status, act) {
    const expected = { path, status, times: 0 };
    this.#expected.push(expected);
    await act();
    // Not taken out again: an answer may be told of after the page shows what came of it.
    if (!expected.times) this.faults.push(`${path} was to answer ${status}, and did not`);
  }

  /** While `act` goes on, requests may fail. */
  async failing(act) {
    this.#isOffline = true;
    await act();
    this.#isOffline = false;
  }

  /** All that the browser got, once it is read. */
  async bodies() {
    await Promise.all(this.#reading);
    return this.#bodies;
  }
}

/** What else than what comes from here: pictures of users are anywhere. */
const ALLOWED = { "img-src": ["data:", "https:"], "require-trusted-types-for": ["'script'"] };

/** What a page's policy has to say, and must not. */
export function faultsOfPolicy(policy) {
  if (!policy) return ["it has no Content-Security-Policy"];
  const faults = [];
  const directives = new Map(policy.split(";").map((part) => part.trim().split(/\s+/)).map(([name, ...sources]) => [name.toLowerCase(), sources]));
  if (!["'none'", "'self'"].includes(directives.get("default-src")?.join(" "))) faults.push("default-src is neither 'none' nor 'self'");
  if (directives.get("frame-ancestors")?.join(" ") !== "'none'") faults.push("frame-ancestors is not 'none'");
  for (const name of ["base-uri", "form-action"]) {
    if (!["'none'", "'self'"].includes(directives.get(name)?.join(" "))) faults.push(`${name} is neither 'none' nor 'self'`);
  }
  for (const [name, sources] of directives) {
    const allowed = ["'none'", "'self'", ...(ALLOWED[name] ?? [])];
    faults.push(...sources.filter((source) => !allowed.includes(source)).map((source) => `${name} allows ${source}`));
  }
  return faults;
}

/** What a strict policy would not carry out, in the HTML as it was sent. */
export function faultsOfMarkup(html) {
  const faults = [];
  const tags = html.match(/<[a-z][^\s/>]*(?:"[^"]*"|'[^']*'|[^"'>])*>/gi) ?? [];
  for (const tag of tags) {
    if (/\sstyle\s*=/i.test(tag)) faults.push(`a style inline: ${tag}`);
    if (/\son[a-z]+\s*=/i.test(tag.replace(/="[^"]*"/g, "=\"\""))) faults.push(`a handler inline: ${tag}`);
    if (/^<style/i.test(tag)) faults.push(`a <style>: ${tag}`);
    if (/^<script/i.test(tag) && !/\ssrc\s*=/i.test(tag) && !/type="application\/json"/i.test(tag)) faults.push(`a script inline: ${tag}`);
    if (/(?:href|src|action)\s*=\s*["']?\s*javascript:/i.test(tag)) faults.push(`a javascript: address: ${tag}`);
  }
  return faults;
}
