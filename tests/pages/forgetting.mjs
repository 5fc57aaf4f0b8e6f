// Ada has forgotten her password: a mail gets her a new one, once.
import { addressOf, PASSWORD, signsIn, signsOut, signsUp } from "./harness/acts.mjs";

const NEW = "a better battery staple";

export default async function (story) {
  const house = await story.house();
  const ada = await story.person("Ada", house);
  await signsUp(ada);
  await signsOut(ada);
  await ada.opens("/sign-in");
  await ada.follows("Forgotten your password?");
  await ada.isAt("/forgot-password");
  await ada.looksAt("forgot-password");
  await ada.types("E-mail address", addressOf(ada));
  await ada.presses("Send me a link");
  await ada.hears(`If there is an account with this address, a mail is on its way to ${addressOf(ada)}. Its link leads you to a new password.`);
  await ada.looksAt("forgot-password-sent");

  const link = await house.mailed("reset-password", addressOf(ada));
  await ada.opens(link);
  await ada.isAt(/^\/reset-password\?token=/);
  await ada.looksAt("reset-password");
  await ada.types("New password", NEW);
  await ada.presses("Save");
  await ada.isAt(/^\/sign-in/);
  await ada.hears("Your password is changed. Please sign in with it.");
  await ada.isRefused("/sign-in/email", 401, async () => {
    await signsIn(ada, PASSWORD);
    await ada.hears("The address or the password is wrong.");
  });
  await signsIn(ada, NEW);
  await ada.isAt("/account");

  // Signed in, she sets it by a link once more, and is told so.
  await ada.opens("/forgot-password");
  await ada.presses("Send me a link");
  await ada.sees("Look into your mailbox");
  await ada.opens(await house.mailed("reset-password", addressOf(ada)));
  await ada.types("New password", PASSWORD);
  await ada.presses("Save");
  await ada.isAt("/account");
  await ada.hears("Your password is changed.");

  // The link is spent.
  await signsOut(ada);
  await ada.opens(link);
  await ada.seesA("heading", "This link does not work");
  await ada.looksAt("reset-password-spent");
  await ada.follows("Send me another link");
  await ada.isAt("/forgot-password");
}
