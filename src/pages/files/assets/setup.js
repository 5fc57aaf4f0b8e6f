// Makes the first admin, for whoever has opened the link of the server's output.
import { NEWCOMER, newcomer } from "./arriving.js";
import { page, post, Refusal } from "./api.js";
import { form, swap } from "./ui.js";

const token = new URLSearchParams(location.search).get("token");

form("setup", async (values, element) => {
  try {
    await post("/admin/setup", { ...newcomer(values, element), token });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "INVALID_TOKEN")) throw error;
    swap("asks", "dead");
    return;
  }
  location.replace(page.links.admin ?? page.links.account ?? page.links.home ?? "/");
}, NEWCOMER);
