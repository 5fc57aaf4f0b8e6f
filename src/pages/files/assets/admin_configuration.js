// The configuration in force: by section, searched, and what is not as it comes.
import { get } from "./api.js";
import { byId, complain, el, number, t } from "./ui.js";

/** Each setting with its row, and each section with its rows. */
let settings = [];
let sections = [];

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
  const id = `section-${name || "general"}`;
  return el("section", { class: "card", "aria-labelledby": id },
    el("h2", { id }, name ? el("code", {}, name) : t("general")),
    el("table", { class: "cells settings" },
      el("thead", {}, el("tr", {}, heading(t("key")), heading(t("value")), heading(t("source")))),
      el("tbody", {}, members.map(({ row }) => row))));
}

function show() {
  const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const only = byId("changed").checked;
  let found = 0;
  for (const one of settings) {
    const text = `${one.key} ${one.secret ? "" : one.value ?? ""} ${one.source}`.toLowerCase();
    one.row.hidden = (only && !isSet(one)) || !words.every((word) => text.includes(word));
    if (!one.row.hidden) found += 1;
  }
  for (const { element, members } of sections) element.hidden = members.every(({ row }) => row.hidden);
  byId("found").textContent = t("found", { found: number(found), all: number(settings.length) });
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
byId("find").addEventListener("input", show);
try {
  await load();
} catch (error) {
  complain(byId("fault"), error);
} finally {
  byId("settings").setAttribute("aria-busy", "false");
}
