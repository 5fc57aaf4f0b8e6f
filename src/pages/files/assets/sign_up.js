// Makes a user, who is signed in at once, or has to prove the address first.
import { mailAgain, meetProviders, NEWCOMER, newcomer, proof } from "./arriving.js";
import { callback, page, post } from "./api.js";
import { byId, form, leave, notify, on, swap, t } from "./ui.js";

const known = byId("known");
let address;

form("sign-up", async (values, element) => {
  address = values.email;
  const { token } = await post("/sign-up/email", { ...newcomer(values, element), callbackURL: proof() }).catch(offer);
  if (token) location.assign(callback());
  else if (page.features.require_email_verification) swap("asks", "look", t("mailed_to", { email: address }));
  else swap("asks", "ready", t("ready_what"));
}, NEWCOMER);

/** To whoever has an account already the ways into it are shown, which know the address. */
function offer(error) {
  if (error.code === "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL") {
    leave(address, "address");
    known?.toggleAttribute("hidden", false);
  }
  throw error;
}

byId("sign-up")?.addEventListener("input", () => known?.toggleAttribute("hidden", true));

const notice = byId("look")?.querySelector(".notice");
on(byId("again"), async () => {
  await mailAgain(address);
  notify(notice, t("sent_again"), "good");
}, notice);

meetProviders({ requestSignUp: true });
