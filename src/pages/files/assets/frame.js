// What every page has: signing out, the end of an impersonation, passwords that can be shown.
import { get, page, post } from "./api.js";
import { announce, byId, leave, leftOver, on, t } from "./ui.js";

on(byId("sign-out"), async () => {
  await post("/sign-out");
  leave(t("signed_out"));
  location.assign(page.links.home ?? page.links.sign_in ?? "/");
});

on(byId("stop-impersonating"), async () => {
  await post("/admin/stop-impersonating");
  location.assign(page.links.admin ? `${page.links.admin}/users/${encodeURIComponent(page.user.id)}` : "/");
});

// The start page has no script of its own; the other ones know where they say it best.
const left = page.page === "home" && leftOver();
if (left) announce(left);

// On a phone the pages for admins are in one row, which may begin before the one that is shown.
const shown = document.querySelector(".side [aria-current]");
if (shown) shown.parentElement.scrollLeft = shown.offsetLeft - (shown.parentElement.clientWidth - shown.offsetWidth) / 2;

for (const button of document.querySelectorAll("[data-reveals]")) {
  const field = byId(button.dataset.reveals);
  const show = (is) => {
    field.type = is ? "text" : "password";
    button.setAttribute("aria-pressed", String(is));
  };
  button.addEventListener("click", () => show(field.type === "password"));
  // What is sent, and what browsers keep, is a password again.
  field.form?.addEventListener("submit", () => show(false));
}

/**
 * Meanwhile, in another tab, somebody may have signed out, or in as somebody else. This page is nobody else's to see, and what is
 * done on it would be done to another account.
 */
async function isStillTheirs() {
  if (!page.user || document.hidden) return;
  try {
    const live = await get("/get-session", { disableCookieCache: true });
    if (live?.user.id !== page.user.id) location.reload();
  } catch {
    // Whether the server can be reached is told by the next act.
  }
}

document.addEventListener("visibilitychange", isStillTheirs);
addEventListener("pageshow", ({ persisted }) => persisted && isStillTheirs());
