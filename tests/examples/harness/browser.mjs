// A real browser, without a window.
import { createRequire } from "node:module";
import { join } from "node:path";

const SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Hands Chromium to `use`, with one page in a profile of its own, and ends it afterwards. */
export async function inChromium(t, use) {
  const { chromium } = createRequire(join(await t.npm("tests/examples"), "package.json"))("playwright-core");
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: SWITCHES });
  try {
    const context = await browser.newContext();
    context.setDefaultTimeout(30_000);
    await use(await context.newPage(), context);
  } finally {
    await browser.close();
  }
}

/** Fills a form, which is named by its button, and sends it. */
export async function submit(page, button, values) {
  const form = page.locator("form", { has: page.getByRole("button", { name: button, exact: true }) });
  for (const [name, value] of Object.entries(values)) await form.locator(`[name=${name}]`).fill(value);
  await form.getByRole("button", { name: button, exact: true }).click();
}

/** What scripts of a page could steal: everything that it keeps, and its cookies that are not hidden. */
export const exposed = (page) => page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
