// The end of the account.
import { page, post } from "./api.js";
import { ask, byId, el, notify, on, signInAgain, t } from "./ui.js";

const section = byId("deletion");
const notice = byId("deletion-notice");

/** What a field has to match for which only one text will do. */
const exactly = (text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

function fields() {
  const { email } = page.user;
  const address = { name: "email", label: t("delete_email", { email }), required: true, pattern: exactly(email), "data-invalid": t("delete_email_wrong"), autocomplete: "off", autocapitalize: "none", spellcheck: "false" };
  const password = { name: "password", label: t("current_password"), type: "password", required: true, autocomplete: "current-password" };
  return "hasPassword" in section.dataset ? [address, password] : [address];
}

on(byId("delete"), async () => {
  notify(notice, null);
  const isMailed = "mails" in section.dataset;
  const answer = await ask({
    title: t("delete_title"),
    text: t(isMailed ? "delete_text_mailed" : "delete_text"),
    yes: t(isMailed ? "delete_yes_mailed" : "delete_yes"),
    danger: true,
    fields: fields(),
    act: ({ password }) => post("/delete-user", { password, callbackURL: page.links.home ?? page.links.sign_in ?? "/" }),
  });
  if (!answer) return;
  if (isMailed) notify(notice, t("delete_sent", { email: page.user.email }), "good");
  else sayGoodbye();
}, notice);

/** There is nothing left that the page could be about. */
function sayGoodbye() {
  const { home, sign_up: signUp } = page.links;
  page.user = null;
  document.querySelector("header.top nav")?.remove();
  const title = el("h1", { tabindex: "-1" }, t("deleted_title"));
  const on = home ?? signUp;
  byId("main").replaceChildren(el("div", { class: "card narrow" },
    title,
    el("p", {}, t("deleted_text")),
    on ? el("a", { class: "button", href: on }, t("deleted_on")) : ""));
  scrollTo(0, 0);
  title.focus();
}

byId("deletion-again")?.append(signInAgain());
