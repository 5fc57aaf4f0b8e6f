// A site wants to know more of its users than their names: whoever comes is asked for what has to be known, and may say the rest.
import assert from "node:assert/strict";
import { addressOf, PASSWORD, signsIn } from "./harness/acts.mjs";

const FIELDS = `
[user.additional_fields]
company = { type = "string" }
shoeSize = { type = "number", required = false }
newsletter = { type = "boolean", default_value = true }
born = { type = "date", required = false }
badge = { type = "string", required = false, unique = true }
hobbies = { type = "string[]", required = false }
lucky_numbers = { type = "number[]", required = false }
rank = { type = "string", default_value = "member", input = false }`;

export default async function (story) {
  const house = await story.house({ more: FIELDS });
  const ada = await story.person("Ada", house);

  // The first administrator is asked as everybody is.
  await ada.opens(await story.eventually("the link for the first admin", () => /http\S+\/setup\?token=\S+/.exec(house.output())?.[0]));
  await ada.fills({ "Name": ada.name, "E-mail address": addressOf(ada), "Password": PASSWORD });
  await ada.presses("Create the administrator");
  await ada.isToldAbout("Company", "Please fill in this field.");
  await ada.looksAt("setup");
  await ada.types("Company", "Analytical Engines");
  await ada.presses("Create the administrator");
  await ada.isAt("/admin");

  const grace = await story.person("Grace", house);
  await grace.opens("/sign-up");
  await story.check("nobody is asked at the door for what may be said later", async () => assert.equal(await grace.count("textbox", "Shoe size"), 0));
  await grace.fills({ "Name": grace.name, "E-mail address": addressOf(grace), "Password": PASSWORD, "Company": "   " });
  await grace.presses("Sign up");
  await grace.isToldAbout("Company", "Please fill in this field.");
  await grace.looksAt("sign-up");
  await grace.types("Company", "Navy");
  await grace.presses("Sign up");
  await grace.isAt("/account");

  // The rest is said at the account, in whatever form it has there.
  const profile = grace.in("region", "Profile");
  const says = async (expected) => {
    for (const [label, text] of Object.entries(expected)) assert.equal(await profile.valueOf(label), text, label);
  };
  await grace.looksAt("profile-of-little");
  await says({ "Company": "Navy", "Shoe size": "", "Born": "", "Hobbies": "", "Lucky numbers": "" });
  await profile.fills({ "Shoe size": "quite large", "Lucky numbers": "7\nseven" });
  await profile.presses("Save");
  await profile.isToldAbout("Shoe size", "A whole number, please.");
  await profile.isToldAbout("Lucky numbers", "Whole numbers only, please, one in each line.");
  await grace.looksAt("profile-mistaken");
  const all = { "Company": "US Navy", "Shoe size": "38", "Born": "1906-12-09", "Badge": "G-1", "Hobbies": "sailing\nknitting, at times", "Lucky numbers": "7\n-11" };
  await profile.fills(all);
  await profile.unticks("Newsletter");
  await profile.presses("Save");
  await grace.hears("Saved.");
  await grace.reloads();
  await says(all);
  await story.check("a box that was ticked is no longer", () => grace.page.getByLabel("Newsletter").isChecked().then((is) => assert.equal(is, false)));
  await grace.looksAt("profile-of-much");
  // What nobody has to say is taken back.
  const little = { "Shoe size": "", "Born": "", "Hobbies": " \n" };
  await profile.fills(little);
  await profile.presses("Save");
  await grace.hears("Saved.");
  await grace.reloads();
  await says({ ...all, ...little, "Hobbies": "" });

  // An administrator makes somebody, and looks after what is known of them.
  await ada.opens("/admin/users");
  await ada.presses("Create user");
  const create = ada.in("dialog", "Create user");
  await create.fills({ "Name": "Linus", "E-mail address": "linus@example.com" });
  await create.presses("Create user");
  await create.isToldAbout("Company", "Please fill in this field.");
  await ada.looksAt("create-user");
  await create.types("Company", "Helsinki");
  await create.presses("Create user");
  const created = ada.in("dialog", "Linus has been created.");
  const password = await created.reads("code");
  await created.presses("Done");
  await ada.follows("Linus");
  const details = ada.in("region", "Details");
  await ada.seesA("heading", "Linus");
  assert.equal(await details.valueOf("Company"), "Helsinki");
  await ada.isRefused("/admin/update-user", 400, async () => {
    await details.types("Badge", "G-1");
    await details.presses("Save");
    await details.isToldAbout("Badge", "Somebody has this already.");
  });
  await ada.looksAt("user");
  await details.fills({ "Badge": "L-1", "Born": "1969-12-28" });
  await details.presses("Save");
  await ada.hears("Saved.");
  const linus = await story.person("Linus", house);
  await linus.opens("/sign-in");
  await signsIn(linus, password);
  await linus.isAt("/account");
  await story.check("what an administrator knows of somebody they know, too", async () => assert.equal(await linus.in("region", "Profile").valueOf("Badge"), "L-1"));
}
