// Grace has her account open in two tabs, and leaves in one of them. Neither the other one nor the way back shows it any more.
import { addressOf, signsIn, signsOut, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const grace = await story.person("Grace", house);
  await signsUp(grace);
  const other = await grace.inAnotherTab();
  await other.opens("/account");
  await signsOut(other);
  await grace.looksBackIntoTheTab();
  await grace.isAt("/sign-in?callbackURL=%2Faccount");
  await other.goesBack();
  await other.isAt("/sign-in?callbackURL=%2Faccount");
  await other.seesNot(addressOf(grace));

  // Somebody else signs up in the other tab: nothing that is done in the first is done to them by mistake.
  await signsIn(grace);
  await grace.isAt("/account");
  await other.opens("/account");
  await signsOut(other);
  other.name = "Linus";
  await signsUp(other);
  await grace.looksBackIntoTheTab();
  await grace.in("region", "Profile").sees(addressOf(other));

  // As long as nobody has come or gone, nothing that was typed is lost.
  await grace.in("region", "Profile").types("Name", "Linus T.");
  await grace.andWaitsFor("/get-session", () => grace.looksBackIntoTheTab());
  await grace.in("region", "Profile").presses("Save");
  await grace.hears("Saved.");
  await grace.sees("Linus T.");
}
