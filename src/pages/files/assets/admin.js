// The overview: how many people there are, what happens just now, and whether all is well.
import { people, person, what, who } from "./activity.js";
import { get, page } from "./api.js";
import { draw } from "./chart.js";
import { live } from "./live.js";
import { state } from "./state.js";
import { ago, byId, el, exactly, locale, number, precisely, t } from "./ui.js";

/** What is looked at: by the minute, the hour or the day, and how many of them. */
const SPANS = { minute: { many: 60, seconds: 60 }, hour: { many: 24, seconds: 3600 }, day: { many: 30, seconds: 86400 } };
const COUNTED = ["signIns", "failures", "signUps"];
const known = new Map();

const settle = (id) => byId(id)?.setAttribute("aria-busy", "false");

async function users() {
  const { total } = await get("/admin/list-users", { limit: 1 });
  byId("users").textContent = number(total);
}

/** A day, or what is left where that is not long. */
function day(iso) {
  return Date.parse(iso) - Date.now() < 86400000 ? ago(iso) : new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(new Date(iso));
}

/** Which key signs, and until when. */
async function keys() {
  const { keys } = await get("/admin/jwks");
  const signing = keys.filter(({ state }) => state === "signing");
  const next = keys.filter(({ state }) => state === "published").at(-1);
  const place = byId("keys");
  if (!signing.length) return place.replaceChildren(state("bad", t("no_key_signs")));
  const [{ kid, alg, signsUntil }] = signing;
  const first = signing.length === 1
    ? el("span", { title: kid }, t("key_signs", { kid: `${kid.slice(0, 8)}…`, alg }))
    : t("keys_sign", { many: number(signing.length) });
  const until = next?.signsFrom ?? signsUntil;
  place.replaceChildren(first, " ", until
    ? el("time", { datetime: until, title: exactly(until), class: "muted" }, t("rotates", { when: day(until) }))
    : el("span", { class: "muted" }, t("never_rotates")));
}

async function health() {
  const { status, checks } = await get("/admin/health");
  const failing = checks.filter((check) => check.status === "failing").length;
  byId("health").replaceChildren(status === "ok" ? state("good", t("all_well")) : state("bad", t("not_well", { many: number(failing) })));
}

/** How a bucket is called: its moment as this span shows it. Days are those of UTC. */
function caller(bucket) {
  const shown = {
    minute: { hour: "2-digit", minute: "2-digit" },
    hour: { weekday: "short", hour: "2-digit", minute: "2-digit" },
    day: { day: "numeric", month: "short", timeZone: "UTC" },
  };
  const format = new Intl.DateTimeFormat(locale, shown[bucket]);
  return (iso) => format.format(new Date(iso));
}

const chosen = () => document.querySelector("#span :checked").value;

async function counts() {
  const span = chosen();
  const { many, seconds } = SPANS[span];
  const since = new Date(Date.now() - (many - 1) * seconds * 1000).toISOString();
  const { bucket, buckets } = await get("/admin/audit/counts", { bucket: span, since });
  // Whoever has chosen another span meanwhile gets that one's numbers, which may have come before these.
  if (span !== chosen()) return;
  const call = caller(bucket);
  for (const name of COUNTED) {
    const tile = document.querySelector(`[data-count=${name}]`);
    const bars = buckets.map((one) => ({ label: call(one.at), value: one[name] }));
    const sum = bars.reduce((all, { value }) => all + value, 0);
    const most = bars.reduce((best, bar) => (bar.value > best.value ? bar : best), bars[0]);
    const title = tile.querySelector("h3").textContent;
    tile.querySelector(".figure").textContent = number(sum);
    draw(tile.querySelector("svg"), bars, sum
      ? t("chart", { title, sum: number(sum), span: t(`last_${span}`), most: number(most.value), when: most.label })
      : t("chart_empty", { title, span: t(`last_${span}`) }));
    const [from, to] = tile.querySelectorAll(".ends > span");
    from.textContent = bars[0].label;
    to.textContent = t("now");
  }
  byId("numbers").replaceChildren(...buckets.toReversed().map((one) => el("tr", {},
    el("th", { scope: "row" }, call(one.at)), COUNTED.map((name) => el("td", {}, number(one[name]))))));
}

async function latest() {
  const { entries } = await get("/admin/audit", { limit: 8 });
  await people(entries, known);
  const lines = entries.map((entry) => el("li", {},
    el("span", { class: "happened" }, what(entry), el("span", { class: "hint" }, ...told(entry))),
    el("time", { datetime: entry.at, title: precisely(entry.at) }, ago(entry.at))));
  byId("lines").replaceChildren(...(lines.length ? lines : [el("li", { class: "muted" }, t("nothing_yet"))]));
}

/** Who, about whom, from where. */
function told(entry) {
  const about = entry.userId && entry.userId !== entry.actor.id ? [` · ${t("about")} `, person(entry.userId, known)] : [];
  return [who(entry, known), ...about, ...(entry.ipAddress ? [` · ${entry.ipAddress}`] : [])];
}

const { keys: hasKeys, audit: hasAudit } = page.features;
const parts = [users, health, ...(hasKeys ? [keys] : []), ...(hasAudit ? [counts, latest] : [])];

const refresh = live(async () => {
  const done = await Promise.allSettled(parts.map((part) => part()));
  for (const id of ["glance", "counts", "latest"]) settle(id);
  const failed = done.find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
  const updated = byId("updated");
  updated.hidden = false;
  updated.textContent = t("updated", { when: new Intl.DateTimeFormat(locale, { timeStyle: "medium" }).format() });
}, byId("fault"));

byId("span")?.addEventListener("change", refresh);
