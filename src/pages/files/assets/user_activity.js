// The newest lines of the audit trail about a user.
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

function row({ at, action, outcome, ipAddress }) {
  return el("li", {},
    el("span", {}, el("code", {}, action), outcome === "failure" ? [" ", el("span", { class: "badge bad" }, t("failed"))] : null),
    el("span", { class: "muted" }, ipAddress ? `${ipAddress} · ` : "", time(at)));
}
