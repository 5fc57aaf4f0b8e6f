// An application has a page for signing in of its own, and wants none for signing up, nor any for admins.
import assert from "node:assert/strict";

export default async function (story) {
  const house = await story.house({ pages: `sign_up = false\nadmin = false\nsign_in = "http://127.0.0.1:9/log-in"` });
  const ada = await story.person("Ada", house);
  await ada.opens("/");
  await ada.seesNo("link", "Sign up");
  for (const path of ["/sign-up", "/sign-in", "/admin", "/admin/users"]) await ada.findsNothingAt(path);
  await story.check("links to sign in lead to the application's own page", async () => {
    assert.equal(new URL(await ada.whereLeads("Sign in")).pathname, "/log-in");
  });
  await ada.looksAt("home");
}
