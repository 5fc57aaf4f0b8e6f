// The newest lines of the audit trail about a user.
import { people, what, who } from "./activity.js";
import { get } from "./api.js";
import { ago, byId, complain, el, notify, precisely, t } from "./ui.js";

const NEWEST = 8;

/** Who has done something, by id: asked for once. */
const known = new Map();

/** Since the user is there: whoever had the number of a row before is somebody else. */
export async function showActivity({ id, createdAt }) {
  const [list, notice] = ["activity", "activity-notice"].map(byId);
  if (!list) return;
  try {
    const { entries } = await get("/admin/audit", { userId: id, since: createdAt, limit: NEWEST });
    await people(entries, known);
    list.replaceChildren(...entries.map(row));
    if (!entries.length) list.append(el("li", { class: "muted" }, t("no_activity")));
    notify(notice, null);
  } catch (error) {
    complain(notice, error);
  }
}

function row(entry) {
  const { at, ipAddress } = entry;
  return el("li", {},
    el("span", { class: "happened" }, what(entry), el("span", { class: "hint" }, who(entry, known), ipAddress ? ` · ${ipAddress}` : null)),
    el("time", { datetime: at, title: precisely(at) }, ago(at)));
}
