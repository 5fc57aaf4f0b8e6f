// Sets the password of whoever has got a link for it.
import { PASSWORD } from "./arriving.js";
import { page, post, Refusal } from "./api.js";
import { form, leave, swap, t } from "./ui.js";

const token = new URLSearchParams(location.search).get("token");

form("reset-password", async ({ password }) => {
  try {
    await post("/reset-password", { token, newPassword: password });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "INVALID_TOKEN")) throw error;
    swap("asks", "dead");
    return;
  }
  const { sign_in: signIn, account } = page.links;
  // Who is signed in needs no sign-in to use it.
  const [next, text] = page.user ? [account, t("changed")] : [signIn, t("done_what")];
  if (next?.startsWith("/")) leave(text);
  if (next) location.replace(next);
  else swap("asks", "done", text);
}, PASSWORD);
