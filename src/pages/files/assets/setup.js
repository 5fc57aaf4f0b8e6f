// Makes the first admin, for whoever has opened the link of the server's output.
import { PASSWORD } from "./arriving.js";
import { page, post, Refusal } from "./api.js";
import { form, swap } from "./ui.js";

const token = new URLSearchParams(location.search).get("token");

form("setup", async ({ name, email, password }) => {
  try {
    await post("/admin/setup", { token, name: name.trim(), email: email.trim(), password });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "INVALID_TOKEN")) throw error;
    swap("asks", "dead");
    return;
  }
  location.replace(page.links.admin ?? page.links.account ?? page.links.home ?? "/");
}, { ...PASSWORD, USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "email" });
