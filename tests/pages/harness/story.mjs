// What each flow is given: people, servers, mails. See ../README.md.
import { Test } from "../../examples/harness/test.mjs";
import { pictureOf } from "./album.mjs";
import { devices } from "./devices.mjs";
import { startHouse } from "./house.mjs";
import { Person } from "./person.mjs";
import { Watch } from "./watch.mjs";
import { Words } from "./words.mjs";

export class Story extends Test {
  lines = [];
  #browser;
  #people = [];
  #houses = [];
  #secrets = [];

  constructor(flow, device, browser) {
    super(`${flow} on a ${device}`);
    this.flow = flow;
    this.device = device;
    this.#browser = browser;
  }

  /** Flows go on side by side, so each shows its lines at its end. */
  say(line) {
    this.lines.push(line);
  }

  /** A running Signet with mails, and all that its pages show; see `startHouse`. */
  async house(options) {
    const house = await startHouse(this, options);
    this.#houses.push(house);
    this.#secrets.push(...house.secrets);
    return house;
  }

  /** From here on no answer to any browser may hold it. */
  keepsSecret(secret) {
    this.#secrets.push(secret);
  }

  /** Somebody with a browser of their own, with no cookies yet. */
  async person(name, signet, options = {}) {
    const device = { ...devices[this.device], ...options };
    // Each is behind a proxy that says where they are.
    const address = { "x-forwarded-for": `203.0.113.${this.#people.length + 1}` };
    const context = await this.#browser.newContext({ ...device, extraHTTPHeaders: address, colorScheme: "light", reducedMotion: "reduce" });
    context.setDefaultTimeout(30_000);
    const watch = new Watch(context, signet.url);
    await watch.ready(context);
    const person = new Person(this, { name, page: await context.newPage(), origin: signet.url, base: signet.base ?? "", watch, words: new Words(device.locale.slice(0, 2)) });
    this.#people.push(person);
    return person;
  }

  /** What went on behind people's backs: nothing may be wrong there, and no secret of the server gets out. */
  async judge() {
    const faults = this.#people.flatMap(({ name, watch }) => watch.faults.map((fault) => `${name}: ${fault}`));
    for (const { watch } of this.#people) {
      for (const { url, body } of await watch.bodies()) {
        for (const secret of this.#secrets) if (body.includes(secret)) faults.push(`${url} holds the secret ${secret.slice(0, 4)}…`);
      }
    }
    if (faults.length) throw new Error(faults.join("\n"));
  }

  /** What was found so far was what was looked for. */
  async forget() {
    for (const { page } of this.#people.splice(0)) await page.context().close();
  }

  /** A story that cannot go on: what everybody sees is kept. */
  async broke(fault) {
    this.failed++;
    this.lines.push(`FAIL ${this.name}: ${fault.stack}`);
    for (const [at, { name, page, watch }] of this.#people.entries()) {
      await page.screenshot({ path: pictureOf(this.flow, `broke-${at + 1}-${name}`, this.device, "light"), fullPage: true }).catch((unseen) => this.lines.push(`     no picture: ${unseen.message}`));
      this.lines.push(`     ${name} is at ${page.url()}`, ...watch.faults.map((line) => `     ${name}: ${line}`));
    }
  }

  async end() {
    for (const { page } of this.#people) await page.context().close();
    for (const house of this.#houses) house.stop();
    await super.end();
  }
}
