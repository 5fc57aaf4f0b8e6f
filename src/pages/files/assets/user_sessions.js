// The sessions of a user, as an admin sees and ends them.
import { get, post } from "./api.js";
import { announce, ask, byId, complain, deviceName, el, notify, number, sentence, t, time, wasUsed } from "./ui.js";
import { addressOf } from "./user_parts.js";

/** How many are shown to whoever has not asked for all. */
const FEW = 6;

/** Their card on a user's page; `load` shows them as they are now, and `changed` is told when some have been ended. */
export function sessionsOf({ id, isOwn, name, changed }) {
  const [list, notice, endAll] = ["sessions", "sessions-notice", "end-all"].map(byId);
  /** The session that looks at this page, where it is one of them. */
  let own = null;
  let most = FEW;

  async function load() {
    try {
      own = isOwn ? (await get("/get-session"))?.session.id : null;
      const { sessions } = await post("/admin/list-user-sessions", { userId: id });
      show(sessions.sort((one, other) => other.updatedAt.localeCompare(one.updatedAt)));
      notify(notice, null);
    } catch (error) {
      complain(notice, error);
    }
  }

  function show(sessions) {
    list.replaceChildren(...sessions.slice(0, most).map(row));
    if (!sessions.length) list.append(el("li", { class: "muted" }, t("no_sessions")));
    if (sessions.length > most) {
      const all = el("button", { type: "button", class: "small" }, t("all_sessions", { count: number(sessions.length) }));
      all.addEventListener("click", () => {
        most = Infinity;
        show(sessions);
        list.children[FEW].querySelector("button")?.focus();
      });
      list.append(el("li", {}, all));
    }
    // One's own are ended on the account page, where the one in use stays.
    endAll.hidden = isOwn || !sessions.length;
  }

  function row(session) {
    const { createdAt, updatedAt, ipAddress, userAgent, impersonatedBy } = session;
    const isThis = session.id === own;
    const device = deviceName(userAgent);
    const isUsed = !isThis && wasUsed(createdAt, updatedAt);
    const end = el("button", { type: "button", class: "small", "aria-label": `${t("end")}: ${device}`, onclick: () => revoke(session) }, t("end"));
    return el("li", { dataset: { id: session.id } },
      el("div", { class: "session" },
        el("p", { class: "session-device", title: userAgent }, device, " ",
          isThis ? el("span", { class: "badge good" }, t("this_session")) : null,
          impersonatedBy ? el("a", { href: addressOf(impersonatedBy), class: "badge warn" }, t("impersonation")) : null),
        el("p", { class: "muted" },
          ipAddress ? `${ipAddress} · ` : "",
          sentence("signed_in", { when: time(createdAt) }),
          isUsed ? [" · ", sentence("last_seen", { when: time(updatedAt) })].flat() : null)),
      isThis ? null : end);
  }

  async function revoke(session) {
    const ended = await ask({
      title: t("end_session"),
      text: t("end_session_text"),
      yes: t("end"),
      danger: true,
      act: () => post("/admin/revoke-user-session", { sessionToken: session.token }),
    });
    if (!ended) return;
    const at = [...list.children].findIndex((line) => line.dataset.id === session.id);
    announce(t("session_ended"));
    await load();
    // The button is gone: the next one stands in its place.
    (list.children[at]?.querySelector("button") ?? byId("sessions-title")).focus();
    changed();
  }

  endAll.addEventListener("click", async () => {
    const ended = await ask({
      title: t("end_all_title"),
      text: t("end_all_text", { name: name() }),
      yes: t("end_all"),
      danger: true,
      act: () => post("/admin/revoke-user-sessions", { userId: id }),
    });
    if (!ended) return;
    announce(t("all_ended"));
    await load();
    byId("sessions-title").focus();
    changed();
  });

  return { load };
}
