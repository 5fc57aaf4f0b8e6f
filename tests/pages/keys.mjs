// Ada looks after the signing keys: she rotates at once, rotates as one should, and revokes a key that has signed.
import assert from "node:assert/strict";
import { becomesAdmin } from "./harness/acts.mjs";

export default async function (story) {
  const began = Date.now() - 60_000;
  const house = await story.house();
  const ada = await story.person("Ada", house);
  await becomesAdmin(ada, house);
  await ada.opens("/admin/keys");
  await ada.seesA("img", "The life of each key on an axis of time. The list below has every moment.");
  const signing = () => ada.inThe("listitem", "Signs since").reads("code");
  const first = await signing();
  await ada.looksAt("one-key");

  await ada.presses("Rotate keys");
  const dialog = ada.in("dialog", "Rotate the signing keys?");
  await dialog.chooses("The new key signs", "at once");
  await ada.looksAt("rotate");
  await dialog.presses("Rotate keys");
  await ada.hears("Every service knows it for certain from {when}.");
  await ada.sees("Retired");

  await ada.presses("Rotate keys");
  await dialog.presses("Rotate keys");
  await ada.hears("A new key is published. It signs from {when}.");
  for (const state of ["Published", "Signing", "Retired"]) await ada.sees(state);
  await story.eventually("three keys are listed", async () => (await ada.page.locator("#keys > li").count()) === 3);
  await story.check("the phase of each key can be seen, however short it is on this axis", async () => {
    const bars = await ada.page.locator("#timeline > g").evaluateAll((rows) => rows.map((row) => {
      const [name] = row.querySelector(".about")?.textContent.split(" · ").slice(1) ?? [];
      const [present] = [...row.querySelectorAll(".segment")].slice(-1);
      return name && { name, phase: present.querySelector("title").textContent.split(": ")[0], width: present.querySelector("rect").getBoundingClientRect().width };
    }).filter(Boolean));
    assert.equal(bars.length, 3);
    for (const { name, phase, width } of bars) assert.ok(phase === name && width >= 15.5, `${name}: ${phase}, ${width} px`);
  });
  await story.check("no key was published before the server was there", async () => {
    const moments = await ada.page.locator("#keys .moments > div:first-child time").evaluateAll((all) => all.map((one) => Date.parse(one.dateTime)));
    assert.ok(moments.length === 3 && moments.every((moment) => moment > began), moments.join());
  });
  await ada.looksAt("three-keys");

  await ada.presses(`Revoke ${first}`);
  const revoke = ada.in("dialog", `Revoke ${first}?`);
  await ada.looksAt("revoke");

  // A refusal stays where it was asked for, and nothing closes the dialog while the answer is awaited.
  let answer;
  const refusal = { status: 409, json: { code: "NOT_NOW", message: "Not now." } };
  await ada.page.route("**/admin/jwks/revoke", (route) => new Promise((go) => (answer = go)).then(() => route.fulfill(refusal)));
  await ada.isRefused("/admin/jwks/revoke", 409, async () => {
    await revoke.presses("Revoke");
    await story.eventually("the revocation is under way", () => Boolean(answer));
    await ada.strikes("Escape", "Escape");
    await story.check("it cannot be cancelled any more", async () => assert.ok(await ada.page.locator("dialog button.quiet").isDisabled()));
    answer();
    await revoke.sees("Not now.");
  });
  await ada.page.unroute("**/admin/jwks/revoke");

  await revoke.presses("Revoke");
  await ada.hears("Every service refuses its tokens for certain from {when}.");
  await ada.seesNo("button", `Revoke ${first}`);
  await story.check("what came of it has the focus", async () => assert.equal(await ada.page.locator("*:focus").getAttribute("id"), "done"));
  await ada.hears(`The key ${first} is revoked.`);
  await ada.looksAt("revoked");
  await ada.reloads();
  await ada.in("region", "Revoked in the last 30 days").sees(first);
  const { keys } = await (await fetch(house.at("/jwks"))).json();
  await story.check("the revoked key is out of the key set", () => assert.ok(!keys.some(({ kid }) => kid === first)));
}
