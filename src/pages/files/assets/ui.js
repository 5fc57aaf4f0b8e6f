// What the pages' scripts have in common: texts, elements, forms, dialogs, times.
import { page, post, Refusal } from "./api.js";
import { device } from "./device.js";

/** A message of this page, of its section, or of all pages, by its name; `{name}`s are filled from `values`. */
export function t(name, values = {}) {
  const { page: own, section, common } = page.t;
  const text = own?.[name] ?? section?.[name] ?? common[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

/** As `t`, in pieces: a value may be an element, `el("p", {}, sentence("seen", { when: time(at) }))`. */
export function sentence(name, values) {
  return t(name).split(/\{(\w+)\}/).map((piece, index) => (index % 2 ? values[piece] ?? "" : piece));
}

/** The element of an id. */
export const byId = (id) => document.getElementById(id);

/**
 * An element: el("button", { type: "button", class: "small", onclick: act }, "Text", other).
 * Texts are texts, never markup; `dataset` and functions are set as properties, everything else as attributes.
 */
export function el(name, attributes = {}, ...children) {
  return fitted(document.createElement(name), attributes, children);
}

/** As `el`, of SVG. */
export function svg(name, attributes = {}, ...children) {
  return fitted(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fitted(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "dataset") Object.assign(element.dataset, value);
    else if (typeof value === "function") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Tells people who see and people who hear. */
export function announce(text) {
  // What lies behind an open dialog is dimmed, and nobody hears it.
  const announcer = document.querySelector("dialog[open] .announcer") ?? byId("announcer");
  announcer.textContent = "";
  announcer.append(el("span", {}, text));
  announcer.classList.add("shown");
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => announcer.classList.remove("shown"), 6000);
}

/** Shows a notice of a form or a section: kind is "good", "bad" or "". Without a text it is hidden. */
export function notify(notice, text, kind = "bad") {
  notice.hidden = !text;
  notice.textContent = text ?? "";
  notice.classList.toggle("bad", kind === "bad");
  notice.classList.toggle("good", kind === "good");
}

/** Has one part of the page stand in for another, whose heading gets the focus; `text` is what it then says. */
export function swap(from, to, text) {
  byId(from).hidden = true;
  const part = byId(to);
  part.hidden = false;
  if (text) part.querySelector("[data-said]").textContent = text;
  part.querySelector("h1, h2").focus();
}

/** For how long what a page has left is of use, in milliseconds: it may lead to a page that asks for nothing. */
const KEPT = 60_000;

/** Keeps a text for the next page, which asks `leftOver` for it: to be said, or an address to be filled in. */
export function leave(text, as = "said") {
  sessionStorage.setItem(`signet-${as}`, `${Date.now()} ${text}`);
}

/** What the page before has left, once. */
export function leftOver(as = "said") {
  const left = sessionStorage.getItem(`signet-${as}`);
  sessionStorage.removeItem(`signet-${as}`);
  const [at, ...words] = (left ?? "").split(" ");
  return Date.now() - at < KEPT ? words.join(" ") : null;
}

/** What to say of something that was thrown. What is no refusal is a fault of the page, and is thrown on. */
export function said(error) {
  if (error instanceof Refusal) return error.text;
  throw error;
}

/**
 * Tells in a notice what has gone wrong. Whom the server does not know, or does not let do this, may sign in anew, and comes
 * back to this page. Whoever opened it at another address than the site's is led to that.
 */
export function complain(notice, error) {
  notify(notice, said(error));
  if (STALE.includes(error.code)) {
    notice.append(" ", signInAgain());
    return;
  }
  if (error.code === "INVALID_ORIGIN" && page.origin) {
    const [before, after] = error.text.split(page.origin);
    const there = page.origin + location.pathname + location.search;
    notice.replaceChildren(before, el("a", { href: there }, page.origin), after ?? "");
    return;
  }
  const isStranger = error.status === 401;
  // To another account this may be allowed.
  const mayAsAnother = page.user && error.code.startsWith("YOU_ARE_NOT_ALLOWED_");
  const signIn = page.links.sign_in;
  if (!signIn || page.page === "sign_in" || !(isStranger || mayAsAnother)) return;
  const address = new URL(signIn, location.href);
  address.searchParams.set("callbackURL", address.origin === location.origin ? location.pathname + location.search : location.href);
  notice.append(" ", el("a", { href: address.href }, t(isStranger ? "sign_in" : "sign_in_as_another")));
}

/** What is refused to whoever has signed in too long ago. */
const STALE = ["SESSION_NOT_FRESH", "SESSION_EXPIRED"];

/** A button with which somebody signs in once more, and comes back to this page. */
export function signInAgain() {
  const where = page.links.sign_in;
  if (!where) return "";
  const button = el("button", { type: "button", class: "small" }, t("sign_in_again"));
  on(button, async () => {
    await post("/sign-out");
    const address = new URL(where, location.href);
    address.searchParams.set("callbackURL", address.origin === location.origin ? location.pathname + location.search : location.href);
    location.assign(address);
  });
  return button;
}

/**
 * Has a form's values sent by `act(values, form)`, once at a time. Fields are checked by the browser's own rules first, and the
 * first that does not fit gets the focus and says why; what `act` throws is shown in the form's `.notice`, or at the field
 * that `fields` names by the refusal's code.
 */
export function form(id, act, fields = {}) {
  const element = byId(id);
  if (!element) return;
  const notice = element.querySelector(".notice");
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (element.getAttribute("aria-busy") === "true" || !fits(element)) return;
    const { activeElement: pressed } = document;
    busy(element, true);
    notify(notice, null);
    try {
      await act(valuesOf(element), element);
    } catch (error) {
      tell(error, element, notice, fields);
    } finally {
      busy(element, false);
      // A button loses the focus when it is disabled.
      if (document.activeElement === document.body) pressed?.focus();
    }
  });
  element.addEventListener("input", ({ target }) => mark(target, null));
}

/** Says what was thrown at the field that it is about, or else in the form's notice. */
function tell(error, form, notice, fields = {}) {
  const byCode = form.elements[fields[error.code]];
  const [field, text] = byCode ? [byCode, said(error)] : blamed(error, form);
  if (!field) {
    complain(notice, error);
    return;
  }
  mark(field, text);
  field.focus();
}

/**
 * The field that the server means by a place in the body, `[body.age] …`, and what to say there. Of a value that somebody has
 * already it tells no place: that is the field whose values must be unique, if there is only one.
 */
function blamed({ code, message }, form) {
  if (code !== "VALIDATION_ERROR") return [];
  const [, name] = /^\[body\.(\w+)\]/.exec(message) ?? [];
  const named = name && (form.querySelector(`[data-field="${name}"]`) ?? form.elements[name]);
  if (named) return [named, named.dataset.invalid ?? t("field_invalid")];
  const [only, ...others] = form.querySelectorAll("[data-unique]");
  return only && !others.length && message.includes("must be unique") ? [only, t("field_taken")] : [];
}

/** What a form's fields hold, without blanks around it, which are none of a name; a password may begin or end with them. */
function valuesOf(element) {
  const isText = (name) => TEXTS.includes(element.elements[name]?.type);
  return Object.fromEntries([...new FormData(element)].map(([name, value]) => [name, isText(name) ? value.trim() : value]));
}

/** The fields of whose values blanks around them are no part. */
const TEXTS = ["text", "email", "search", "textarea"];

/** Whether nothing was typed into a field that needs something, or blanks only. */
const isMissing = ({ required, type, value }) => required && TEXTS.includes(type) && !value.trim();

function busy(element, is) {
  element.setAttribute("aria-busy", String(is));
  for (const button of element.querySelectorAll("button[type=submit]")) button.disabled = is;
}

/** Whether all fields of a form fit; the others say why not. */
function fits(element) {
  const fields = [...element.elements].filter((field) => field.willValidate);
  for (const field of fields) mark(field, doesFit(field) ? null : reason(field));
  const first = fields.find((field) => !doesFit(field));
  first?.focus();
  return !first;
}

const doesFit = (field) => field.validity.valid && !isMissing(field);

function reason(field) {
  const { validity, minLength, type, dataset } = field;
  if (validity.valueMissing || isMissing(field)) return t("field_missing");
  if (validity.tooShort) return t("field_short", { least: minLength });
  if (validity.typeMismatch && type === "email") return t("field_email");
  return dataset.invalid ?? t("field_invalid");
}

/** Says below a field what is wrong with it, or nothing more. */
export function mark(field, text) {
  const id = `${field.id}-error`;
  let line = byId(id);
  if (!text) {
    line?.remove();
    field.removeAttribute("aria-invalid");
    describe(field, id, false);
    return;
  }
  if (!line) {
    line = el("p", { id, class: "field-error" });
    (field.closest(".with-button") ?? field).after(line);
  }
  line.textContent = text;
  field.setAttribute("aria-invalid", "true");
  describe(field, id, true);
}

function describe(field, id, is) {
  const ids = new Set((field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (is) ids.add(id);
  else ids.delete(id);
  if (ids.size) field.setAttribute("aria-describedby", [...ids].join(" "));
  else field.removeAttribute("aria-describedby");
}

/**
 * Does something that a button asks for, once at a time, and tells what came of it.
 * on(button, async () => …): what is thrown is announced, or shown in `notice`.
 */
export function on(button, act, notice) {
  button?.addEventListener("click", async () => {
    if (button.disabled) return;
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      if (notice) complain(notice, error);
      else announce(said(error));
    } finally {
      button.disabled = false;
      // What is disabled gets no focus back from a dialog.
      if (document.activeElement === document.body) button.focus();
    }
  });
}

/**
 * Asks in a dialog; true, or the values of its fields, if the answer is yes, and null otherwise.
 * ask({ title, text, yes, no, danger, fields: [{ name, label, type, value, options: [[value, text]], required, hint }], act })
 * A field may be an element of one's own, and the title and the text may hold some. With `no: false` there is nothing to cancel. `act(values, form)` is done while the
 * dialog is open: what it throws is shown there, and the dialog stays.
 */
export function ask({ title, text, yes, no = true, danger = false, fields = [], act }) {
  return new Promise((done) => {
    const notice = el("p", { class: "notice bad", role: "alert", hidden: true });
    const cancel = no ? el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, t("cancel")) : null;
    const body = el("form", { method: "dialog", novalidate: true },
      el("h2", { id: "dialog-title" }, title),
      text ? el("p", {}, text) : null,
      fields.map((field) => (field instanceof Node ? field : dialogField(field))),
      notice,
      el("div", { class: "actions" },
        cancel,
        el("button", { type: "submit", class: danger ? "danger" : "primary" }, yes)));
    const announcer = el("div", { class: "announcer", role: "status", "aria-live": "polite" });
    const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, body, announcer);
    let answer = null;
    // What is under way cannot be taken back: nothing closes the dialog until it is known what came of it.
    const hold = (is) => {
      busy(body, is);
      if (cancel) cancel.disabled = is;
      dialog.setAttribute("closedby", is ? "none" : "closerequest");
    };
    dialog.addEventListener("cancel", (event) => {
      if (body.getAttribute("aria-busy") === "true") event.preventDefault();
    });
    body.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (body.getAttribute("aria-busy") === "true" || !fits(body)) return;
      const values = fields.length ? valuesOf(body) : true;
      hold(true);
      notify(notice, null);
      try {
        await act?.(values, body);
        answer = values;
        dialog.close();
      } catch (error) {
        tell(error, body, notice);
      } finally {
        hold(false);
      }
    });
    body.addEventListener("input", ({ target }) => mark(target, null));
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(answer);
    });
    document.body.append(dialog);
    byId("announcer").classList.remove("shown");
    dialog.showModal();
  });
}

function dialogField({ name, label, type = "text", value = "", options, required = false, hint, ...more }) {
  const id = `dialog-${name}`;
  const hintId = hint ? `${id}-hint` : undefined;
  const common = { id, name, required, "aria-describedby": hintId, ...more };
  const caption = el("label", { for: id }, label);
  const explained = hint ? el("p", { class: "hint", id: hintId }, hint) : null;
  if (type === "checkbox") {
    return el("div", {}, el("div", { class: "field field-row" }, el("input", { type, ...common }), caption), explained);
  }
  const input = options
    ? el("select", common, options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)))
    : el("input", { type, value, ...common });
  return el("div", { class: "field" }, caption, input, explained);
}

/** A button that copies a text. `label` says more of it to people who hear than the button does to people who see. */
export function copier(text, label) {
  const button = el("button", { type: "button", class: "small", "aria-label": label }, t("copy"));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = t("copied");
    } catch {
      // Not every address may write there (http: other than localhost).
      button.textContent = t("not_copied");
    }
    announce(button.textContent);
    setTimeout(() => (button.textContent = t("copy")), 4000);
  });
  return button;
}

/** How the reader writes times and numbers: as in their own country, if its language is the page's. */
export const locale = (globalThis.navigator?.languages ?? []).find((one) => one.split("-")[0] === page.language) ?? page.language;

/** The reader's time zone. */
export const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

const MOMENT = { year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" };
const moment = new Intl.DateTimeFormat(locale, MOMENT);
const second = new Intl.DateTimeFormat(locale, { ...MOMENT, hour: "2-digit", second: "2-digit" });
const relative = new Intl.RelativeTimeFormat(page.language, { numeric: "auto" });
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];

/** A moment in the reader's words: "3 hours ago", with the exact time in its tooltip. */
export function time(iso) {
  const at = new Date(iso);
  return el("time", { datetime: at.toISOString(), title: moment.format(at) }, ago(at));
}

/** A moment in full. */
export const exactly = (iso) => moment.format(new Date(iso));

/** A moment to the second. */
export const precisely = (iso) => second.format(new Date(iso));

export function ago(at, now = new Date()) {
  const seconds = Math.round((new Date(at) - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return Math.abs(seconds) < 60 ? t("just_now") : relative.format(Math.round(seconds / size), unit);
}

/** A number in the reader's writing. */
export const number = (value) => new Intl.NumberFormat(locale).format(value);

/** The browser and the system that somebody has, in a few words: "Safari on iPhone". */
export function deviceName(userAgent) {
  const { browser, system } = device(userAgent);
  if (browser && system) return t("device_on", { browser, system });
  return browser ?? system ?? t("device_unknown");
}

/** How long a session has to be in use before that is worth a word, in milliseconds. */
const A_WHILE = 60_000;

/** Whether a session was used after its sign-in. */
export const wasUsed = (createdAt, updatedAt) => Date.parse(updatedAt) - Date.parse(createdAt) > A_WHILE;

/** The first letters of the first and the last word of a name. */
export function initialsOf(name) {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen.map((word) => [...word][0].toLocaleUpperCase(page.language)).join("") || "?";
}
