// The pages are below a path of their own, beside those of an application: nothing on them leads out of there.
import assert from "node:assert/strict";
import { addressOf, makeAdmin, PASSWORD, signsIn, signsOut } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house({ base: "/id" });
  const ada = await story.person("Ada", house);
  const seen = new Set();
  const staysInside = async () => {
    for (const address of await ada.page.locator("a[href], form[action]").evaluateAll((all) => all.map(({ href, action }) => href ?? action))) seen.add(address);
  };

  for (const path of ["/sign-in", "/account", "/admin"]) await ada.findsNothingAt(house.url + path);
  await ada.opens("/");
  await ada.seesA("heading", "Welcome");
  await staysInside();
  await ada.in("main").follows("Sign up");
  await ada.isAt("/sign-up");
  await staysInside();
  await ada.fills({ "Name": ada.name, "E-mail address": addressOf(ada), "Password": PASSWORD });
  await ada.presses("Sign up");
  await ada.isAt("/account");
  await staysInside();
  await ada.opens(await house.mailed("verification", addressOf(ada)));
  await ada.isAt("/verify-email?proved=1");
  await ada.follows("Continue");
  await ada.isAt("/account");
  await signsOut(ada);

  await ada.in("main").follows("Sign in");
  await ada.follows("Forgotten your password?");
  await ada.isAt("/forgot-password");
  await ada.types("E-mail address", addressOf(ada));
  await ada.presses("Send me a link");
  await ada.sees("Look into your mailbox");
  await ada.opens(await house.mailed("reset-password", addressOf(ada)));
  await ada.isAt(/^\/reset-password\?token=/);
  await staysInside();

  // The pages for admins, too: whoever is sent to the sign-in comes back to them.
  await makeAdmin(ada, house);
  await ada.opens("/admin/keys");
  await ada.isAt("/sign-in?callbackURL=%2Fid%2Fadmin%2Fkeys");
  await signsIn(ada);
  await ada.isAt("/admin/keys");
  await staysInside();
  for (const [link, path] of [["Users", "/admin/users"], ["Audit", "/admin/audit"], ["Configuration", "/admin/configuration"], ["Health", "/admin/health"], ["Overview", "/admin"]]) {
    await ada.in("navigation", "Administration").follows(link);
    await ada.isAt(path);
    await staysInside();
  }
  await ada.looksAt("overview");
  await ada.opens("/admin/users");
  await ada.follows("Ada");
  await ada.isAt(/^\/admin\/users\/.+/);
  await staysInside();
  await signsOut(ada);

  // What is no page says so, and leads to one.
  await ada.isRefused("/nowhere", 404, async () => {
    await ada.opens("/nowhere");
    await ada.sees("There is no page at this address.");
  });
  await staysInside();
  await ada.follows("To the start page");
  await ada.isAt("/");

  const outside = [...seen].filter((address) => !["/id", "/api/auth"].some((top) => `${new URL(address).pathname}/`.startsWith(`${top}/`)));
  await story.check("no link leads out", () => assert.deepEqual(outside, []));
}
