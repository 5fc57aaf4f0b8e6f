// Asks for the mail that leads to a new password. Whether anybody has the address is not told.
import { page, post } from "./api.js";
import { byId, form, leftOver, swap, t } from "./ui.js";

const known = leftOver("address");
if (known && byId("email") && !byId("email").value) byId("email").value = known;

form("forgot-password", async ({ email }) => {
  await post("/request-password-reset", { email: email.trim(), redirectTo: page.links.reset_password });
  swap("asks", "sent", t("sent", { email: email.trim() }));
});
