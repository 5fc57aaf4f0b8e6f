// What the pages of users have in common: roles, states, initials, new passwords.
import { page } from "./api.js";
import { ask, byId, copier, el, initialsOf, mark, t } from "./ui.js";

/** Where a user's page is. */
export const addressOf = (id) => `${page.links.admin}/users/${encodeURIComponent(id)}`;

/** What to call a user: not everybody has a name. */
export const nameOf = (user) => user.name.trim() || user.email;

export const rolesOf = (user) => (user.role ?? "").split(",").map((role) => role.trim()).filter(Boolean);

/** Whether a ban holds now. One that has run out is cleared when its user signs in. */
export const isBanned = (user) => Boolean(user.banned) && !(user.banExpires && new Date(user.banExpires) < new Date());

export function roleBadges(user) {
  const roles = rolesOf(user);
  if (!roles.length) return el("span", { class: "muted" }, t("no_role"));
  return el("span", { class: "badges" }, roles.map((role) => el("span", { class: "badge" }, role)));
}

export const stateBadge = (user) =>
  isBanned(user) ? el("span", { class: "badge bad" }, t("banned")) : el("span", { class: "badge good" }, t("active"));

/**
 * What a user's name begins with, in the place of a picture: the picture lies wherever the user says, and who keeps it there
 * would learn when which admin looks.
 */
export const initials = (user) => initialsOf(nameOf(user));

/** Fields to choose roles with. `chosenRoles` reads them. */
export function roleFields(chosen = [], hint = null) {
  const { known, takesOthers } = byId("roles").dataset;
  const all = known.split(",").filter(Boolean);
  const others = chosen.filter((role) => !all.includes(role));
  // A role that there is no more can be taken away.
  const offered = takesOthers === undefined ? [...all, ...others] : all;
  const choices = offered.map((role, index) => el("div", { class: "field-row" },
    el("input", { type: "checkbox", id: `role-${index}`, name: "role", value: role, checked: chosen.includes(role) }),
    el("label", { for: `role-${index}` }, role)));
  const free = takesOthers === undefined ? null : el("div", { class: "field" },
    el("label", { for: "other-roles" }, t("other_roles")),
    el("input", { id: "other-roles", name: "others", value: others.join(", "), autocomplete: "off", spellcheck: "false", "aria-describedby": "other-roles-hint" }),
    el("p", { class: "hint", id: "other-roles-hint" }, t("other_roles_hint")));
  return el("fieldset", { class: "choices" },
    el("legend", {}, t("choose_roles")),
    choices, free, hint ? el("p", { class: "hint" }, hint) : null);
}

export function chosenRoles(form) {
  const given = new FormData(form);
  const others = (given.get("others") ?? "").split(",").map((role) => role.trim()).filter(Boolean);
  return [...new Set([...given.getAll("role"), ...others])];
}

/** Fields for a password: one that is made here, one of the admin's own or, where `none` is offered, none. */
export function passwordFields({ none = false } = {}) {
  const { min_password_length: least, max_password_length: most } = page.features;
  const how = el("select", { id: "password-how", name: "how", "aria-describedby": "password-hint" },
    el("option", { value: "generated" }, t("password_generated")),
    el("option", { value: "chosen" }, t("password_chosen")),
    none ? el("option", { value: "none" }, t("password_none")) : null);
  const input = el("input", { id: "new-password", name: "password", type: "password", autocomplete: "new-password", required: true, minlength: least, maxlength: most, disabled: true, "aria-describedby": "new-password-hint" });
  const typed = el("div", { class: "field", hidden: true },
    el("label", { for: "new-password" }, t("new_password")),
    input,
    el("p", { class: "hint", id: "new-password-hint" }, t("password_length", { least })));
  const hint = el("p", { class: "hint", id: "password-hint", hidden: true }, t("password_none_hint"));
  how.addEventListener("change", () => {
    typed.hidden = how.value !== "chosen";
    input.disabled = typed.hidden;
    mark(input, null);
    hint.hidden = how.value !== "none";
    if (!typed.hidden) input.focus();
  });
  return el("div", { class: "stack" },
    el("div", { class: "field" }, el("label", { for: "password-how" }, t("password_how")), how, hint),
    typed);
}

/** What `passwordFields` stand for: the password, or none. */
export function chosenPassword({ how, password }) {
  if (how === "generated") return generated();
  return how === "chosen" ? password : undefined;
}

/** Letters and digits that are not taken for each other. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** Twenty of 32 letters: 100 bits. */
function generated() {
  const letters = Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => LETTERS[byte % LETTERS.length]);
  return letters.join("").match(/.{5}/g).join("-");
}

/** Shows a password that was made here, once. */
export function showOnce(title, password) {
  const shown = el("p", { class: "secret" }, el("code", {}, password), copier(password));
  return ask({ title, text: t("shown_once"), yes: t("done"), no: false, fields: [shown] });
}
