// How something does: a sign and a word, so that no colour is needed.
import { el, svg } from "./ui.js";

const SIGNS = { good: "M3.5 8.5l3 3 6-7", bad: "M8 3v6M8 12v.5", off: "M4 8h8" };

/** kind: "good", "bad" or "off". */
export function state(kind, word) {
  return el("span", { class: `state ${kind}` },
    svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
      svg("path", { d: SIGNS[kind], fill: "none", stroke: "currentColor", "stroke-width": 2.2, "stroke-linecap": "round", "stroke-linejoin": "round" })),
    word);
}
