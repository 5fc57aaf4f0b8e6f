// What comes between: a network that is gone, a session that ends elsewhere, a ban.
import assert from "node:assert/strict";
import { addressOf, becomesAdmin, PASSWORD, signsIn } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const grace = await story.person("Grace", house);

  // No network: what was typed stays, and can be sent when it is back.
  await grace.opens("/sign-up");
  await grace.fills({ "Name": grace.name, "E-mail address": addressOf(grace), "Password": PASSWORD });
  await grace.isOffline(async () => {
    await grace.presses("Sign up");
    await grace.hears("The server cannot be reached. Are you online?");
  });
  await grace.looksAt("sign-up-offline");
  for (const [label, text] of [["Name", grace.name], ["E-mail address", addressOf(grace)], ["Password", PASSWORD]]) {
    await story.check(`${label} is still there`, async () => assert.equal(await grace.valueOf(label), text));
  }
  await grace.presses("Sign up");
  await grace.isAt("/account");
  const activity = grace.in("region", "Recent activity");
  await activity.sees("Account created");

  // All her sessions are ended while her account is open. What she is about to do is refused, and says how to go on.
  const ada = await story.person("Ada", house);
  await becomesAdmin(ada, house);
  await ada.opens("/admin/users?q=grace");
  await ada.follows("Grace");
  await ada.isAt(/^\/admin\/users\/.+/);
  await ada.in("region", "Sessions").presses("End all sessions");
  await ada.in("dialog", "End all sessions?").presses("End all sessions");
  await ada.hears("All sessions have ended.");
  const profile = grace.in("region", "Profile");
  await profile.types("Name", "Grace Hopper");
  await grace.isRefused("/update-user", 401, async () => {
    await profile.presses("Save");
    await grace.hears("You are not signed in, or not any more.");
  });
  await story.check("her new name is still there", async () => assert.equal(await profile.valueOf("Name"), "Grace Hopper"));
  await grace.presses("Delete my account");
  const dialog = grace.in("dialog", "Delete your account?");
  await dialog.fills({ [`Type your address to confirm: ${addressOf(grace)}`]: addressOf(grace), "Current password": PASSWORD });
  await grace.isRefused("/delete-user", 401, async () => {
    await dialog.presses("Delete for good");
    await grace.hears("You are not signed in, or not any more.");
  });
  await grace.looksAt("delete-without-a-session");
  await dialog.follows("Sign in");
  await grace.isAt("/sign-in?callbackURL=%2Faccount");
  await signsIn(grace);
  await grace.isAt("/account");

  // She is banned while she looks on: she is out, and is told why where she signs in.
  await ada.presses("Ban");
  await ada.in("dialog", "Ban Grace?").presses("Ban");
  await ada.hears("Grace is banned.");
  const password = grace.in("region", "Password");
  await password.fills({ "Current password": PASSWORD, "New password": "a better battery staple" });
  await grace.isRefused("/change-password", 401, async () => {
    await password.presses("Change password");
    await grace.hears("You are not signed in, or not any more.");
  });
  await password.follows("Sign in");
  await grace.isRefused("/sign-in/email", 403, async () => {
    await signsIn(grace);
    await grace.hears("This account has been banned. If you believe that is a mistake, please contact support.");
  });

  // An admin's session ends while a list is open: the next look at it says so, and leads back to it.
  await ada.opens("/admin/users");
  await ada.sees("2 users");
  await ada.page.request.post(house.at("/sign-out"), { data: {}, headers: { origin: ada.origin } });
  await ada.isRefused("/admin/list-users", 401, async () => {
    await ada.types("Search", "grace");
    await ada.hears("You are not signed in, or not any more.");
  });
  await ada.looksAt("users-without-a-session");
  await ada.in("main").follows("Sign in");
  await ada.isAt("/sign-in?callbackURL=%2Fadmin%2Fusers%3Fq%3Dgrace");
}
