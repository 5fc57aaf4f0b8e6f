// Ada comes for the first time: she signs up, follows the mail, leaves, mistypes her password, and is in again.
import assert from "node:assert/strict";
import { addressOf, PASSWORD, signsIn, signsOut } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const ada = await story.person("Ada", house);
  await ada.opens("/");
  await ada.seesA("heading", "Welcome");
  await ada.looksAt("home");

  await ada.in("main").follows("Sign up");
  await ada.isAt("/sign-up");
  await ada.looksAt("sign-up");
  await ada.presses("Sign up");
  await ada.isToldAbout("Name", "Please fill in this field.");
  await ada.fills({ "Name": ada.name, "E-mail address": "ada", "Password": "short" });
  await ada.presses("Sign up");
  await ada.isToldAbout("E-mail address", "This is no e-mail address.");
  await ada.isToldAbout("Password", "At least 8 characters, please.");
  await ada.looksAt("sign-up-mistaken");
  await ada.fills({ "E-mail address": addressOf(ada), "Password": PASSWORD });
  await ada.presses("Sign up");
  await ada.isAt("/account");
  await ada.seesA("heading", "Your account");

  await ada.opens(await house.mailed("verification", addressOf(ada)));
  await ada.isAt("/verify-email?proved=1");
  await ada.seesA("heading", "Your address is confirmed");
  await ada.looksAt("verify-email");

  await signsOut(ada);
  // She takes herself for somebody new, and is led to the account that she has.
  await ada.in("navigation", "Main").follows("Sign up");
  await ada.isAt("/sign-up");
  await ada.fills({ "Name": ada.name, "E-mail address": addressOf(ada), "Password": PASSWORD });
  await ada.isRefused("/sign-up/email", 422, async () => {
    await ada.presses("Sign up");
    await ada.isToldAbout("E-mail address", "There is an account with this address already.");
  });
  await ada.hears("Is this your account?");
  await ada.inThe("status", "Is this your account?").follows("Sign in");
  await ada.isAt("/sign-in");
  await story.check("her address is kept", async () => assert.equal(await ada.valueOf("E-mail address"), addressOf(ada)));
  await ada.looksAt("sign-in");
  await ada.isRefused("/sign-in/email", 401, async () => {
    await signsIn(ada, "not my password");
    await ada.hears("The address or the password is wrong.");
  });
  await ada.looksAt("sign-in-mistaken");
  await signsIn(ada);
  await ada.isAt("/account");

  // The home page knows who is there now.
  await ada.opens("/");
  await ada.seesA("heading", "Hello, Ada");
  await ada.looksAt("home-of-ada");

  // One who has chosen a language keeps it.
  const other = ada.words.language === "de" ? "EN" : "DE";
  await ada.follows(other);
  ada.now(other.toLowerCase());
  await ada.seesA("heading", "Hello, Ada");
  await ada.in("main").follows("Go to your account");
  await ada.seesA("heading", "Your account");
  await ada.looksAt(`account-in-${other.toLowerCase()}`);
}
