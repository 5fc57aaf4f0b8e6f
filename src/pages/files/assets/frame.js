// What every page has: signing out, and the end of an impersonation.
import { page, post } from "./api.js";
import { byId, on } from "./ui.js";

on(byId("sign-out"), async () => {
  await post("/sign-out");
  location.assign(page.links.home ?? page.links.sign_in ?? "/");
});

on(byId("stop-impersonating"), async () => {
  await post("/admin/stop-impersonating");
  location.assign(page.links.admin ? `${page.links.admin}/users` : "/");
});
