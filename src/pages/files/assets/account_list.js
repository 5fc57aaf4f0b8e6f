// Lists that come from the API: what stands there while one is on its way, when there is nothing in it, and when it does not come.
import { complain, el, notify, number, on, t } from "./ui.js";

/**
 * The list that the template has under this name. `load()` gives its rows, elements, and `empty` is said of none. More than
 * `few` are shown to whoever asks for all of them.
 * Gives a function that loads it anew; what is there stays until then.
 */
export function list(name, { load, empty, few = Infinity }) {
  const place = document.querySelector(`[data-list=${name}]`);
  if (!place) return async () => {};
  let most = few;
  const fill = (rows) => {
    const shown = el("ul", { class: "rows" }, rows.slice(0, most));
    if (rows.length <= most) return place.replaceChildren(shown);
    const all = el("button", { type: "button", class: "small" }, t("show_all", { count: number(rows.length) }));
    all.addEventListener("click", () => {
      most = Infinity;
      fill(rows);
      rows[few].querySelector("button")?.focus();
    });
    place.replaceChildren(shown, all);
  };
  const show = async () => {
    place.setAttribute("aria-busy", "true");
    try {
      const rows = await load();
      if (rows.length) fill(rows);
      else place.replaceChildren(el("p", { class: "muted" }, empty));
    } catch (error) {
      place.replaceChildren(failed(error, show));
    } finally {
      place.setAttribute("aria-busy", "false");
    }
  };
  return show;
}

/** What stands in the place of what did not come. */
export function failed(error, again) {
  const notice = el("p", { class: "notice", role: "alert" });
  complain(notice, error);
  const button = el("button", { type: "button", class: "small" }, t("try_again"));
  on(button, again);
  return el("div", { class: "failed" }, notice, button);
}

/** A row: a picture, what it is, what more there is to say of it, and what can be done about it. */
export function row(icon, title, details, actions = []) {
  return el("li", {},
    icon,
    el("div", { class: "what" }, el("p", { class: "what-title" }, title), details.filter(Boolean).map((line) => el("p", { class: "muted" }, line))),
    actions.length ? el("div", { class: "row-actions" }, actions) : null);
}

/** One of the pictures that the template has. */
export const icon = (name) => document.getElementById(`icon-${name}`).content.firstElementChild.cloneNode(true);

/** A button in a row. What it refuses is said in the notice of its section. */
export function action(text, about, act, notice) {
  const button = el("button", { type: "button", class: "small", "aria-label": `${text}: ${about}` }, text);
  on(button, async () => {
    notify(notice, null);
    await act();
  }, notice);
  return button;
}
