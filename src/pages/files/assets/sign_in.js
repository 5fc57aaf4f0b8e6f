// Signs somebody in with a password, or sends them to a provider.
import { mailAgain, meetProviders } from "./arriving.js";
import { callback, page, post, Refusal } from "./api.js";
import { announce, byId, form, leftOver, notify, on, t } from "./ui.js";

const again = byId("again");
/** Whether somebody has signed in, or tried to, by a user name. */
let byName = false;
const notice = byId("sign-in")?.querySelector(".notice");

form("sign-in", async ({ email: typed, password, remember }) => {
  again.hidden = true;
  const name = typed.trim();
  // No user name has an @.
  byName = page.features.username && !name.includes("@");
  const [path, who] = byName ? ["/sign-in/username", { username: name }] : ["/sign-in/email", { email: name }];
  try {
    await post(path, { ...who, password, rememberMe: remember === "on" });
  } catch (error) {
    again.hidden = !(error instanceof Refusal && error.code === "EMAIL_NOT_VERIFIED" && page.features.mail && (!byName || page.onward.verify_email));
    throw error;
  }
  location.assign(callback());
});

on(again, async () => {
  // There the address is asked for.
  if (byName) return location.assign(page.onward.verify_email);
  await mailAgain(byId("email").value.trim());
  again.hidden = true;
  notify(notice, t("sent_again"), "good");
}, notice);

on(byId("somebody-else"), async () => {
  await post("/sign-out");
  location.reload();
});

const known = leftOver("address");
if (known && byId("email") && !byId("email").value) byId("email").value = known;

const left = leftOver();
if (left && notice) notify(notice, left, "good");
else if (left) announce(left);

meetProviders();
