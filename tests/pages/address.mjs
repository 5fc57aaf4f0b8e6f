// Ada moves to another address. Her old one is asked first, then the new one.
import { addressOf, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const ada = await story.person("Ada", house);
  await signsUp(ada);
  const profile = ada.in("region", "Profile");
  await profile.sees("Not verified");
  await profile.presses("Send me a link");
  await ada.hears(`A link is on its way to ${addressOf(ada)}.`);
  await house.mailed("verification", addressOf(ada)); // that of the sign-up
  await ada.opens(await house.mailed("verification", addressOf(ada)));
  await ada.opens("/account");
  await profile.sees("Verified");

  await profile.unfolds("Change e-mail address");
  await profile.types("New e-mail address", "ada@elsewhere.example");
  await ada.looksAt("another-address");
  await profile.presses("Change e-mail address");
  await ada.hears(`A link is on its way to ${addressOf(ada)}. Follow it first; another one then goes to ada@elsewhere.example.`);
  await ada.opens(await house.mailed("change-email", addressOf(ada)));
  await ada.opens(await house.mailed("verification", "ada@elsewhere.example"));
  await ada.opens("/account");
  await profile.sees("ada@elsewhere.example");
}
