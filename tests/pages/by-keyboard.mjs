// Grace uses no mouse and touches no screen: she signs in by keyboard alone, and the focus can be seen all the way.
import { addressOf, PASSWORD, signsOut, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const grace = await story.person("Grace", house);
  await signsUp(grace);
  await signsOut(grace);

  await grace.opens("/sign-in");
  await grace.strikes("Tab");
  await grace.strikes("Enter"); // "Skip to the content" comes first, and does so
  await grace.tabsTo("textbox", "E-mail address", { most: 3 });
  await grace.writes(addressOf(grace));
  await grace.tabsTo("textbox", "Password", { most: 3 });
  await grace.writes("not my password");
  await grace.isRefused("/sign-in/email", 401, async () => {
    await grace.strikes("Enter");
    await grace.hears("The address or the password is wrong.");
  });
  await grace.tabsTo("textbox", "Password", { back: true });
  await grace.strikes("Control+a");
  await grace.writes(PASSWORD);
  await grace.tabsTo("button", "Sign in");
  await grace.strikes("Space");
  await grace.isAt("/account");
}
