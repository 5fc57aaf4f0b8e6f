// How each part of the server does.
import { get, page } from "./api.js";
import { live } from "./live.js";
import { state } from "./state.js";
import { byId, el, exactly, locale, number, t } from "./ui.js";

const KINDS = { ok: "good", failing: "bad", off: "off" };
let told = "";

function check({ name, status, detail }) {
  const title = page.t.page[`part_${name}`] ?? name;
  return el("li", {},
    el("h3", {}, title),
    state(KINDS[status] ?? "bad", t(`is_${status}`)),
    said(name, status, detail));
}

/** Details are the server's own words, in English: in another language only what has gone wrong is told in them. */
function said(name, status, detail) {
  const own = status === "off" && page.t.page[`off_${name}`];
  if (own) return el("p", { class: "muted" }, own);
  return detail && (page.language === "en" || status === "failing") ? el("p", { class: "muted", lang: "en" }, detail) : el("span");
}

/** How long the server has run, in its largest two units. */
function since(iso) {
  const seconds = Math.max(1, Math.floor((Date.now() - Date.parse(iso)) / 1000));
  const units = [["day", Math.floor(seconds / 86400)], ["hour", Math.floor(seconds / 3600) % 24], ["minute", Math.floor(seconds / 60) % 60], ["second", seconds % 60]];
  const first = units.findIndex(([, many]) => many > 0);
  const shown = units.slice(first, first + 2).filter(([, many]) => many > 0);
  return shown.map(([unit, many]) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(many)).join(", ");
}

live(async () => {
  const { status, version, startedAt, checks } = await get("/admin/health").finally(() => byId("summary").setAttribute("aria-busy", "false"));
  const failing = checks.filter((one) => one.status === "failing").length;
  // Read out only when it changes.
  if (told !== `${status} ${failing}`) {
    byId("status").replaceChildren(status === "ok" ? state("good", t("all_well")) : state("bad", t("not_well", { many: number(failing) })));
  }
  told = `${status} ${failing}`;
  byId("version").textContent = version;
  byId("up").replaceChildren(el("time", { datetime: startedAt, title: exactly(startedAt) }, since(startedAt)),
    el("span", { class: "hint" }, ` ${t("since", { when: exactly(startedAt) })}`));
  byId("checks").replaceChildren(...checks.map(check));
  const updated = byId("updated");
  updated.hidden = false;
  updated.textContent = t("updated", { when: new Intl.DateTimeFormat(locale, { timeStyle: "medium" }).format() });
}, byId("fault"));
