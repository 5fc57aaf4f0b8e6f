// Sites that let people in by fewer ways: no page of theirs offers what is not there.
import assert from "node:assert/strict";
import { addressOf, meetsProvider, PASSWORD } from "./harness/acts.mjs";

export default async function (story) {
  await nobodySignsUp(story);
  await noPasswords(story);
  await signInAlone(story);
  await accountAlone(story);
}

/** All links of the page that somebody is at lead somewhere. */
async function leadsSomewhere(story, person) {
  const { page } = person;
  const at = new URL(page.url()).pathname;
  await story.check(`all links of ${at} lead somewhere`, async () => {
    const links = new Set(await page.locator("a[href]").evaluateAll((all) => all.filter((link) => !link.hash && !link.hreflang).map(({ href }) => href)));
    for (const link of links) {
      const answer = await page.request.get(link, { headers: { accept: "text/html" } });
      assert.ok(answer.ok(), `${link} answers ${answer.status()}`);
    }
  });
}

async function nobodySignsUp(story) {
  const house = await story.house({ passwords: "enabled = true\ndisable_sign_up = true" });
  const ada = await story.person("Ada", house);
  for (const [path, heading] of [["/", "Welcome"], ["/sign-in", "Sign in"], ["/sign-up", "Sign up"]]) {
    await ada.opens(path);
    await ada.seesA("heading", heading);
    await ada.seesNo("link", "Sign up");
    await ada.seesNo("button", "Sign up");
    await leadsSomewhere(story, ada);
  }
  await ada.sees("Nobody can sign up here at present. Those who run this site can make an account for you.");
  await ada.looksAt("sign-up-closed");
}

async function noPasswords(story) {
  const house = await story.house({ passwords: "enabled = false", provider: true });
  const ada = await story.person("Ada", house);
  for (const path of ["/", "/sign-in", "/sign-up", "/forgot-password"]) {
    await ada.opens(path);
    await ada.seesNo("link", "Forgotten your password?");
    await story.check(`${path} asks for nothing`, async () => assert.equal(await ada.page.locator("input").count(), 0));
    await leadsSomewhere(story, ada);
    if (path === "/sign-in") await ada.looksAt("sign-in-without-passwords");
  }
  await ada.opens("/sign-in");
  await ada.presses("Continue with Acme");
  await meetsProvider(ada, "ada");
  await ada.isAt("/account");
  await ada.seesNo("region", "Password");
  await leadsSomewhere(story, ada);
}

async function signInAlone(story) {
  const off = ["home", "sign_up", "forgot_password", "reset_password", "verify_email", "error", "account", "setup", "admin"];
  const house = await story.house({ pages: off.map((name) => `${name} = false`).join("\n") });
  const ada = await story.person("Ada", house);
  await ada.opens("/sign-in");
  await ada.seesA("button", "Sign in");
  await leadsSomewhere(story, ada);
}

async function accountAlone(story) {
  const off = ["home", "sign_in", "sign_up", "forgot_password", "reset_password", "verify_email", "error", "setup", "admin"];
  const house = await story.house({ pages: off.map((name) => `${name} = false`).join("\n") });
  const ada = await story.person("Ada", house);
  await ada.isRefused("/account", 401, async () => {
    await ada.opens("/account");
    await leadsSomewhere(story, ada);
    await ada.sees("You are not signed in, or not any more.");
  });
  // The application signs her in by a page of its own.
  await ada.page.request.post(house.at("/sign-up/email"), { data: { name: ada.name, email: addressOf(ada), password: PASSWORD }, headers: { origin: ada.origin } });
  await ada.opens("/account");
  await leadsSomewhere(story, ada);
}
