// Ada leaves for good.
import { addressOf, PASSWORD, signsIn, signsUp } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const ada = await story.person("Ada", house);
  await signsUp(ada);
  await ada.presses("Delete my account");
  const dialog = ada.in("dialog", "Delete your account?");
  await dialog.fills({ [`Type your address to confirm: ${addressOf(ada)}`]: "somebody@example.com", "Current password": PASSWORD });
  await dialog.presses("Delete for good");
  await dialog.isToldAbout(`Type your address to confirm: ${addressOf(ada)}`, "This is not your address.");
  await ada.looksAt("delete");
  await dialog.types(`Type your address to confirm: ${addressOf(ada)}`, addressOf(ada));
  await dialog.presses("Delete for good");
  await ada.seesA("heading", "Your account is deleted");
  await ada.looksAt("deleted");
  await ada.follows("To the start page");
  await ada.isAt("/");
  await ada.opens("/sign-in");
  await ada.isRefused("/sign-in/email", 401, async () => {
    await signsIn(ada);
    await ada.hears("The address or the password is wrong.");
  });
}
