// Ada has a user name beside her address, and signs in by either. Grace wants none at first.
import assert from "node:assert/strict";
import { addressOf, PASSWORD, signsOut, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house({ more: "[plugins.username]\nenabled = true" });
  const ada = await story.person("Ada", house);
  await ada.opens("/sign-up");
  await ada.fills({ "Name": ada.name, "User name": "ad", "E-mail address": addressOf(ada), "Password": PASSWORD });
  const isTold = (person, status, path, text) => person.isRefused(path, status, async () => {
    await person.presses(path === "/sign-up/email" ? "Sign up" : "Save");
    await person.isToldAbout("User name", text);
  });
  await isTold(ada, 400, "/sign-up/email", "This name is too short.");
  await ada.types("User name", "Ada Lovelace");
  await isTold(ada, 400, "/sign-up/email", "Letters, digits, dots and underscores only, please.");
  await ada.looksAt("sign-up-mistaken");
  await ada.types("User name", "Ada.L");
  await ada.presses("Sign up");
  await ada.isAt("/account");
  const profile = ada.in("region", "Profile");
  await story.check("her user name is shown as she wrote it", async () => assert.equal(await profile.valueOf("User name"), "Ada.L"));
  await ada.looksAt("account");

  // By the name, however it is written, and by the address.
  const signsIn = async (person, who, password = PASSWORD) => {
    await person.fills({ "E-mail address or user name": who, "Password": password });
    await person.presses("Sign in");
  };
  await signsOut(ada);
  await ada.opens("/sign-in");
  await ada.isRefused("/sign-in/username", 401, async () => {
    await signsIn(ada, "ada.l", "not my password");
    await ada.hears("The user name or the password is wrong.");
  });
  for (const who of ["ada.l", " ADA.L ", addressOf(ada)]) {
    await signsIn(ada, who);
    await ada.isAt("/account");
    await signsOut(ada);
    await ada.opens("/sign-in");
  }

  // Grace signs up without one, and takes one later: not Ada's.
  const grace = await story.person("Grace", house);
  await signsUp(grace);
  const hers = grace.in("region", "Profile");
  await hers.types("User name", "ADA.l");
  await isTold(hers, 400, "/update-user", "Somebody has this name already.");
  await hers.types("User name", "amazing_grace");
  await hers.presses("Save");
  await grace.hears("Saved.");
  await signsOut(grace);
  await grace.opens("/sign-in");
  await signsIn(grace, "amazing_grace");
  await grace.isAt("/account");
}
