// What has happened to this account of late.
import { called } from "./activity.js";
import { get } from "./api.js";
import { byId, deviceName, el, on, t, time } from "./ui.js";
import { failed, row } from "./account_list.js";
import { providerName } from "./account_linked.js";

const place = byId("activity")?.querySelector("[data-list]");
const AT_ONCE = 10;

/** What is a failure by its own name needs no word more. */
const FAILURES = new Set(["sign-in.failed", "password.refused"]);

/** The devices of sessions that have been opened here, by the sessions' ids. */
const devices = new Map();

function entryRow(entry) {
  const { action, outcome, at, ipAddress, userAgent, byAdmin } = entry;
  const from = [userAgent ? deviceName(userAgent) : null, ipAddress || null].filter(Boolean).join(" · ");
  const isBad = outcome === "failure";
  const { text, saysWhom } = said(entry);
  const badges = [
    byAdmin && !saysWhom && ["warn", "activity_by_admin"],
    isBad && !FAILURES.has(action) && ["bad", "activity_refused"],
  ];
  const shown = badges.filter(Boolean).flatMap(([kind, name]) => [" ", el("span", { class: `badge ${kind}` }, t(name))]);
  const line = row(mark(isBad, byAdmin), [text, ...shown], [from]);
  line.dataset.activity = action;
  line.append(el("div", { class: "when muted" }, time(at)));
  return line;
}

/** An act in words: in those for what is special about it to its own user, where there are any. */
function said({ action, byAdmin, sessionId, userAgent, details }) {
  const device = devices.get(sessionId);
  const { providerId = "", after } = details ?? {};
  const values = { device, provider: providerName(providerId), role: String(after ?? "") };
  const name = `activity_${action.replaceAll(/[.-]/g, "_")}`;
  const special = [
    byAdmin && "_by_admin",
    action === "account.linked" && providerId === "credential" && "_password",
    action === "session.revoked" && device !== undefined && device !== deviceName(userAgent) && "_elsewhere",
    "",
  ];
  const ending = special.find((one) => one !== false && t(name + one) !== name + one);
  // What was refused does not always say at which provider.
  const isOfNobody = action.startsWith("account.") && !providerId;
  const text = ending === undefined || isOfNobody ? called(action) : t(name + ending, values);
  return { text, saysWhom: ending === "_by_admin" || action.startsWith("impersonation.") };
}

function mark(isBad, byAdmin) {
  return el("span", { class: `dot ${isBad ? "bad" : byAdmin ? "warn" : "good"}`, "aria-hidden": "true" });
}

const lines = el("ul", { class: "rows" });
const more = el("button", { type: "button", class: "small" }, t("activity_more"));
let next = null;

function remember(entries) {
  for (const { action, sessionId, userAgent } of entries) {
    if (action === "session.created" && sessionId) devices.set(sessionId, deviceName(userAgent));
  }
}

async function load() {
  place.setAttribute("aria-busy", "true");
  try {
    const found = await get("/list-activity", { limit: AT_ONCE, before: next });
    next = found.next;
    remember(found.entries);
    lines.append(...found.entries.map(entryRow));
    more.hidden = !next;
    place.replaceChildren(...(lines.children.length ? [lines, more] : [el("p", { class: "muted" }, t("activity_empty"))]));
    return found.entries.length;
  } catch (error) {
    place.replaceChildren(lines, failed(error, load));
    return 0;
  } finally {
    place.setAttribute("aria-busy", "false");
  }
}

/** Shows what has just been done here too: the newest lines anew. */
export async function showActivity() {
  if (!place) return;
  try {
    const found = await get("/list-activity", { limit: AT_ONCE });
    remember(found.entries);
    next = found.next;
    lines.replaceChildren(...found.entries.map(entryRow));
    more.hidden = !next;
    if (lines.children.length) place.replaceChildren(lines, more);
  } catch {
    // The act is done, and the list as it was is still right as far as it goes.
  }
}

if (place) {
  on(more, async () => {
    const count = lines.children.length;
    if (!(await load())) return;
    // Whoever goes by keyboard goes on at the first that is new.
    const first = lines.children[count];
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
  });
  load();
}
