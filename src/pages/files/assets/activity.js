// What has happened, as people read it: lines of the audit trail.
import { get, page } from "./api.js";
import { el, t } from "./ui.js";

/** What an action is called. One that is newer than these pages is called as the trail calls it. */
export const called = (action) => page.t.activity?.[action] ?? action;

/** What happened, and why nothing came of it where it was refused. */
export function what(entry) {
  const failed = entry.outcome === "failure";
  return el("span", { class: "happened" },
    el("span", { class: "what" }, called(entry.action), failed ? el("span", { class: "badge bad" }, t("refused")) : null),
    failed && entry.reason && entry.reason !== "other" ? el("span", { class: "hint" }, page.t.errors[entry.reason] ?? entry.reason) : null);
}

/** The users of some lines by their ids, as far as they are still there. */
export async function people(entries, known = new Map()) {
  const wanted = new Set();
  for (const { actor, userId, impersonatedBy } of entries) {
    for (const id of [userId, impersonatedBy, actor.type === "user" ? actor.id : null]) {
      if (id && !known.has(id)) wanted.add(id);
    }
  }
  const ids = [...wanted];
  while (ids.length) {
    const some = ids.splice(0, 100);
    const { users } = await get("/admin/list-users", { filterField: "id", filterOperator: "in", filterValue: JSON.stringify(some), limit: 100 });
    for (const user of users) known.set(user.id, user);
  }
  return known;
}

/** A user: the name, with a link to what admins see of it. */
export function person(id, known) {
  const user = known.get(id);
  return el("a", { href: `${page.links.admin}/users/${encodeURIComponent(id)}`, title: user?.email ?? id }, user?.name || user?.email || id);
}

/** Who did something. */
export function who({ actor, impersonatedBy }, known) {
  if (actor.type !== "user") return el("span", {}, t(`by_${actor.type}`), actor.id ? [" ", el("code", {}, actor.id)] : null);
  if (!impersonatedBy || impersonatedBy === actor.id) return el("span", {}, person(actor.id, known));
  return el("span", {}, person(impersonatedBy, known), ` ${t("as")} `, person(actor.id, known));
}
