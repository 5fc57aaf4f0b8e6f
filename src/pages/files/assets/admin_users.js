// The list of users: what is looked for, in which order, and which page of it, all in the page's address.
import { get, post } from "./api.js";
import { fieldsOf } from "./fields.js";
import { announce, ask, byId, complain, el, notify, number, on, t, time } from "./ui.js";
import { addressOf, chosenPassword, chosenRoles, isBanned, nameOf, passwordFields, roleBadges, roleFields, showOnce, stateBadge } from "./user_parts.js";

const PER_PAGE = 25;
/** From here on the server counts now and then only. */
const COUNTED = 10000;
/** How long somebody stops typing who has typed enough. */
const PAUSE = 250;
/** Each choice of the page, and what it is where the address does not say. */
const USUAL = { q: "", by: "email_contains", show: "", sort: "-createdAt", page: "1" };

const choices = ["q", "by", "show", "sort"].map(byId);
let wanted;
let asking = new AbortController();

/** Takes the choices from the page's address. */
function readAddress() {
  const given = new URLSearchParams(location.search);
  wanted = Object.fromEntries(Object.entries(USUAL).map(([name, usual]) => [name, given.get(name) ?? usual]));
  wanted.page = Math.max(1, parseInt(wanted.page, 10) || 1);
  offer(wanted.show);
  for (const field of choices) {
    field.value = wanted[field.id];
    // An address may say anything.
    if (field.selectedIndex === -1) field.value = wanted[field.id] = USUAL[field.id];
  }
}

/** A role that is none of the known ones is looked for all the same. */
function offer(show) {
  const role = show.startsWith("role:") && show.slice(5);
  const there = [...byId("show").options].some((option) => option.value === show);
  if (role && !there) byId("show").append(el("option", { value: show }, role));
}

function writeAddress(how) {
  const given = Object.entries(wanted).filter(([name, value]) => String(value) !== USUAL[name]);
  const query = new URLSearchParams(given).toString();
  history[how](null, "", query ? `?${query}` : location.pathname);
}

/** Shows something else. `replaces`: it is the same step for "back". */
function want(changes, replaces = false) {
  wanted = { ...wanted, page: 1, ...changes };
  writeAddress(replaces ? "replaceState" : "pushState");
  for (const field of choices) field.value = wanted[field.id];
  return load();
}

/** The request for what is wanted. */
function query() {
  const { q, by, show, sort } = wanted;
  const [field, operator] = [by.slice(0, by.indexOf("_")), by.slice(by.indexOf("_") + 1)];
  const text = q.trim();
  const search = text && { searchField: field, searchOperator: operator, searchValue: field === "email" ? text.toLowerCase() : text };
  const page = { limit: PER_PAGE, offset: (wanted.page - 1) * PER_PAGE };
  const order = { sortBy: sort.replace("-", ""), sortDirection: sort.startsWith("-") ? "desc" : "asc" };
  return { ...search, ...filter(show), ...order, ...page };
}

function filter(show) {
  if (show === "banned") return { filterField: "banned", filterOperator: "eq", filterValue: "true" };
  if (show === "unverified") return { filterField: "emailVerified", filterOperator: "eq", filterValue: "false" };
  // A user's roles are one text, with commas between them.
  if (show.startsWith("role:")) return { filterField: "role", filterOperator: "contains", filterValue: show.slice(5) };
  return {};
}

async function load() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const [notice, found] = [byId("notice"), byId("found")];
  found.setAttribute("aria-busy", "true");
  for (const button of document.querySelectorAll(".by-column")) markOrder(button);
  try {
    const { users, total } = await get("/admin/list-users", query(), signal);
    if (signal.aborted) return;
    notify(notice, null);
    // The last ones of a page may have gone.
    if (!users.length && total > 0 && wanted.page > 1) {
      await want({ page: Math.ceil(total / PER_PAGE) }, true);
      return;
    }
    show(users, total);
  } catch (error) {
    if (signal.aborted) return;
    complain(notice, error);
  }
  found.setAttribute("aria-busy", "false");
}

function show(users, total) {
  const isAll = !wanted.q.trim() && !wanted.show;
  byId("rows").replaceChildren(...users.map(row));
  byId("found").hidden = !users.length;
  byId("nobody").hidden = users.length > 0;
  byId("nobody-title").textContent = t(isAll ? "none" : "none_found");
  byId("nobody-text").textContent = t(isAll ? "none_text" : "none_found_text");
  byId("reset").hidden = isAll;
  const about = total > COUNTED;
  byId("count").textContent = t(total === 1 ? "count_one" : about ? "count_about" : "count", { count: number(total) });
  const first = (wanted.page - 1) * PER_PAGE;
  const last = first + users.length;
  const range = { first: number(first + 1), last: number(last), total: number(Math.max(total, last)) };
  byId("range").textContent = t(about ? "range_about" : "range", range);
  byId("pages").hidden = total <= PER_PAGE;
  byId("previous").disabled = wanted.page === 1;
  byId("next").disabled = users.length < PER_PAGE || last >= total;
}

function markOrder(button) {
  const is = wanted.sort.replace("-", "") === button.dataset.column;
  const order = !is ? "none" : wanted.sort.startsWith("-") ? "descending" : "ascending";
  button.closest("th").setAttribute("aria-sort", order);
}

function row(user) {
  return el("tr", {},
    el("td", { "data-label": t("name"), class: "users-name" }, el("a", { href: addressOf(user.id) }, el("span", { class: "clamped" }, nameOf(user)))),
    el("td", { "data-label": t("email"), class: "users-email" },
      el("span", {}, el("span", { class: "clamped" }, user.email), user.emailVerified ? null : [" ", el("span", { class: "badge" }, t("unverified"))])),
    el("td", { "data-label": t("roles"), class: "users-roles" }, roleBadges(user)),
    el("td", { "data-label": t("state"), class: "users-state" }, isBanned(user) ? stateBadge(user) : el("span", { class: "muted" }, t("active"))),
    el("td", { "data-label": t("created"), class: "users-created" }, time(user.createdAt)));
}

/** Another page of the same; who turns pages looks at the top of it. */
async function turn(by) {
  await want({ page: wanted.page + by });
  const count = byId("count");
  count.focus({ preventScroll: true });
  const notice = byId("notice");
  (notice.hidden ? count : notice).scrollIntoView({ block: notice.hidden ? "start" : "center" });
}

async function create() {
  let password;
  let made;
  const values = await ask({
    title: t("create"),
    yes: t("create"),
    fields: [
      { name: "name", label: t("name"), required: true, autocomplete: "off" },
      { name: "email", label: t("email"), type: "email", required: true, autocomplete: "off" },
      ...(byId("fields")?.content.cloneNode(true).children ?? []),
      passwordFields({ none: true }),
      roleFields([], t("default_role_hint")),
      { name: "verified", label: t("address_verified"), type: "checkbox" },
    ],
    act: async (given, form) => {
      password = chosenPassword(given);
      const roles = chosenRoles(form);
      const { name, email } = given;
      const data = { ...fieldsOf(form), ...(given.verified && { emailVerified: true }) };
      made = await post("/admin/create-user", { name, email, password, data, ...(roles.length && { role: roles }) });
    },
  });
  if (!values) return;
  const title = t("created_user", { name: nameOf(made.user) });
  if (values.how === "generated") await showOnce(title, password);
  announce(title);
  await load();
}

let typing;
byId("q").addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  // A word that is typed is one step for "back", not one for each letter.
  const replaces = wanted.q !== "";
  typing = setTimeout(() => want({ q: target.value }, replaces), PAUSE);
});
byId("find").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  want({ q: byId("q").value }, true);
});
for (const field of choices.slice(1)) field.addEventListener("change", () => want({ [field.id]: field.value, q: byId("q").value }));
for (const button of document.querySelectorAll(".by-column")) {
  const { column } = button.dataset;
  const first = column === "createdAt" ? `-${column}` : column;
  const other = column === "createdAt" ? column : `-${column}`;
  button.addEventListener("click", () => want({ sort: wanted.sort === first ? other : first }));
}
byId("previous").addEventListener("click", () => turn(-1));
byId("next").addEventListener("click", () => turn(1));
on(byId("reset"), async () => {
  await want({ q: "", show: "" });
  byId("q").focus();
});
on(byId("create"), create);
addEventListener("popstate", () => {
  readAddress();
  load();
});

readAddress();
load();
