// Grace, as Ada administers her: Ada changes her name and role, sees with Grace's eyes, signs her out, bans her, lets her in again, and removes her.
import assert from "node:assert/strict";
import { addressOf, becomesAdmin, signsIn, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const ada = await story.person("Ada", house);
  const grace = await story.person("Grace", house);
  await becomesAdmin(ada, house);
  const one = ada.words.pattern("1 user", true);
  await signsUp(grace);

  await ada.opens("/admin/users?q=grace");
  await ada.follows("Grace");
  await ada.isAt(/^\/admin\/users\/.+/);
  await ada.seesA("heading", "Grace");
  const own = new URL(ada.page.url()).pathname;
  await ada.looksAt("user");
  // One form is saved while the other is begun.
  const details = ada.in("region", "Details");
  await details.types("Name", "Grace Hopper");
  const roles = ada.in("region", "Roles");
  await roles.ticks("admin");
  await ada.andWaitsFor("/admin/set-role", () => roles.presses("Save"));
  await ada.hears("Saved.");
  await details.presses("Save");
  await ada.seesA("heading", "Grace Hopper");
  await grace.reloads();
  await grace.seesA("link", "Administration");
  await roles.unticks("admin");
  await ada.andWaitsFor("/admin/set-role", () => roles.presses("Save"));
  await grace.reloads();
  await grace.seesNo("link", "Administration");

  // Through Grace's eyes, and back.
  await ada.presses("Act as this user");
  await ada.looksAt("impersonate");
  await ada.in("dialog", "Act as Grace Hopper?").presses("Act as this user");
  await ada.isAt("/account");
  await ada.sees("You are acting as Grace Hopper.");
  await ada.sees(addressOf(grace));
  await ada.looksAt("acting-as-grace");
  await story.check("who she acts as stays to be seen", async () => {
    await ada.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    assert.equal(await ada.page.locator(".impersonation").evaluate((bar) => bar.getBoundingClientRect().top), 0);
  });
  await ada.presses("Stop acting as this user");
  await ada.isAt(own);
  await ada.seesNot("You are acting as Grace Hopper.");

  // Sessions end, one and all.
  await ada.opens(own);
  const sessions = ada.in("region", "Sessions");
  await sessions.presses("End all sessions");
  await ada.in("dialog", "End all sessions?").presses("End all sessions");
  await ada.hears("All sessions have ended.");
  await grace.opens("/account");
  await grace.isAt("/sign-in?callbackURL=%2Faccount");
  await signsIn(grace);
  await grace.isAt("/account");

  // A ban, by keyboard alone.
  await ada.opens(own);
  await ada.seesA("button", "Ban");
  await ada.tabsTo("button", "Ban");
  await ada.strikes("Enter");
  await ada.tabsTo("textbox", "Reason");
  await ada.writes("She knows too much.");
  await ada.looksAt("ban");
  await ada.tabsTo("button", "Ban");
  await ada.strikes("Enter");
  await ada.hears("Grace Hopper is banned.");
  await ada.sees("This user is banned.");
  await ada.looksAt("banned");
  await grace.opens("/account");
  await grace.isAt("/sign-in?callbackURL=%2Faccount");
  await grace.isRefused("/sign-in/email", 403, async () => {
    await signsIn(grace);
    await grace.hears(/banned|gesperrt/);
  });
  await grace.looksAt("sign-in-of-the-banned");
  await ada.presses("Lift the ban");
  await ada.hears("The ban is lifted.");
  await signsIn(grace);
  await grace.isAt("/account");

  // The end.
  await ada.presses("Remove");
  const remove = ada.in("dialog", "Remove Grace Hopper?");
  await remove.types("E-mail address of the user", "somebody@example.com");
  await remove.presses("Remove for good");
  await remove.isToldAbout("E-mail address of the user", "This is not the user's address.");
  await ada.looksAt("remove");
  await remove.types("E-mail address of the user", addressOf(grace));
  await remove.presses("Remove for good");
  await ada.hears("Grace Hopper has been removed.");
  await ada.follows("All users");
  await ada.sees(one);
  await grace.isRefused("/sign-in/email", 401, async () => {
    await grace.opens("/sign-in");
    await signsIn(grace);
    await grace.hears("The address or the password is wrong.");
  });
}
