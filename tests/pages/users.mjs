// Ada administers: she finds people, makes one, sees how Grace is doing through Grace's eyes, bans her, lets her in again, and removes her.
import assert from "node:assert/strict";
import { addressOf, becomesAdmin, populate, signsIn, signsUp } from "./harness/acts.mjs";

const CROWD = Array.from({ length: 40 }, (_, at) => ({ name: `Somebody ${at}`, email: `somebody.${at}@example.com` }));

export default async function (story) {
  const house = await story.house();
  await populate(house, CROWD);
  const ada = await story.person("Ada", house);
  const grace = await story.person("Grace", house);
  await becomesAdmin(ada, house);
  await signsUp(grace);

  // Finding people.
  await ada.opens("/account");
  await ada.follows("Administration");
  await ada.isAt("/admin");
  await ada.in("navigation", "Administration").follows("Users");
  await ada.isAt("/admin/users");
  await ada.sees("42 users");
  await ada.looksAt("users");
  await ada.presses("Next");
  await ada.sees("26–42 of 42");
  await ada.types("Search", "grace");
  await ada.sees("1 user");
  await ada.looksAt("users-found");
  await ada.types("Search", "nobody at all");
  await ada.seesA("heading", "Nobody fits");
  await ada.looksAt("users-not-found");
  await ada.presses("Show all users");
  await ada.sees("42 users");
  await ada.chooses("Show", "admin");
  await ada.sees("1 user");
  await ada.reloads(); // the address says what is looked for
  await ada.sees("1 user");

  // Making somebody, with a password that is shown once and works.
  await ada.presses("Create user");
  const create = ada.in("dialog", "Create user");
  await create.fills({ "Name": "Linus", "E-mail address": "linus@example.com" });
  await ada.looksAt("create-user");
  await create.presses("Create user");
  const created = ada.in("dialog", "Linus has been created.");
  const password = await created.reads("code");
  await ada.looksAt("user-created");
  await created.presses("Done");
  const linus = await story.person("Linus", house);
  await linus.opens("/sign-in");
  await signsIn(linus, password);
  await linus.isAt("/account");

  // Grace, as Ada sees her.
  await ada.opens("/admin/users?q=grace");
  await ada.follows("Grace");
  await ada.isAt(/^\/admin\/users\/.+/);
  await ada.seesA("heading", "Grace");
  const own = new URL(ada.page.url()).pathname;
  await ada.looksAt("user");
  const details = ada.in("region", "Details");
  await details.types("Name", "Grace Hopper");
  await details.presses("Save");
  await ada.hears("Saved.");
  await ada.seesA("heading", "Grace Hopper");
  const roles = ada.in("region", "Roles");
  await roles.ticks("admin");
  await ada.andWaitsFor("/admin/set-role", () => roles.presses("Save"));
  await ada.hears("Saved.");
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
  await ada.presses("Stop");
  await ada.isAt("/admin/users");
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
  await ada.sees("42 users");
  await grace.isRefused("/sign-in/email", 401, async () => {
    await grace.opens("/sign-in");
    await signsIn(grace);
    await grace.hears("The address or the password is wrong.");
  });

  // Her own page offers nothing that she cannot do to herself.
  await ada.opens("/admin/users?q=ada");
  await ada.follows("Ada");
  await ada.sees("This is your own account. What concerns your password and your sessions is on your account page.");
  await story.check("no one bans or removes oneself", async () => assert.equal(await ada.count("button", "Ban") + await ada.count("button", "Remove"), 0));
  await ada.looksAt("own-user");
}
