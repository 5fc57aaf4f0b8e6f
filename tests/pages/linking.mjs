// Ada has an account elsewhere, and may come in by it, too. Grace comes in by nothing else.
import { meetsProvider, signsOut, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house({ provider: true });
  const ada = await story.person("Ada", house);
  await signsUp(ada);
  const linked = ada.in("region", "Linked accounts");
  await linked.sees("Not linked");
  await ada.looksAt("nothing-linked");
  await linked.presses("Link: Acme");
  await meetsProvider(ada, "ada");
  await ada.isAt("/account");
  await linked.seesA("button", "Unlink: Acme");
  await ada.looksAt("linked");

  await signsOut(ada);
  await ada.opens("/sign-in");
  await ada.looksAt("sign-in-with-a-provider");
  await ada.presses("Continue with Acme"); // which knows her still, and sends her back at once
  await ada.isAt("/account");

  await linked.presses("Unlink: Acme");
  await ada.looksAt("unlink");
  await ada.in("dialog", "Unlink Acme?").presses("Unlink");
  await ada.hears("Acme is not linked any more.");
  await linked.sees("Not linked");

  const grace = await story.person("Grace", house);
  await grace.opens("/sign-in");
  await grace.presses("Continue with Acme");
  await meetsProvider(grace, "grace");
  await grace.isAt("/account");
  await grace.in("region", "Linked accounts").sees("Your only way to sign in");
  await grace.sees("You sign in without a password. If you want one as well, we mail you a link to choose it.");
  await grace.looksAt("without-a-password");
}
