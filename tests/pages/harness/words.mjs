// What the pages say, in each language: stories are told in English, and this is what another language has in its place.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../examples/harness/test.mjs";

const folder = join(process.env.PAGES_FILES || join(root, "src/pages/files"), "messages");
const PLACE = /\{(\w+)\}/g;

/** The messages of a language, by table and key. Their files have tables and texts on one line, no other TOML. */
function messagesOf(language) {
  const messages = new Map();
  let table = "";
  for (const line of readFileSync(join(folder, `${language}.toml`), "utf8").split("\n")) {
    const [, named] = /^\[([^\]]+)\]$/.exec(line.trim()) ?? [];
    const [, key, text] = /^([\w."-]+)\s*=\s*("(?:[^"\\]|\\.)*")/.exec(line.trim()) ?? [];
    if (named !== undefined) table = `${named}.`;
    else if (key !== undefined) messages.set(table + key.replaceAll("\"", ""), JSON.parse(text));
  }
  return messages;
}

const languages = new Map((existsSync(folder) ? readdirSync(folder) : []).filter((file) => file.endsWith(".toml")).map((file) => file.slice(0, -".toml".length)).map((language) => [language, messagesOf(language)]));

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The messages that have places to be filled, as patterns of the English text. */
const patterns = [...(languages.get("en") ?? [])].filter(([, text]) => text.includes("{") && /\p{L}{2}/u.test(text.replace(PLACE, ""))).map(([key, text]) => {
  const names = [...text.matchAll(PLACE)].map(([, name]) => name);
  const literals = text.split(PLACE).filter((_, at) => at % 2 === 0);
  return { key, names, pattern: new RegExp(`^${literals.map(escaped).join("(.+)")}$`) };
});

export class Words {
  constructor(language) {
    this.language = language;
  }

  /** All that a text may be in this language: one English text can be two messages. Names, addresses and what a person typed stay as they are. */
  all(text) {
    const own = languages.get(this.language);
    if (this.language === "en" || !own) return [text];
    const same = [...languages.get("en")].filter(([, english]) => english === text).map(([key]) => own.get(key));
    const filled = same.length ? [] : patterns.flatMap(({ key, names, pattern }) => {
      const found = pattern.exec(text);
      if (!found || !own.has(key)) return [];
      const values = new Map(names.map((name, at) => [name, this.all(found[at + 1])[0]]));
      return [own.get(key).replace(PLACE, (_, name) => values.get(name))];
    });
    const known = [...same, ...filled].filter((one) => one !== undefined);
    if (known.length) return [...new Set(known)];
    // What is done, and to what: "Sign out: Firefox on Linux".
    return text.includes(": ") ? [text.split(": ").map((part) => this.all(part)[0]).join(": ")] : [text];
  }

  pattern(text, isWhole = false) {
    if (text instanceof RegExp) return text;
    const any = this.all(text).map((one) => one.split(PLACE).map((part, at) => (at % 2 ? ".+" : escaped(part).replace(/\s+/g, "\\s+"))).join("")).join("|");
    return new RegExp(isWhole ? `^\\s*(?:${any})\\s*$` : `(?:${any})`);
  }

  /** The messages of other languages that this one has other words for: none of them may stand on a page of this one. */
  foreign() {
    const own = new Set(languages.get(this.language)?.values());
    return [...languages].filter(([language]) => language !== this.language).flatMap(([, messages]) => [...messages.values()]).filter((text) => text.length > 3 && !own.has(text) && !text.includes("{"));
  }
}
