// Pages that one has to be somebody for: a stranger is asked to sign in and comes back to them; who is no admin is told so.
import assert from "node:assert/strict";
import { signsIn, signsOut, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const mallory = await story.person("Mallory", house);
  await mallory.opens("/account");
  await mallory.isAt("/sign-in?callbackURL=%2Faccount");
  await mallory.opens("/admin/users");
  await mallory.isAt("/sign-in?callbackURL=%2Fadmin%2Fusers");

  // From there one signs up, too, and comes to where one wanted.
  await signsUp(mallory);
  await mallory.seesNo("link", "Administration");
  for (const path of ["/admin", "/admin/users", "/admin/keys", "/admin/audit", "/admin/configuration", "/admin/health"]) {
    await mallory.isRefused(path, 403, async () => {
      await mallory.opens(path);
      await mallory.sees("This page is for administrators.");
    });
  }
  await mallory.looksAt("not-an-admin");
  await mallory.opens("/account");
  await signsOut(mallory);

  await mallory.opens("/sign-in?callbackURL=https%3A%2F%2Fevil.example%2F");
  await signsIn(mallory);
  await mallory.isAt("/account");
  await signsOut(mallory);
  await mallory.opens("/sign-in?callbackURL=%2Faccount");
  await signsIn(mallory);
  await mallory.isAt("/account");

  // What an address says is a text.
  await mallory.opens(`/error?error=${encodeURIComponent("<img src=x onerror=alert(1)>")}&error_description=${encodeURIComponent("<script>alert(1)</script>")}`);
  await mallory.seesA("heading", "Something went wrong");
  await mallory.looksAt("error-with-markup");
  await story.check("markup of an address is text", async () => assert.equal(await mallory.count("img", /./), 0));
}
