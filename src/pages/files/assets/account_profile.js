// The profile: the name, the user name, the address.
import { page, post } from "./api.js";
import { changedFields, fillFields } from "./fields.js";
import { announce, byId, el, form, initialsOf, leave, leftOver, mark, notify, on, t } from "./ui.js";
import { showActivity } from "./account_activity.js";

const { user } = page;

byId("initials").textContent = initialsOf(user.name);
if (isElsewhere(user.image)) {
  const picture = el("img", { alt: "", referrerpolicy: "no-referrer", src: user.image });
  // A picture that is gone, or is none, leaves the letters to be seen.
  picture.addEventListener("error", () => picture.remove());
  byId("initials").before(picture);
}

/** Whether a picture is at an address of another site. One's own is asked for nothing by what somebody has written. */
function isElsewhere(image) {
  if (!URL.canParse(image)) return false;
  const { protocol, origin } = new URL(image);
  return protocol === "https:" && origin !== location.origin && origin !== new URL(page.api, location.href).origin;
}

fillFields(byId("profile-form"), user);
form("profile-form", async ({ name, username }, element) => {
  const notice = element.querySelector(".notice");
  const change = changedFields(element);
  if (name !== user.name) change.name = name;
  if (username !== undefined && username !== (user.displayUsername ?? user.username ?? "")) {
    change.username = username;
    if ("displayUsername" in user) change.displayUsername = username;
  }
  if (!Object.keys(change).length) {
    notify(notice, page.t.errors.NO_DATA_TO_UPDATE, "");
    return;
  }
  await post("/update-user", change);
  Object.assign(user, change);
  fillFields(element, user);
  byId("who-name").textContent = user.name;
  byId("initials").textContent = initialsOf(user.name);
  notify(notice, t("saved"), "good");
  showActivity();
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
