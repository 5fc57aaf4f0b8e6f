// The profile: the name, the user name, the address.
import { page, post } from "./api.js";
import { announce, byId, form, initialsOf, leave, leftOver, mark, notify, on, t } from "./ui.js";

const { user } = page;

byId("initials").textContent = initialsOf(user.name);
const picture = byId("picture");
// A picture that is gone, or is none, leaves the letters to be seen.
const hide = () => picture.remove();
picture?.addEventListener("error", hide);
if (picture?.complete && !picture.naturalWidth) hide();

form("profile-form", async ({ name, username }, element) => {
  const notice = element.querySelector(".notice");
  const change = {};
  if (name !== user.name) change.name = name;
  if (username !== undefined && username !== (user.displayUsername ?? user.username ?? "")) {
    change.username = username;
    if ("displayUsername" in user) change.displayUsername = username;
  }
  if (Object.keys(change).length) await post("/update-user", change);
  Object.assign(user, change);
  byId("who-name").textContent = user.name;
  byId("initials").textContent = initialsOf(user.name);
  notify(notice, t("saved"), "good");
}, {
  USERNAME_TOO_SHORT: "username",
  USERNAME_TOO_LONG: "username",
  INVALID_USERNAME: "username",
  USERNAME_IS_ALREADY_TAKEN: "username",
  USERNAME_IS_IMMUTABLE: "username",
});

const left = leftOver();
if (left) announce(left);

form("email-form", async ({ newEmail }, element) => {
  if (newEmail.toLowerCase() === user.email.toLowerCase()) {
    mark(byId("new-email"), t("email_same"));
    return;
  }
  await post("/change-email", { newEmail, callbackURL: page.links.account });
  if ("atOnce" in element.dataset) {
    leave(t("change_email_done", { new: newEmail }));
    location.reload();
    return;
  }
  element.reset();
  notify(element.querySelector(".notice"), t(user.emailVerified ? "change_email_sent_old" : "change_email_sent_new", { old: user.email, new: newEmail }), "good");
});

const verified = byId("verify-notice");
on(byId("verify"), async () => {
  await post("/send-verification-email", { email: user.email, callbackURL: page.links.account });
  notify(verified, t("verify_sent", { email: user.email }), "good");
}, verified);
