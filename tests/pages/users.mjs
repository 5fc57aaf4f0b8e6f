// Ada looks through her users, and makes one.
import assert from "node:assert/strict";
import { becomesAdmin, populate, signsIn } from "./harness/acts.mjs";

const CROWD = Array.from({ length: 40 }, (_, at) => ({ name: `Somebody ${at}`, email: `somebody.${at}@example.com` }));

export default async function (story) {
  const house = await story.house();
  await populate(house, CROWD);
  const ada = await story.person("Ada", house);
  await becomesAdmin(ada, house);
  const one = ada.words.pattern("1 user", true);

  // Finding people.
  await ada.opens("/account");
  await ada.follows("Administration");
  await ada.isAt("/admin");
  await ada.in("navigation", "Administration").follows("Users");
  await ada.isAt("/admin/users");
  await ada.sees("41 users");
  await ada.looksAt("users");
  await ada.presses("Next");
  await ada.sees("26–41 of 41");
  await ada.types("Search", "ada");
  await ada.sees(one);
  await ada.looksAt("users-found");
  await ada.types("Search", "nobody at all");
  await ada.seesA("heading", "Nobody fits");
  await ada.looksAt("users-not-found");
  await ada.presses("Show all users");
  await ada.sees("41 users");
  await ada.chooses("Show", "admin");
  await ada.sees(one);
  await ada.reloads(); // the address says what is looked for
  await ada.sees(one);

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

  // Her own page offers nothing that she cannot do to herself.
  await ada.opens("/admin/users?q=ada");
  await ada.follows("Ada");
  await ada.sees("This is your own account. What concerns your password and your sessions is on your account page.");
  await story.check("no one bans or removes oneself", async () => assert.equal(await ada.count("button", "Ban") + await ada.count("button", "Remove"), 0));
  await ada.looksAt("own-user");
}
