// Ada sees what goes on: numbers, events, what the server runs with and how it does.
import assert from "node:assert/strict";
import { addressOf, becomesAdmin, signsIn, signsOut, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house({ provider: true });
  const ada = await story.person("Ada", house);
  const grace = await story.person("Grace", house);
  await becomesAdmin(ada, house);
  await signsUp(grace);
  await signsOut(grace);
  await grace.opens("/sign-in");
  await grace.isRefused("/sign-in/email", 401, async () => {
    await signsIn(grace, "not my password");
    await grace.hears("The address or the password is wrong.");
  });
  await signsIn(grace);
  await grace.isAt("/account");

  await ada.opens("/admin");
  await ada.sees("All is well");
  const counted = (title, many) => new RegExp(`^${ada.words.all(title)[0]}: ${many} `);
  await ada.seesA("img", counted("Failed sign-ins", 1));
  await ada.seesA("img", counted("New users", 2));
  await ada.looksAt("overview");
  await ada.ticks("60 minutes");
  await ada.seesA("img", counted("Failed sign-ins", 1));
  await ada.unfolds("As a table");
  await ada.seesA("columnheader", "Failed sign-ins");
  await ada.looksAt("overview-by-minute");
  await ada.in("main").follows("Show all");

  // The trail: all of it, what was refused, and further back.
  await ada.isAt("/admin/audit");
  await ada.sees("Sign-in failed");
  await ada.looksAt("audit");
  if (story.device === "phone") await ada.unfolds("Filters");
  await ada.chooses("Outcome", "Refused");
  await ada.types("User (id or e-mail)", "nobody@example.com");
  await ada.presses("Filter");
  await ada.isToldAbout("User (id or e-mail)", "There is no such user.");
  await ada.types("User (id or e-mail)", addressOf(grace));
  await ada.presses("Filter");
  await ada.isAt(/^\/admin\/audit\?outcome=failure&userId=/);
  const refused = ada.inThe("row", "Sign-in failed");
  await refused.sees("203.0.113.2");
  await refused.sees("The address or the password is wrong.");
  await refused.presses(/^Details/);
  await ada.sees("/sign-in/email");
  await ada.looksAt("audit-filtered");
  await ada.follows("Clear filters");
  await ada.isAt("/admin/audit");

  const application = house.client();
  await application.signUp({ name: "Many", email: "many@example.com" });
  for (let times = 0; times < 60; times++) {
    await application.json("/api/auth/update-user", { json: { name: `Many ${times}` } });
  }
  await ada.reloads();
  const before = await ada.count("row");
  await ada.presses("Show older");
  await ada.hears("Older events are shown below.");
  await story.check("older events follow", async () => assert.ok((await ada.count("row")) > before));

  await ada.in("navigation", "Administration").follows("Configuration");
  await ada.isAt("/admin/configuration");
  await ada.sees("app_name");
  await story.check("what is as it comes is not shown at first", async () => assert.equal(await ada.count("row", /^session\.expires_in/), 0));
  await ada.looksAt("configuration");
  await ada.types("Search the settings", "webhook_secret");
  await ada.inThe("row", "mail.webhook_secret").sees("secret");
  await ada.looksAt("configuration-secret");

  await ada.in("navigation", "Administration").follows("Health");
  await ada.isAt("/admin/health");
  await ada.sees("Database");
  await ada.sees("All is well");
  await ada.looksAt("health");

  // Her session ends while she looks on, and the page leads her to a new one.
  await ada.isRefused("/admin/health", 401, async () => {
    await ada.page.context().clearCookies();
    await ada.in("main").follows("Sign in");
  });
  await ada.isAt("/sign-in?callbackURL=%2Fadmin%2Fhealth");
}
