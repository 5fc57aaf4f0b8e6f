// Asks for another mail that proves an address.
import { mailAgain } from "./arriving.js";
import { form, swap, t } from "./ui.js";

form("verify-email", async ({ email }) => {
  await mailAgain(email.trim());
  swap("asks", "sent", t("sent", { email: email.trim() }));
});
