// What somebody signs in from, by what their browser calls itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { device } from "../../../src/pages/files/assets/device.js";

const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const linux = "Mozilla/5.0 (X11; Linux x86_64)";
const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const android = "Mozilla/5.0 (Linux; Android 10; K)";
const iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const ipad = "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

const known = [
  [`${windows} ${webkit} Chrome/140.0.0.0 Safari/537.36`, "Chrome", "Windows", "computer"],
  [`${linux} ${webkit} HeadlessChrome/140.0.0.0 Safari/537.36`, "Chrome", "Linux", "computer"],
  [`${android} ${webkit} Chrome/140.0.0.0 Mobile Safari/537.36`, "Chrome", "Android", "phone"],
  [`${android} ${webkit} Chrome/140.0.0.0 Safari/537.36`, "Chrome", "Android", "tablet"],
  [`${iphone} CriOS/140.0.0.0 Mobile/15E148 Safari/604.1`, "Chrome", "iPhone", "phone"],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/140.0.0.0 Safari/537.36`, "Chrome", "ChromeOS", "computer"],
  [`${windows} ${webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge", "Windows", "computer"],
  [`${android} ${webkit} Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0`, "Edge", "Android", "phone"],
  [`${windows} ${webkit} Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763`, "Edge", "Windows", "computer"],
  [`${windows} ${webkit} Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0`, "Opera", "Windows", "computer"],
  ["Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "Opera", "Windows", "computer"],
  [`${android} ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, "Samsung Internet", "Android", "phone"],
  [`${linux} ${webkit} Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5`, "Vivaldi", "Linux", "computer"],
  [`${mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15 Ddg/18.1`, "DuckDuckGo", "Mac", "computer"],
  [`${mac} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`, "Safari", "Mac", "computer"],
  [`${iphone} Version/18.1 Mobile/15E148 Safari/604.1`, "Safari", "iPhone", "phone"],
  [`${ipad} Version/17.5 Mobile/15E148 Safari/604.1`, "Safari", "iPad", "tablet"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox", "Linux", "computer"],
  ["Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0", "Firefox", "Android", "phone"],
  ["Mozilla/5.0 (X11; FreeBSD amd64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox", "BSD", "computer"],
  [`${iphone} FxiOS/143.0 Mobile/15E148 Safari/605.1.15`, "Firefox", "iPhone", "phone"],
  ["Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer", "Windows", "computer"],
  // A page within an application has the system's engine, and no name of its own.
  [`${iphone} Mobile/15E148`, null, "iPhone", "phone"],
  [`${mac} ${webkit} Notes/1.0 Chrome/138.0.0.0 Electron/37.2.0 Safari/537.36`, null, "Mac", "computer"],
  // Programs.
  ["curl/8.5.0", "curl", null, "program"],
  ["python-requests/2.32.3", "python-requests", null, "program"],
  ["Dart/3.5 (dart:io)", "Dart", null, "program"],
  ["My Notes/3.1 (iPhone; iOS 18.1)", "My Notes", "iPhone", "program"],
  ["node", "node", null, "program"],
  // Nothing that says anything.
  ["", null, null, "unknown"],
  [undefined, null, null, "unknown"],
  [null, null, null, "unknown"],
  ["Mozilla/5.0", null, null, "unknown"],
  ["<script>alert(1)</script>", null, null, "unknown"],
  ["()", null, null, "unknown"],
];

for (const [userAgent, browser, system, kind] of known) {
  test(`${userAgent} is ${browser ?? "some browser"} on ${system ?? "something"}`, () => {
    assert.deepEqual(device(userAgent), { browser, system, kind });
  });
}

test("a program with a name that never ends is cut short, and quickly", () => {
  const began = performance.now();
  assert.equal(device("a".repeat(100_000)).browser, "a".repeat(32));
  assert.equal(device(`Mozilla/5.0 ${"Android ".repeat(5_000)}`).system, "Android");
  assert.equal(device(`Mozilla/5.0 ${"Version/1 ".repeat(5_000)}`).browser, null);
  assert.ok(performance.now() - began < 1_000);
});
