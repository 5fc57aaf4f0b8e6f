// A server starts for the first time. Whoever runs it finds the link in what it printed, sets up the first admin, and is on the admin's pages.
import { addressOf, PASSWORD, signsOut } from "./harness/acts.mjs";

export default async function (story) {
  const house = await story.house();
  const ada = await story.person("Ada", house);
  await ada.opens("/");
  await ada.sees("There are no users yet. The server's output has a link that makes the first administrator.");
  await ada.looksAt("home-of-an-empty-server");

  const link = await story.eventually("the link for the first admin", () => /http\S+\/setup\?token=\S+/.exec(house.output())?.[0]);
  await ada.opens(link);
  await ada.seesA("heading", "Set up the first administrator");
  await ada.looksAt("set-up");
  // Somebody else has read the link, too, and is slower.
  const mallory = await story.person("Mallory", house);
  await mallory.opens(link);
  await mallory.seesA("heading", "Set up the first administrator");

  await ada.fills({ "Name": ada.name, "E-mail address": addressOf(ada), "Password": PASSWORD });
  await ada.presses("Create the administrator");
  await ada.isAt("/admin");
  await ada.seesA("heading", "Overview");

  await mallory.fills({ "Name": mallory.name, "E-mail address": addressOf(mallory), "Password": PASSWORD });
  await mallory.isRefused("/admin/setup", 400, async () => {
    await mallory.presses("Create the administrator");
    await mallory.seesA("heading", "This link does not work");
  });
  await mallory.looksAt("set-up-too-late");
  await mallory.reloads();
  await mallory.seesA("heading", "This link does not work");

  await ada.opens("/");
  await ada.seesNot("There are no users yet. The server's output has a link that makes the first administrator.");
  await ada.in("main").follows("Administration");
  await ada.isAt("/admin");
  await signsOut(ada);
}
