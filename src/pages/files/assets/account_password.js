// The password: another one, or the first.
import { page, post } from "./api.js";
import { byId, form, notify, on, t } from "./ui.js";
import { showSessions } from "./account_sessions.js";
import { showActivity } from "./account_activity.js";

form("password-form", async ({ currentPassword, newPassword, elsewhere }, element) => {
  const revokeOtherSessions = elsewhere !== undefined;
  await post("/change-password", { currentPassword, newPassword, revokeOtherSessions });
  element.reset();
  notify(element.querySelector(".notice"), t(revokeOtherSessions ? "password_changed_elsewhere" : "password_changed"), "good");
  if (revokeOtherSessions) await showSessions();
  showActivity();
}, {
  PASSWORD_TOO_SHORT: "newPassword",
  PASSWORD_TOO_LONG: "newPassword",
  PASSWORD_TOO_WEAK: "newPassword",
});

const notice = byId("set-password-notice");
on(byId("set-password"), async () => {
  await post("/request-password-reset", { email: page.user.email, redirectTo: page.links.reset_password });
  notify(notice, t("set_password_sent", { email: page.user.email }), "good");
}, notice);
