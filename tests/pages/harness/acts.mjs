// What many stories begin with.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export const PASSWORD = "correct horse battery";

/** Somebody's address. */
export const addressOf = ({ name }) => `${name.toLowerCase()}@example.com`;

/** Signs up, by the page. */
export async function signsUp(person) {
  await person.opens("/sign-up");
  await person.fills({ "Name": person.name, "E-mail address": addressOf(person), "Password": PASSWORD });
  await person.presses("Sign up");
  await person.isAt("/account");
}

/** Signs in, from wherever the page of that is found. */
export async function signsIn(person, password = PASSWORD) {
  await person.fills({ "E-mail address": addressOf(person), "Password": password });
  await person.presses("Sign in");
}

/** Signs out, by the bar at the top. */
export async function signsOut(person) {
  await person.presses("Sign out");
  await person.isAt("/");
}

/** Signs up, and is made an admin at the server's console. */
export async function becomesAdmin(person, house) {
  await signsUp(person);
  await makeAdmin(person, house);
}

/** Makes somebody who has an account an admin, at the server's console. */
export async function makeAdmin(person, house) {
  const { code, stderr } = await house.command("users", "set-role", addressOf(person), "admin");
  if (code !== 0) throw new Error(`signet users set-role: ${stderr}`);
}

/** Brings in users who take no part: `people` are as `signet users import` reads them. */
export async function populate(house, people) {
  const file = join(house.folder, "people.jsonl");
  writeFileSync(file, people.map((fields) => JSON.stringify(fields)).join("\n"));
  const { code, stdout, stderr } = await house.command("users", "import", file);
  if (code !== 0) throw new Error(`signet users import: ${stdout}${stderr}`);
}

/** Goes to the OpenID provider, and says no there. */
export async function declines({ page, origin }) {
  await page.waitForURL((url) => url.origin !== origin);
  const leaving = page.waitForURL((url) => url.origin === origin);
  await page.getByRole("link", { name: "Cancel" }).click();
  await leaving;
}

/** Goes through the pages of the OpenID provider, as somebody there, until they lead back. */
export async function meetsProvider({ page, origin }, login) {
  const isBack = () => page.url().startsWith(`${origin}/`);
  await page.waitForURL((url) => url.origin !== origin);
  while (!isBack()) {
    const name = page.locator("[name=login]");
    if (await name.count()) {
      await name.fill(login);
      await page.locator("[name=password]").fill("anything");
    }
    const leaving = page.waitForNavigation();
    await page.locator("button[type=submit]").click();
    await leaving;
  }
}
