// Somebody at a browser: what they do and see there, by the words and roles that are on the page. See ../README.md.
import assert from "node:assert/strict";
import { look, settled } from "./sight.mjs";
import { Words } from "./words.mjs";

const PATIENCE = 30_000;

export class Person {
  #story;
  #scope;

  constructor(story, { name, page, origin, base, watch, words }, scope = page) {
    this.#story = story;
    this.#scope = scope;
    Object.assign(this, { name, page, origin, base, watch, words });
  }

  // ── Going about

  /** Goes to an address: that of a page, or a link of a mail. */
  async opens(address) {
    await this.page.goto(this.#whole(address));
    await settled(this.page);
  }

  /** Goes back to where they were before. */
  async goesBack() {
    await this.page.goBack();
    await settled(this.page);
  }

  /** The same person in another tab: it shares what the browser keeps. */
  async inAnotherTab() {
    return new Person(this.#story, { ...this, page: await this.page.context().newPage() });
  }

  /** Comes back to this tab from another. A browser without windows shows all of them at once, so it is only told so. */
  async looksBackIntoTheTab() {
    await this.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  }

  async follows(link) {
    await this.#touch(this.#named("link", link));
  }

  async presses(button) {
    await this.#touch(this.#named("button", button));
  }

  /** The address that a link has. */
  async whereLeads(link) {
    return this.#named("link", link).first().evaluate((element) => element.href);
  }

  async reloads() {
    await this.page.reload();
    await settled(this.page);
  }

  /** Is on a page, soon at the latest. */
  async isAt(path) {
    const arrived = ({ origin, pathname, search }) => {
      if (origin !== this.origin || !`${pathname}/`.startsWith(`${this.base}/`)) return false;
      const below = pathname.slice(this.base.length) || "/";
      return path instanceof RegExp ? path.test(below + search) : below + (path.includes("?") ? search : "") === path;
    };
    await this.page.waitForURL(arrived, { timeout: PATIENCE }).catch((fault) => {
      throw new Error(`${this.name} is at ${this.page.url()}, not at ${path}: ${fault.message.split("\n")[0]}`);
    });
    await settled(this.page);
  }

  /** There is no page at a path. */
  async findsNothingAt(path) {
    const answer = await this.page.request.get(this.#whole(path), { headers: { accept: "text/html" } });
    assert.equal(answer.status(), 404, path);
  }

  /** Reads another language from here on. */
  now(language) {
    this.words = new Words(language);
  }

  // ── Forms

  async types(label, text) {
    await this.#field(label).fill(text);
  }

  async fills(values) {
    for (const [label, text] of Object.entries(values)) await this.types(label, text);
  }

  async chooses(label, option) {
    await this.#field(label).selectOption({ label: this.words.all(option)[0] });
  }

  /** Opens what is folded up. */
  async unfolds(summary) {
    await this.#touch(this.#scope.locator("summary").filter({ hasText: this.words.pattern(summary, true) }));
  }

  async ticks(label) {
    await this.#field(label).check();
  }

  async unticks(label) {
    await this.#field(label).uncheck();
  }

  // ── Seeing and hearing

  async sees(text) {
    await this.#text(text).filter({ visible: true }).first().waitFor({ timeout: PATIENCE });
  }

  async seesNot(text) {
    await this.#story.eventually(`${this.name} no longer sees ${text}`, async () => (await this.#text(text).filter({ visible: true }).count()) === 0);
  }

  /** Sees something of a role: a heading, a button, a table. */
  async seesA(role, name) {
    await this.#named(role, name).filter({ visible: true }).first().waitFor({ timeout: PATIENCE });
  }

  async seesNo(role, name) {
    await this.#story.eventually(`${this.name} no longer sees the ${role} ${name}`, async () => (await this.#named(role, name).filter({ visible: true }).count()) === 0);
  }

  /** A screen reader says it by itself: the text is in a live region. */
  async hears(text) {
    const said = this.page.locator("[role=alert], [role=status], [role=log], [aria-live=polite], [aria-live=assertive]");
    await said.filter({ hasText: this.words.pattern(text), visible: true }).first().waitFor({ timeout: PATIENCE });
  }

  /** The text that describes a field, as a screen reader reads it with the field. */
  async isToldAbout(label, text) {
    const field = this.#field(label);
    await this.#story.eventually(`the field ${label} says ${text}`, async () => this.words.pattern(text).test(await field.evaluate((element) => (element.getAttribute("aria-describedby") ?? element.getAttribute("aria-errormessage") ?? "")
      .split(/\s+/).filter(Boolean).map((id) => document.getElementById(id)?.textContent ?? "").join(" "))));
  }

  /** How often something is there. */
  count(role, name) {
    return this.#named(role, name).filter({ visible: true }).count();
  }

  async reads(role, name) {
    return (await this.#named(role, name).first().innerText()).trim();
  }

  async valueOf(label) {
    return this.#field(label).inputValue();
  }

  /** Somewhere on the page: `person.in("row", "Ada").presses("Ban")`. */
  in(role, name) {
    return new Person(this.#story, this, this.#named(role, name));
  }

  /** What has this text and that role, as a row that is about somebody. */
  inThe(role, text) {
    return new Person(this.#story, this, this.#scope.getByRole(role).filter({ hasText: this.words.pattern(text) }).first());
  }

  // ── By keyboard alone

  async strikes(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async writes(text) {
    await this.page.keyboard.type(text);
  }

  /** Goes on by Tab until something has the focus; wherever it comes by, the focus can be seen. */
  async tabsTo(role, name, { most = 80, back = false } = {}) {
    const seen = [];
    const wanted = this.words.pattern(name, true);
    for (let steps = 0; steps <= most; steps++) {
      if (steps) await this.page.keyboard.press(back ? "Shift+Tab" : "Tab");
      const focus = await this.#focus();
      if (!focus?.role) continue; // the browser itself has it, or the page as a whole
      // Where one starts from may be the page's content as a whole.
      if (steps && !focus.isSeen) throw new Error(`the focus cannot be seen on ${focus.role} "${focus.name}"`);
      if (focus.role === role && wanted.test(focus.name)) return;
      seen.push(`${focus.role} "${focus.name}"`);
    }
    throw new Error(`Tab does not lead to ${role} "${name}", but to ${seen.join(", ")}`);
  }

  async #focus() {
    const focused = this.page.locator("*:focus");
    if (!(await focused.count())) return null;
    const [, role, name = ""] = /^- ([\w-]+)(?: "((?:[^"\\]|\\.)*)")?/.exec(await focused.first().ariaSnapshot()) ?? [];
    const isSeen = await focused.first().evaluate((element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const { width, height, bottom, top } = element.getBoundingClientRect();
      const isRinged = (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
      return isRinged && width > 0 && height > 0 && bottom > 0 && top < innerHeight;
    });
    return { role, name, isSeen };
  }

  // ── Looking at the page itself

  /** Looks at the page as it is now, and keeps a picture of it by day and by night. */
  async looksAt(name) {
    await this.#story.check(`${name} is fit to be seen, read and heard`, async () => {
      const faults = await look(this.page, { flow: this.#story.flow, name, device: this.#story.device, words: this.words });
      assert.deepEqual(faults, []);
    });
  }

  /** Does something, and waits until a path has answered: what is said of it then may have been said before. */
  async andWaitsFor(path, act) {
    const answer = this.page.waitForResponse((response) => new URL(response.url()).pathname.endsWith(path));
    await act();
    await answer;
  }

  /** While `act` goes on, a path has to answer with a status that would else be a fault. */
  async isRefused(path, status, act) {
    await this.watch.expecting(path, status, act);
  }

  /** While `act` goes on there is no network. */
  async isOffline(act) {
    const context = this.page.context();
    await context.setOffline(true);
    await this.watch.failing(act);
    await context.setOffline(false);
  }

  /** An address as a whole: a path is that of a page. */
  #whole(address) {
    const isTop = this.base && address === "/";
    return new URL(isTop ? this.base : address.startsWith("/") ? this.base + address : address, this.origin).href;
  }

  #named(role, name) {
    return this.#scope.getByRole(role, name === undefined ? {} : { name: this.words.pattern(name, true) });
  }

  #field(label) {
    return this.#scope.getByLabel(this.words.pattern(label, true)).and(this.page.locator("input, select, textarea"));
  }

  #text(text) {
    return this.#scope.getByText(this.words.pattern(text));
  }

  async #touch(locator) {
    if (this.#story.device === "phone") await locator.tap({ timeout: PATIENCE });
    else await locator.click({ timeout: PATIENCE });
  }
}
