// One user: what an admin sees of them, and does to them.
import { get, page, post } from "./api.js";
import { changedFields, fillFields } from "./fields.js";
import { announce, ask, byId, complain, copier, el, exactly, form, notify, on, t, time } from "./ui.js";
import { showActivity } from "./user_activity.js";
import { sessionsOf } from "./user_sessions.js";
import { chosenPassword, chosenRoles, initials, isBanned, nameOf, passwordFields, roleFields, rolesOf, showOnce, stateBadge } from "./user_parts.js";

const { id } = byId("person").dataset;
const isOwn = id === page.user.id;
const title = document.title;
/** As the server has it; what is done to it comes back from there. */
let user;

const HOUR = 3600;
const SPANS = [["", "ban_forever"], [HOUR, "ban_hour"], [24 * HOUR, "ban_day"], [7 * 24 * HOUR, "ban_week"], [30 * 24 * HOUR, "ban_month"]];

/** Shows the user as it is now. */
function show(now) {
  user = now;
  const name = nameOf(user);
  document.title = title.replace(/^[^·]*/, `${name} `);
  byId("initials").textContent = initials(user);
  byId("name").textContent = name;
  byId("email").textContent = user.email;
  byId("badges").replaceChildren(
    stateBadge(user),
    user.emailVerified ? el("span", { class: "badge good" }, t("verified")) : el("span", { class: "badge warn" }, t("unverified")),
    ...rolesOf(user).map((role) => el("span", { class: "badge" }, role)),
    isOwn ? el("span", { class: "badge" }, t("is_you")) : "");
  byId("facts").replaceChildren(
    ...fact("id", el("span", { class: "fact" }, el("code", {}, user.id), copier(user.id))),
    ...fact("created", exactly(user.createdAt)),
    ...fact("updated", time(user.updatedAt)));
  showBan();
}

/** Fills the form of the details. What was typed into it stays until then, whatever else is done meanwhile. */
function fillDetails() {
  const form = byId("details");
  const fields = form.elements;
  fields.name.value = user.name;
  fields.email.value = user.email;
  fields.emailVerified.checked = user.emailVerified;
  fillFields(form, user);
}

/** As `fillDetails`, the form of the roles. */
const fillRoles = () => byId("role-fields").replaceChildren(roleFields(rolesOf(user)));

const fact = (name, value) => [el("dt", {}, t(name)), el("dd", {}, value)];

function showBan() {
  const banned = isBanned(user);
  byId("ban-row").hidden = Boolean(user.banned);
  byId("unban-row").hidden = !user.banned;
  byId("impersonate-row").hidden = banned;
  const notice = byId("ban-notice");
  notice.hidden = !user.banned;
  if (!user.banned) return;
  const until = user.banExpires && exactly(user.banExpires);
  const said = [t(!until ? "banned_now" : banned ? "banned_until" : "banned_over", { until })];
  if (user.banReason) said.push(t("banned_because", { reason: user.banReason }));
  notice.textContent = said.join(" ");
}

/** What is this admin's own is not changed here. */
function fence() {
  if (!isOwn) return;
  byId("own").hidden = false;
  byId("acts").hidden = true;
  byId("roles-card").hidden = true;
}

const sessions = sessionsOf({ id, isOwn, name: () => nameOf(user), changed: () => showActivity(user) });

form("details", async ({ name, email, emailVerified }, element) => {
  const now = { name, email, emailVerified: emailVerified === "on" };
  const core = Object.fromEntries(Object.entries(now).filter(([field, value]) => value !== user[field]));
  const data = { ...changedFields(element), ...core };
  if (Object.keys(data).length) {
    show(await post("/admin/update-user", { userId: id, data }));
    fillDetails();
    showActivity(user);
  }
  announce(Object.keys(data).length ? t("saved") : page.t.errors.NO_DATA_TO_UPDATE);
});

form("set-role", async (_, element) => {
  show((await post("/admin/set-role", { userId: id, role: chosenRoles(element) })).user);
  fillRoles();
  announce(t("saved"));
  showActivity(user);
});

on(byId("impersonate"), async () => {
  const name = nameOf(user);
  await ask({
    title: t("impersonate_title", { name }),
    text: t("impersonate_warning", { name }),
    yes: t("impersonate_yes"),
    act: async () => {
      await post("/admin/impersonate-user", { userId: id });
      location.assign(page.links.account ?? page.links.home ?? "/");
    },
  });
});

on(byId("set-password"), async () => {
  let password;
  const values = await ask({
    title: t("set_password_title", { name: nameOf(user) }),
    yes: t("set_password_yes"),
    fields: [passwordFields(), { name: "ends", label: t("end_sessions_too"), type: "checkbox", checked: true }],
    act: async (given) => {
      password = chosenPassword(given);
      await post("/admin/set-user-password", { userId: id, newPassword: password });
      if (given.ends) await post("/admin/revoke-user-sessions", { userId: id });
    },
  });
  if (!values) return;
  if (values.how === "generated") await showOnce(t("password_set"), password);
  announce(t("password_set"));
  refresh();
});

on(byId("ban"), async () => {
  const name = nameOf(user);
  const banned = await ask({
    title: t("ban_title", { name }),
    text: t("ban_text"),
    yes: t("ban_yes"),
    danger: true,
    fields: [
      { name: "reason", label: t("ban_reason"), hint: t("ban_reason_hint"), maxlength: 500, autocomplete: "off" },
      { name: "seconds", label: t("ban_for"), options: SPANS.map(([seconds, text]) => [String(seconds), t(text)]) },
    ],
    act: async ({ reason, seconds }) => {
      const span = seconds ? { banExpiresIn: Number(seconds) } : {};
      let { user: now } = await post("/admin/ban-user", { userId: id, banReason: reason, ...span });
      // The server may have a span for bans that name none.
      if (!seconds && now.banExpires) now = await post("/admin/update-user", { userId: id, data: { banExpires: null } });
      show(now);
    },
  });
  if (!banned) return;
  announce(t("ban_done", { name }));
  byId("unban").focus();
  refresh();
});

on(byId("unban"), async () => {
  show((await post("/admin/unban-user", { userId: id })).user);
  announce(t("unban_done"));
  byId("ban").focus();
  refresh();
}, byId("notice"));

on(byId("remove"), async () => {
  const { email } = user;
  const name = nameOf(user);
  const removed = await ask({
    title: t("remove_title", { name }),
    text: t("remove_warning", { email }),
    yes: t("remove_yes"),
    danger: true,
    fields: [{
      name: "email",
      label: t("remove_field"),
      required: true,
      autocomplete: "off",
      spellcheck: "false",
      "data-invalid": t("remove_mismatch"),
      oninput: ({ target }) => target.setCustomValidity(target.value.trim().toLowerCase() === email ? "" : t("remove_mismatch")),
    }],
    act: () => post("/admin/remove-user", { userId: id }),
  });
  if (!removed) return;
  byId("all").hidden = true;
  byId("badges").replaceChildren();
  notify(byId("notice"), t("removed", { name }), "good");
  byId("up").focus();
});

/** What another act has changed. */
function refresh() {
  sessions.load();
  showActivity(user);
}

async function load() {
  try {
    show(await get("/admin/get-user", { id }));
    fillDetails();
    fillRoles();
    fence();
    byId("all").hidden = false;
    refresh();
  } catch (error) {
    byId("email").textContent = "";
    complain(byId("notice"), error);
  }
}

const whole = byId("activity-all");
if (whole) whole.href += `?${new URLSearchParams({ userId: id })}`;
load();
