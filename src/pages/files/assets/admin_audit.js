// The audit trail: filters that stand in the page's address, lines with all that is known of them, and the file of them.
import { called, people, person, what, who } from "./activity.js";
import { get, page } from "./api.js";
import { ago, announce, byId, complain, deviceName, el, form, mark, notify, on, precisely, t, zone } from "./ui.js";

/** What can be asked for together. What ends in a dot means all that begins with it. */
const GROUPS = {
  group_sessions: ["session.", "sign-in."],
  group_accounts: ["user.", "users.", "user-deletion.", "role.", "admin."],
  group_credentials: ["password.", "password-reset.", "email.", "email-change.", "account."],
  group_impersonation: ["impersonation."],
  group_tokens: ["token.", "refresh-token."],
  group_keys: ["key.", "keys."],
};
const FIELDS = ["action", "outcome", "userId", "ipAddress", "since", "until"];
/** What other pages may ask for, and no field does. */
const ALSO = ["actorId", "requestId"];

const asked = new URLSearchParams(location.search);
const known = new Map();
let next = null;

/** The filters as the API has them. */
function filters() {
  const one = (name) => asked.get(name) || undefined;
  return { ...Object.fromEntries([...FIELDS, ...ALSO].map((name) => [name, one(name)])), action: asked.getAll("action") };
}

function fill() {
  const select = byId("action");
  for (const [group, members] of Object.entries(GROUPS)) {
    const actions = Object.keys(page.t.activity).filter((action) => members.some((member) => action.startsWith(member)));
    select.append(el("optgroup", { label: t(group) },
      el("option", { value: members.join(",") }, t("all_of", { group: t(group) })),
      actions.length > 1 ? actions.map((action) => el("option", { value: action }, called(action))) : null));
  }
  const wanted = asked.getAll("action").join(",");
  if (wanted && ![...select.options].some(({ value }) => value === wanted)) select.append(el("option", { value: wanted }, wanted));
  select.value = wanted;
  for (const name of FIELDS.slice(1)) byId(name).value = (name === "since" || name === "until") ? local(asked.get(name)) : asked.get(name) ?? "";
  const isFiltered = [...FIELDS, ...ALSO].some((name) => asked.get(name));
  byId("clear").hidden = !isFiltered;
  // On a phone the lines are what one comes for.
  byId("panel").open = isFiltered || matchMedia("(min-width: 56rem)").matches;
  const also = ALSO.filter((name) => asked.get(name));
  notify(byId("also"), also.map((name) => t(`only_${name}`, { id: asked.get(name) })).join(" "), "");
  const query = new URLSearchParams(Object.entries(filters()).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one])));
  byId("export").href = `${page.api}/admin/audit/export${query.size ? `?${query}` : ""}`;
}

/** A moment as a field for moments has it, in the reader's time. */
function local(iso) {
  const at = iso ? new Date(iso) : null;
  if (!at || Number.isNaN(at.getTime())) return "";
  return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

/** Whoever types an address means its user; null if nobody has it. */
async function userOf(text) {
  if (!text.includes("@")) return text;
  const { users } = await get("/admin/list-users", { filterField: "email", filterOperator: "eq", filterValue: text.toLowerCase(), limit: 1 });
  return users[0]?.id ?? null;
}

async function load() {
  const answer = await get("/admin/audit", { ...filters(), limit: 50, before: next });
  await people(answer.entries, known);
  ({ next } = answer);
  const lines = byId("lines");
  const first = lines.rows.length;
  lines.append(...answer.entries.flatMap(line));
  byId("table").hidden = !lines.rows.length;
  byId("none").hidden = lines.rows.length > 0;
  byId("older").hidden = !next;
  return lines.rows[first];
}

function line(entry) {
  const id = `line-${entry.id}`;
  const label = t("details_of", { what: called(entry.action), when: precisely(entry.at) });
  const unfold = el("button", { type: "button", class: "small", "aria-expanded": "false", "aria-controls": id, "aria-label": label }, t("details"));
  const more = el("tr", { id, class: "unfolded", hidden: true }, el("td", { colspan: 6 }, details(entry)));
  unfold.addEventListener("click", () => {
    more.hidden = !more.hidden;
    unfold.setAttribute("aria-expanded", String(!more.hidden));
  });
  // Who acts on their own account is named once.
  const isOwn = entry.actor.type === "user" && entry.actor.id === entry.userId && !entry.impersonatedBy;
  const cell = (name, content) => el("td", { "data-label": t(name), class: content ? null : "empty" }, content ?? "–");
  return [el("tr", {},
    cell("when", el("time", { datetime: entry.at, title: ago(entry.at) }, precisely(entry.at))),
    cell("what", what(entry)),
    cell("who", clamped(who(entry, known))),
    cell("about", entry.userId && !isOwn ? clamped(person(entry.userId, known)) : null),
    cell("where", entry.ipAddress ? el("code", {}, entry.ipAddress) : null),
    el("td", {}, unfold)), more];
}

/** Names are as long as people like. */
const clamped = (name) => el("span", { class: "clamped two", title: name.textContent }, name);

/** All that is known of a line. */
function details(entry) {
  const said = Object.entries(entry.details ?? {}).map(([name, value]) => [el("code", {}, name), typeof value === "string" ? value : JSON.stringify(value)]);
  const request = entry.requestId && el("a", { href: `?requestId=${encodeURIComponent(entry.requestId)}` }, entry.requestId);
  const all = [
    [t("action"), el("code", {}, entry.action)],
    [t("outcome"), t(entry.outcome)],
    [t("reason"), entry.reason && el("code", {}, entry.reason)],
    [t("route"), entry.route && el("code", {}, entry.route)],
    [t("request"), request],
    [t("session"), entry.sessionId && el("code", {}, entry.sessionId)],
    [t("actor_id"), entry.actor.id && el("code", {}, entry.actor.id)],
    [t("user_id"), entry.userId && el("code", {}, entry.userId)],
    [t("device"), entry.userAgent && el("span", { title: entry.userAgent }, deviceName(entry.userAgent))],
    [el("code", {}, "userAgent"), entry.userAgent],
    ...said,
  ];
  return el("dl", { class: "pairs" }, all.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

form("filters", async (values) => {
  const query = new URLSearchParams();
  const userId = await userOf(values.userId.trim());
  if (userId === null) {
    mark(byId("userId"), t("no_such_user"));
    byId("userId").focus();
    return;
  }
  const typed = { ...values, userId, ipAddress: values.ipAddress.trim() };
  for (const name of ["since", "until"]) typed[name] = values[name] && new Date(values[name]).toISOString();
  for (const one of typed.action.split(",")) if (one) query.append("action", one);
  for (const name of FIELDS.slice(1)) if (typed[name]) query.append(name, typed[name]);
  for (const name of ALSO) if (asked.get(name)) query.append(name, asked.get(name));
  location.assign(query.size ? `?${query}` : location.pathname);
});

on(byId("older"), async () => {
  const first = await load();
  first?.querySelector("button")?.focus();
  announce(t("more_shown"));
}, byId("fault"));

for (const hint of document.querySelectorAll("[data-zone]")) hint.textContent = t("your_zone", { zone: zone.replaceAll("_", " ") });
fill();
try {
  await load();
} catch (error) {
  complain(byId("fault"), error);
} finally {
  byId("trail").setAttribute("aria-busy", "false");
}
