// Where one is signed in.
import { get, page, post } from "./api.js";
import { announce, ask, byId, deviceName, el, notify, on, sentence, signInAgain, t, time, wasUsed } from "./ui.js";
import { device } from "./device.js";
import { action, icon, list, row } from "./account_list.js";
import { showActivity } from "./account_activity.js";

const section = byId("sessions");
const notice = byId("sessions-notice");
const others = byId("revoke-others");
const place = section.querySelector("[data-list]");
/** Which session this is. A new password opens another one. */
let current = section.dataset.session;

/** How many are shown to whoever has not asked for all. */
const FEW = 6;

const show = list("sessions", {
  empty: t("sessions_empty"),
  few: FEW,
  load: async () => {
    const sessions = await get("/list-sessions");
    sessions.sort((one, other) => (other.id === current) - (one.id === current) || Date.parse(other.updatedAt) - Date.parse(one.updatedAt));
    others.hidden = sessions.every(({ id }) => id === current);
    return sessions.map(sessionRow);
  },
});

/**
 * Lists the sessions anew. The button that asked for it is gone: the focus goes to the one in its place, which is that of the
 * next session, or to the heading.
 */
async function showHere(at = -1) {
  await show();
  const buttons = [...place.querySelectorAll(".row-actions button")];
  (buttons[at] ?? buttons.at(at < 0 ? buttons.length : -1) ?? section.querySelector("h2")).focus();
  showActivity();
}

/** Lists the sessions anew, after another one has taken the place of this. */
export async function showSessions() {
  current = (await get("/get-session"))?.session.id;
  if ("fresh" in section.dataset) await show();
}

function sessionRow({ id, token, userAgent, ipAddress, createdAt, updatedAt }) {
  const name = deviceName(userAgent);
  const isThis = id === current;
  const since = el("span", {}, sentence("session_since", { when: time(createdAt) }));
  const isUsed = !isThis && wasUsed(createdAt, updatedAt);
  const used = isUsed ? el("span", {}, sentence("session_used", { when: time(updatedAt) })) : null;
  const title = isThis ? [name, " ", el("span", { class: "badge good" }, t("session_this"))] : name;
  const details = [ipAddress || null, used ? [since, " · ", used] : since];
  const revoke = async () => {
    await post("/revoke-session", { token });
    announce(t("session_revoked", { device: name }));
    await showHere([...place.querySelectorAll(".row-actions button")].indexOf(button));
  };
  const button = isThis ? null : action(t("session_revoke"), name, revoke, notice);
  return row(icon(device(userAgent).kind), title, details, button ? [button] : []);
}

on(others, async () => {
  notify(notice, null);
  const done = await ask({
    title: t("revoke_others"),
    text: t("revoke_others_text"),
    yes: t("revoke_others_yes"),
    danger: true,
    act: () => post("/revoke-other-sessions"),
  });
  if (!done) return;
  announce(t("revoked_others"));
  await showHere();
}, notice);

on(byId("revoke-all"), async () => {
  const done = await ask({
    title: t("revoke_all"),
    text: t("revoke_all_text"),
    yes: t("revoke_all_yes"),
    danger: true,
    act: () => post("/revoke-sessions"),
  });
  if (done) location.assign(page.links.sign_in ?? page.links.home ?? "/");
}, notice);

if ("fresh" in section.dataset) {
  show();
} else {
  place.setAttribute("aria-busy", "false");
  place.replaceChildren(el("div", { class: "failed" }, el("p", { class: "notice" }, t("sessions_stale")), signInAgain()));
}
