// The newest lines of the audit trail about a user.
import { what } from "./activity.js";
import { get } from "./api.js";
import { byId, complain, el, notify, t, time } from "./ui.js";

const NEWEST = 8;

export async function showActivity(id) {
  const [list, notice] = ["activity", "activity-notice"].map(byId);
  if (!list) return;
  try {
    const { entries } = await get("/admin/audit", { userId: id, limit: NEWEST });
    list.replaceChildren(...entries.map(row));
    if (!entries.length) list.append(el("li", { class: "muted" }, t("no_activity")));
    notify(notice, null);
  } catch (error) {
    complain(notice, error);
  }
}

function row(entry) {
  return el("li", {}, what(entry), el("span", { class: "muted" }, entry.ipAddress ? `${entry.ipAddress} · ` : "", time(entry.at)));
}
