// Ada looks after her account: her name, her password, where she is signed in.
import assert from "node:assert/strict";
import { addressOf, PASSWORD, signsIn, signsOut, signsUp } from "./harness/acts.mjs";

const NEW = "a better battery staple";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";

export default async function (story) {
  const house = await story.house();
  const ada = await story.person("Ada", house);
  await signsUp(ada);
  await ada.seesA("heading", "Your account");
  await ada.sees(addressOf(ada));
  await ada.in("region", "Devices").sees("This device");
  await ada.looksAt("account");

  const profile = ada.in("region", "Profile");
  await profile.types("Name", "");
  await profile.presses("Save");
  await profile.isToldAbout("Name", "Please fill in this field.");
  await profile.types("Name", "   ");
  await profile.presses("Save");
  await profile.isToldAbout("Name", "Please fill in this field.");
  await profile.types("Name", "Ada Lovelace");
  await profile.presses("Save");
  await ada.hears("Saved.");
  await ada.reloads();
  await profile.sees("Ada Lovelace");

  // Her picture is shown if it is another site's, and what is at an address of this one is not asked for.
  const asked = [];
  await ada.page.route(/picture\.png$/, (route) => {
    asked.push(route.request().url());
    return route.fulfill({ contentType: "image/svg+xml", body: "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>" });
  });
  for (const image of ["/picture.png", house.at("/picture.png"), "https://pictures.example.com/picture.png"]) {
    await ada.page.request.post(house.at("/update-user"), { data: { image }, headers: { origin: ada.origin } });
    await ada.reloads();
    await ada.sees("Ada Lovelace");
  }
  await story.eventually("the picture is there", () => asked.length > 0);
  await story.check("no picture is asked of the server itself", () => assert.deepEqual(asked, ["https://pictures.example.com/picture.png"]));

  // She is signed in elsewhere, too, and signs that out from here.
  const elsewhere = await story.person("Ada", house, { userAgent: FIREFOX });
  await elsewhere.opens("/sign-in");
  await signsIn(elsewhere);
  await elsewhere.isAt("/account");
  await ada.reloads();
  const devices = ada.in("region", "Devices");
  await devices.sees("Firefox on Linux");
  await ada.looksAt("account-with-two-devices");
  await devices.presses("Sign out: Firefox on Linux");
  await ada.hears("Firefox on Linux is signed out.");
  await devices.seesNot("Firefox on Linux");
  await elsewhere.opens("/account");
  await elsewhere.isAt("/sign-in?callbackURL=%2Faccount");

  await signsIn(elsewhere);
  await elsewhere.isAt("/account");
  await ada.reloads();
  await ada.presses("Sign out everywhere else");
  await ada.looksAt("sign-out-everywhere-else");
  await ada.in("dialog", "Sign out everywhere else").presses("Sign them out");
  await ada.hears("All other devices are signed out.");
  await devices.seesNot("Firefox on Linux");

  const password = ada.in("region", "Password");
  await password.fills({ "Current password": "not my password", "New password": NEW });
  await ada.isRefused("/change-password", 400, async () => {
    await password.presses("Change password");
    await ada.hears("This is not your password.");
  });
  await ada.looksAt("password-mistaken");
  await password.fills({ "Current password": PASSWORD, "New password": NEW });
  await password.presses("Change password");
  await ada.hears("Your password is changed, and your other devices are signed out.");

  const activity = ada.in("region", "Recent activity");
  await activity.sees("Password changed");
  await ada.reloads();
  await activity.sees("Password changed");
  await activity.sees("Wrong password");
  await activity.sees("Profile changed");
  await activity.sees("Firefox on Linux");
  await activity.sees("203.0.113.1");
  await ada.looksAt("account-with-activity");
  const before = await activity.count("listitem");
  await activity.presses("Show more");
  await story.eventually("older entries follow", async () => (await activity.count("listitem")) > before);

  await ada.presses("Sign out everywhere");
  await ada.in("dialog", "Sign out everywhere").presses("Sign out everywhere");
  await ada.isAt("/sign-in");
  await signsIn(ada, NEW);
  await ada.isAt("/account");

  // Of many devices six are shown. She signs out one after the other, and the keyboard stays where it was.
  for (let times = 0; times < 7; times++) await house.client().signIn({ email: addressOf(ada), password: NEW });
  await ada.reloads();
  await story.eventually("six devices are shown", async () => (await devices.count("listitem")) === 6);
  await devices.presses("Show all 8");
  await devices.strikes("Enter");
  await ada.hears("node is signed out.");
  await story.eventually("seven are left, all of them shown", async () => (await devices.count("listitem")) === 7);
  await story.check("the button in the place of the pressed one has the focus", async () => {
    const buttons = ada.page.locator("#sessions .row-actions button");
    assert.equal(await buttons.evaluateAll((all) => all.indexOf(document.activeElement)), 5);
  });
  await story.check("the list of parts says which one is on the screen", async () => {
    await ada.page.evaluate(() => document.getElementById("sessions").scrollIntoView());
    await story.eventually("it is that of the devices", async () => (await ada.page.locator(".parts [aria-current]").getAttribute("href")) === "#sessions");
  });
  await signsOut(ada);
  await ada.hears("You are signed out.");
}
