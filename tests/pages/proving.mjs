// Nobody gets in before their address is proved: Ada signs up, looks into her mail, loses the link, gets another one, and is in.
import { addressOf, PASSWORD, signsIn, signsOut } from "./harness/acts.mjs";

const PASSWORDS = "enabled = true\nrequire_email_verification = true";

export default async function (story) {
  const house = await story.house({ passwords: PASSWORDS });
  const ada = await story.person("Ada", house);
  await ada.opens("/sign-up");
  await asksForAnAccount(ada);
  await ada.hears(`We have sent a link to ${addressOf(ada)}. Follow it to confirm your address, and you are done.`);
  await ada.looksAt("look-into-your-mailbox");
  const first = await house.mailed("verification", addressOf(ada));
  await ada.presses("Send the mail again");
  await ada.hears("The mail is on its way to you.");
  await house.mailed("verification", addressOf(ada));

  // Before that she is not let in, and gets a mail from there, too.
  await ada.opens("/account");
  await ada.isAt("/sign-in?callbackURL=%2Faccount");
  await ada.seesNo("button", "Send the mail again");
  await ada.isRefused("/sign-in/email", 403, async () => {
    await signsIn(ada);
    await ada.hears("Your e-mail address is not confirmed yet. Please follow the link in the mail that we have sent you.");
  });
  await ada.looksAt("sign-in-too-early");
  await ada.presses("Send the mail again");
  await ada.hears("The mail is on its way to you.");
  await ada.opens(await house.mailed("verification", addressOf(ada)));
  await ada.isAt(/^\/verify-email\?.*proved=1$/);
  await ada.seesA("heading", "Your address is confirmed");
  await ada.in("main").follows("Sign in");
  await signsIn(ada);
  await ada.isAt("/account");
  await ada.in("region", "Profile").sees("Verified");

  // An old link says the same again. A broken one gets another mail.
  await signsOut(ada);
  await ada.opens(first);
  await ada.seesA("heading", "Your address is confirmed");
  await ada.opens(first.replace(/token=[^&]{20}/, "token=nonsense"));
  await ada.seesA("heading", "This link does not work");
  await ada.looksAt("a-broken-link");
  await ada.types("E-mail address", addressOf(ada));
  await ada.presses("Send me a link");
  await ada.hears(`If this address belongs to an account and is not confirmed yet, a mail is on its way to ${addressOf(ada)}.`);

  // Where the link signs in, it leads on to what was wanted.
  const other = await story.house({ passwords: PASSWORDS, verification: "send_on_sign_up = true\nauto_sign_in_after_verification = true", more: "[plugins.username]\nenabled = true" });
  const grace = await story.person("Grace", other);
  await grace.opens("/account");
  await grace.in("main").follows("Sign up");
  await asksForAnAccount(grace, { "User name": "grace_h" });

  // Whoever signs in by a user name tells the address for another mail.
  await grace.in("navigation", "Main").follows("Sign in");
  await grace.isAt("/sign-in?callbackURL=%2Faccount");
  await grace.fills({ "E-mail address or user name": "grace_h", "Password": PASSWORD });
  await grace.isRefused("/sign-in/username", 403, async () => {
    await grace.presses("Sign in");
    await grace.hears("Your e-mail address is not confirmed yet. Please follow the link in the mail that we have sent you.");
  });
  await grace.presses("Send the mail again");
  await grace.isAt("/verify-email?callbackURL=%2Faccount");
  await grace.opens(await other.mailed("verification", addressOf(grace)));
  await grace.seesA("heading", "Your address is confirmed");
  await grace.sees(`Thank you. ${addressOf(grace)} is yours.`);
  await grace.follows("Continue");
  await grace.isAt("/account");
}

async function asksForAnAccount(person, more = {}) {
  await person.fills({ ...more, "Name": person.name, "E-mail address": addressOf(person), "Password": PASSWORD });
  await person.presses("Sign up");
  await person.seesA("heading", "Look into your mailbox");
}
