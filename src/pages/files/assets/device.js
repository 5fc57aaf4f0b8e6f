// What somebody signs in from, by what their browser calls itself.

/** By the mark that one carries and those before it do not: most call themselves Chrome and Safari, too. */
const BROWSERS = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:OPR|OPT|Opera|OPiOS)\b/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bYaBrowser\//, "Yandex"],
  [/\b(?:Ddg|DuckDuckGo)\//, "DuckDuckGo"],
  [/\bElectron\//, null],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\bCriOS\/|Chrom(?:e|ium)\//, "Chrome"],
  [/\bMSIE |\bTrident\//, "Internet Explorer"],
  [/\bVersion\/\S+ .*\bSafari\//, "Safari"],
];

const SYSTEMS = [
  [/\bWindows Phone\b/, "Windows Phone", "phone"],
  [/\bWindows\b/, "Windows", "computer"],
  [/\b(?:iPhone|iPod)\b/, "iPhone", "phone"],
  [/\biPad\b/, "iPad", "tablet"],
  [/\bKAIOS\b/, "KaiOS", "phone"],
  [/\bAndroid\b.*\bMobile\b|\bAndroid; Mobile\b/, "Android", "phone"],
  [/\bAndroid\b/, "Android", "tablet"],
  [/\bCrOS\b/, "ChromeOS", "computer"],
  [/\bMacintosh\b|\bMac OS X\b/, "Mac", "computer"],
  [/\b(?:Free|Open|Net)BSD\b/, "BSD", "computer"],
  [/\bLinux\b|\bX11\b/, "Linux", "computer"],
];

/** As much as is looked at, and as long as the name of a program may be. */
const LONGEST = 512;
const LONGEST_NAME = 32;

/**
 * { browser, system, kind }: device("Mozilla/5.0 (iPhone; …) … Safari/604.1") is Safari, iPhone, "phone". What is not known is
 * null. kind is "computer", "phone", "tablet", "program" (the browser then is its name), or "unknown".
 */
export function device(userAgent) {
  const text = (userAgent ?? "").slice(0, LONGEST);
  const [, system = null, kind = "unknown"] = SYSTEMS.find(([mark]) => mark.test(text)) ?? [];
  if (text.startsWith("Mozilla/") || text.startsWith("Opera/")) {
    const [, browser = null] = BROWSERS.find(([mark]) => mark.test(text)) ?? [];
    return { browser, system, kind };
  }
  const [, program] = /^([\p{L}\d][\p{L}\d ._-]*)/u.exec(text) ?? [];
  return program ? { browser: program.trim().slice(0, LONGEST_NAME), system, kind: "program" } : { browser: null, system, kind };
}
