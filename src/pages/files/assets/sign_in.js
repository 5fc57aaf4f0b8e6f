// Signs somebody in with an address and a password.
import { callback, post } from "./api.js";
import { form } from "./ui.js";

form("sign-in", async ({ email, password }) => {
  await post("/sign-in/email", { email, password });
  location.assign(callback());
});
