// The configuration in force: by section, searched, and what is not as it comes.
import { get } from "./api.js";
import { byId, complain, el, number, t } from "./ui.js";

/** Each setting with its row, and each section with its rows. */
let settings = [];
let sections = [];
/** Whether the sections were last opened, or closed, for what was looked for. */
let wasOpen = null;

const isSet = ({ source }) => source !== "default";

/** `a.b.c` is in the section `a`; what is in none stands first. */
const sectionOf = (key) => (key.includes(".") ? key.slice(0, key.indexOf(".")) : "");

/** Where a setting comes from, in the reader's words as far as there are any. */
function origin(source) {
  if (source === "default") return el("span", { class: "muted" }, t("default"));
  const variable = source.match(/^environment(?: variable)? (.+)$/);
  return el("span", {}, variable ? [t("environment"), " ", el("code", {}, variable[1])] : el("code", {}, source));
}

function value({ value, secret }) {
  if (secret && value !== null) return el("span", { class: "badge warn" }, t("secret"));
  return value === null ? el("span", { class: "muted" }, t("not_set")) : el("code", {}, value === "" ? "\"\"" : value);
}

function row(setting) {
  return el("tr", { class: isSet(setting) ? "is-set" : null },
    el("th", { scope: "row" }, el("code", {}, setting.key)),
    el("td", { "data-label": t("value") }, value(setting)),
    el("td", { "data-label": t("source") }, origin(setting.source)));
}

function section(name, members) {
  const heading = (text) => el("th", { scope: "col" }, text);
  return el("details", { class: "card panel" },
    el("summary", {}, el("h2", {}, name ? el("code", {}, name) : t("general")), el("span", { class: "hint" })),
    el("table", { class: "cells settings" },
      el("thead", {}, el("tr", {}, heading(t("key")), heading(t("value")), heading(t("source")))),
      el("tbody", {}, members.map(({ row }) => row))));
}

function show() {
  const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const only = byId("changed").checked;
  let found = 0;
  let fit = 0;
  for (const one of settings) {
    const text = `${one.key} ${one.secret ? "" : one.value ?? ""} ${one.source}`.toLowerCase();
    const fits = words.every((word) => text.includes(word));
    one.row.hidden = (only && !isSet(one)) || !fits;
    if (fits) fit += 1;
    if (!one.row.hidden) found += 1;
  }
  // What was opened or closed by hand stays so until something else is looked for.
  const isOpen = only || words.length > 0;
  for (const { element, members } of sections) {
    const shown = members.filter(({ row }) => !row.hidden).length;
    element.hidden = shown === 0;
    element.querySelector("summary > .hint").textContent = number(shown);
    if (isOpen !== wasOpen) element.open = isOpen;
  }
  wasOpen = isOpen;
  const others = only && words.length ? fit - found : 0;
  byId("found").textContent = t(others ? "found_more" : "found", { found: number(found), all: number(settings.length), more: number(others) });
}

/** What is looked for stands in the page's address. */
function readAddress() {
  const given = new URLSearchParams(location.search);
  byId("words").value = given.get("q") ?? "";
  byId("changed").checked = given.get("show") !== "all";
}

function writeAddress() {
  const given = new URLSearchParams();
  if (byId("words").value) given.set("q", byId("words").value);
  if (!byId("changed").checked) given.set("show", "all");
  history.replaceState(null, "", given.size ? `?${given}` : location.pathname);
}

async function load() {
  const answer = await get("/admin/configuration");
  settings = answer.settings.map((setting) => ({ ...setting, row: row(setting) }));
  const names = [...new Set(settings.map(({ key }) => sectionOf(key)))].sort((one, other) => (one === "" ? -1 : other === "" ? 1 : 0));
  sections = names.map((name) => {
    const members = settings.filter(({ key }) => sectionOf(key) === name);
    return { members, element: section(name, members) };
  });
  byId("settings").replaceChildren(...sections.map(({ element }) => element));
  show();
}

byId("find").addEventListener("submit", (event) => event.preventDefault());
byId("find").addEventListener("input", () => {
  writeAddress();
  show();
});
readAddress();
try {
  await load();
} catch (error) {
  complain(byId("fault"), error);
} finally {
  byId("settings").setAttribute("aria-busy", "false");
}
