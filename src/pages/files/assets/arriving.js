// What the pages before one is signed in have in common: what a new user says, providers, and mails that prove an address.
import { callback, page, post } from "./api.js";
import { fieldsOf } from "./fields.js";
import { byId, complain, notify } from "./ui.js";

/** The refusals of a new password. */
export const PASSWORD = { PASSWORD_TOO_SHORT: "password", PASSWORD_TOO_LONG: "password", PASSWORD_TOO_WEAK: "password" };

/** The refusals of what a new user says (newcomer.html), and at which field each is told. */
export const NEWCOMER = {
  ...PASSWORD,
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "email",
  USERNAME_IS_ALREADY_TAKEN: "username",
  USERNAME_TOO_SHORT: "username",
  USERNAME_TOO_LONG: "username",
  INVALID_USERNAME: "username",
};

/** What a new user says, as the API takes it. */
export function newcomer({ name, email, username, password }, form) {
  return { ...fieldsOf(form), name, email, password, ...(username && { username }) };
}

const withQuery = (address, query) => `${address}${address.includes("?") ? "&" : "?"}${new URLSearchParams(query)}`;

/** Where the link of a mail leads that proves an address: to the page that says so, with a mark that it was followed. */
export function proof() {
  const { verify_email: there } = page.onward;
  return there ? withQuery(there, { proved: 1 }) : callback();
}

/** Where a provider's refusal leads, which has the way back to where somebody wants to be. */
function refusal() {
  const { error: there } = page.links;
  return there && page.callback ? withQuery(there, { callbackURL: page.callback }) : there ?? undefined;
}

/** Asks for such a mail once more. */
export const mailAgain = (email) => post("/send-verification-email", { email, callbackURL: proof() });

/** Goes on to the provider whose button is pressed. */
export function meetProviders(wanted = {}) {
  const list = byId("providers");
  const notice = list?.querySelector(".notice");
  list?.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-provider]");
    if (!button || list.getAttribute("aria-busy") === "true") return;
    list.setAttribute("aria-busy", "true");
    notify(notice, null);
    try {
      const { provider } = button.dataset;
      const { url } = await post("/sign-in/social", { provider, callbackURL: callback(), errorCallbackURL: refusal(), ...wanted });
      location.assign(url);
    } catch (error) {
      complain(notice, error);
    } finally {
      list.removeAttribute("aria-busy");
    }
  });
}
