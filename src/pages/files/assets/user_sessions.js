// The sessions of a user, as an admin sees and ends them.
import { get, post } from "./api.js";
import { announce, ask, byId, complain, el, notify, t, time } from "./ui.js";
import { addressOf } from "./user_parts.js";

/** Their card on a user's page; `load` shows them as they are now. */
export function sessionsOf({ id, isOwn, name }) {
  const [list, notice, endAll] = ["sessions", "sessions-notice", "end-all"].map(byId);
  /** The session that looks at this page, where it is one of them. */
  let own = null;

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
    list.replaceChildren(...sessions.map(row));
    if (!sessions.length) list.append(el("li", { class: "muted" }, t("no_sessions")));
    // One's own are ended on the account page, where the one in use stays.
    endAll.hidden = isOwn || !sessions.length;
  }

  function row(session) {
    const isThis = session.id === own;
    const by = session.impersonatedBy;
    const end = el("button", { type: "button", class: "small", onclick: () => revoke(session) }, t("end"));
    return el("li", {},
      el("div", { class: "session" },
        el("p", { class: "session-device" }, session.userAgent || t("unknown_device"), " ",
          isThis ? el("span", { class: "badge good" }, t("this_session")) : null,
          by ? el("a", { href: addressOf(by), class: "badge warn" }, t("impersonation")) : null),
        el("p", { class: "muted" },
          session.ipAddress ? `${session.ipAddress} · ` : "", t("signed_in"), " ", time(session.createdAt), " · ", t("last_seen"), " ", time(session.updatedAt))),
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
    announce(t("session_ended"));
    await load();
    byId("sessions-title").focus();
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
  });

  return { load };
}
