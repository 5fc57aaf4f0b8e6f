// Looks at a page as it is now: for people who see it, on narrow screens, by day and by night, and for those who have it read to them.
import { writeFileSync } from "node:fs";
import { withAxe } from "./axe.mjs";
import { NARROWEST } from "./devices.mjs";
import { pictureOf } from "./album.mjs";

/** What is wrong with the page, a sentence each. Leaves a picture by day and one by night. */
export async function look(page, { flow, name, device, words }) {
  await settled(page);
  const faults = await page.evaluate(inspect, { language: words.language, foreign: words.foreign() });
  const width = page.viewportSize().width;
  // Behind a dialog there is nothing to see, and it stays in the middle of the screen.
  const fullPage = await page.locator("dialog[open]").count() === 0;
  const devtools = await page.context().newCDPSession(page);
  await withAxe(devtools, async (find) => {
    faults.push(...await find());
    await take(devtools, pictureOf(flow, name, device, "light"), fullPage);
    await page.emulateMedia({ colorScheme: "dark" });
    faults.push(...(await find(["color-contrast"])).map((fault) => `by night: ${fault}`));
    await take(devtools, pictureOf(flow, name, device, "dark"), fullPage);
  });
  await devtools.detach();
  await page.emulateMedia({ colorScheme: "light" });
  faults.push(...await tooWide(page, width));
  if (device === "phone") {
    await page.setViewportSize({ ...page.viewportSize(), width: NARROWEST });
    faults.push(...await tooWide(page, NARROWEST));
    await page.setViewportSize({ ...page.viewportSize(), width });
  }
  return faults;
}

/** Takes a picture. Files that are packed less well are there in half the time. */
async function take(devtools, path, fullPage) {
  const { cssContentSize } = await devtools.send("Page.getLayoutMetrics");
  const whole = { captureBeyondViewport: true, clip: { ...cssContentSize, scale: 1 } };
  const { data } = await devtools.send("Page.captureScreenshot", { format: "png", optimizeForSpeed: true, ...(fullPage ? whole : {}) });
  writeFileSync(path, Buffer.from(data, "base64"));
}

/** Waits until the page says that it is done. */
export const settled = (page) => page.waitForFunction(() => document.readyState === "complete" && !document.querySelector("[aria-busy=true]"));

async function tooWide(page, width) {
  const wide = await page.evaluate((width) => {
    if (document.scrollingElement.scrollWidth <= width) return null;
    // What sticks out by itself, and is not clipped or scrolled by something around it.
    const clips = (element) => element && element !== document.documentElement && (getComputedStyle(element).overflowX !== "visible" || clips(element.parentElement));
    const out = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > width + 1 && !clips(element.parentElement));
    return { width: document.scrollingElement.scrollWidth, first: out.slice(0, 3).map((element) => element.outerHTML.slice(0, 160)) };
  }, width);
  return wide ? [`it is ${wide.width} px wide on ${width} px: ${wide.first.join(" | ")}`] : [];
}

/** Runs in the page. */
function inspect({ language, foreign }) {
  const faults = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  if (!document.title.trim()) faults.push("it has no title");
  if (document.documentElement.lang !== language) faults.push(`its language is ${document.documentElement.lang}, not ${language}`);
  const headings = [...document.querySelectorAll("h1")].filter(shown);
  if (headings.length !== 1) faults.push(`it has ${headings.length} headings of the first level`);
  if (document.querySelectorAll("main").length !== 1) faults.push("it has not one main part");
  for (const field of document.querySelectorAll("[aria-invalid=true]")) {
    const ids = `${field.getAttribute("aria-describedby") ?? ""} ${field.getAttribute("aria-errormessage") ?? ""}`.split(/\s+/).filter(Boolean);
    const said = ids.map((id) => document.getElementById(id)?.textContent.trim() ?? "").join("");
    if (!said) faults.push(`a wrong field is not told what is wrong: ${field.outerHTML.slice(0, 160)}`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim().replace(/\s+/g, " ");
    const around = texts.currentNode.parentElement;
    if (foreign.includes(text) && shown(around) && !around.closest("[lang]:not(html), code")) faults.push(`a text of another language: ${text}`);
    if (/\{\w+\}|\{\{|\}\}|\bundefined\b|\[object |\bNaN\b|Invalid Date/.test(text) && shown(around) && !around.closest("script, pre, code")) faults.push(`a text that was not filled in: ${text.slice(0, 120)}`);
  }
  return faults;
}
