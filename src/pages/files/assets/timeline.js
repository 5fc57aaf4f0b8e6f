// The life of each key as a picture: a row for each, on one axis of time that has `now` on it.
import { exactly, locale, svg, t } from "./ui.js";

const HEAD = 44;
const ROW = 58;
/** Where a key's name and what it does have no room side by side, they have a line each. */
const NARROW = 480;
const LINE = 17;
const BAR = 20;
/** As wide as the phase that a key is in is at least: an hour on an axis of months would not be seen. */
const SEEN = 16;
const DAY = 86400000;
const STEPS = [3600000, 3 * 3600000, 6 * 3600000, 12 * 3600000, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 91 * DAY, 182 * DAY, 365 * DAY];

/** The phases of a key with their moments; `to` is null where the last one has no end. */
export function phases({ state, createdAt, signsFrom, signsUntil, removedAt }, now) {
  const at = (iso) => (iso ? Date.parse(iso) : null);
  const [created, from, until, removed] = [createdAt, signsFrom, signsUntil, removedAt].map(at);
  const end = until === null ? null : Math.max(until, state === "signing" ? Math.min(now, removed ?? now) : until);
  const start = end === null ? from : Math.min(from, end);
  const all = [
    { name: "published", from: created, to: start },
    { name: "signing", from: start, to: end },
    ...(end === null ? [] : [{ name: "retired", from: end, to: removed }]),
    ...(removed === null ? [] : [{ name: "removed", from: removed, to: null }]),
  ];
  return all.filter((phase) => phase.to === null || phase.to > phase.from);
}

/** Draws all keys, as wide as there is room for, and once more when that changes. */
export function draw(picture, keys) {
  picture.keys = keys;
  if (!picture.watched) {
    picture.watched = new ResizeObserver(() => paint(picture));
    picture.watched.observe(picture.parentElement);
  }
  paint(picture);
}

function paint(picture) {
  const width = picture.clientWidth;
  const { keys } = picture;
  if (!width || !keys.length) return picture.replaceChildren();
  const now = Date.now();
  const names = width < NARROW ? LINE : 0;
  const height = HEAD + keys.length * (ROW + names);
  const { first, last } = span(keys, now);
  const x = (at) => Math.round(((at - first) / (last - first)) * width * 10) / 10;
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("height", height);
  picture.replaceChildren(patterns(), ...ticks(first, last, width, height, x), line(now, width, height, x), ...keys.map((key, at) => row(key, HEAD + at * (ROW + names), names, now, last, x)));
}

/** From the first creation to the last removal, with room for what has no end. */
function span(keys, now) {
  const moments = keys.flatMap((key) => phases(key, now).flatMap(({ from, to }) => [from, to])).filter((at) => at !== null);
  const [first, last] = [Math.min(now, ...moments), Math.max(now, ...moments)];
  const room = Math.max(last - first, DAY / 4) * 0.06;
  return { first: first - room / 2, last: last + room };
}

function patterns() {
  return svg("defs", {},
    svg("pattern", { id: "dots", width: 6, height: 6, patternUnits: "userSpaceOnUse" }, svg("rect", { width: 6, height: 6 }), svg("circle", { cx: 3, cy: 3, r: 1.3 })),
    svg("pattern", { id: "stripes", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, svg("rect", { width: 7, height: 7 }), svg("path", { d: "M1 0v7" })));
}

function ticks(first, last, width, height, x) {
  const step = STEPS.find((step) => (last - first) / step <= width / 90) ?? Math.ceil((last - first) / (width / 90) / DAY) * DAY;
  const zone = new Date(first).getTimezoneOffset() * 60000;
  const shown = step < DAY ? { weekday: "short", hour: "2-digit", minute: "2-digit" } : step < 91 * DAY ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" };
  const format = new Intl.DateTimeFormat(locale, shown);
  const all = [];
  for (let at = Math.ceil((first - zone) / step) * step + zone; at < last; at += step) {
    const there = x(at);
    const fits = there > 36 && there < width - 36;
    all.push(svg("g", { class: "tick" },
      svg("line", { x1: there, x2: there, y1: HEAD - 8, y2: height }),
      fits ? svg("text", { x: there, y: HEAD - 14, "text-anchor": "middle" }, format.format(at)) : null));
  }
  return all;
}

function row(key, top, names, now, last, x) {
  const kid = key.kid.length > 14 ? `${key.kid.slice(0, 12)}…` : key.kid;
  const bar = top + 26 + names;
  return svg("g", {},
    svg("text", { class: "kid", x: 0, y: top + 18 }, kid,
      svg("tspan", { class: "about", ...(names ? { x: 0, dy: names } : { dx: 10 }), "font-family": "var(--font)", "font-weight": 400 }, about(key, now))),
    ...placed(key, now, last, x).map((phase) => segment(phase, bar)),
    // Behind the names, before the bars.
    svg("g", { class: "now" }, svg("line", { x1: x(now), x2: x(now), y1: bar - 2, y2: bar + BAR + 2 })));
}

/** What a key does, and until when: a width on an axis of months does not tell an hour. */
function about({ alg, state, signsFrom, signsUntil, removedAt }, now) {
  const [says, at] = { published: ["from_then", signsFrom], signing: ["until_then", signsUntil], retired: ["until_then", removedAt] }[state] ?? [];
  return [alg, t(state), at && Date.parse(at) > now ? t(says, { when: soon(Date.parse(at), now) }) : null].filter(Boolean).join(" · ");
}

/** A moment in few letters: the time where it is within a day, the day where it is not. */
function soon(at, now) {
  const shown = at - now < DAY ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(locale, shown).format(at);
}

/** The phases of a key with where they begin and end in the picture. The present one can be seen, and lies above the others. */
function placed(key, now, last, x) {
  const all = phases(key, now).map((phase) => ({ ...phase, start: x(phase.from), end: x(phase.to ?? last) }));
  const present = all.findLast(({ name }) => name === key.state);
  if (!present) return all;
  present.end = Math.max(present.end, present.start + SEEN);
  for (const phase of all.slice(all.indexOf(present) + 1)) [phase.start, phase.end] = [phase.start, phase.end].map((edge) => Math.max(edge, present.end));
  return [...all.filter((phase) => phase !== present), present];
}

function segment({ name, from, to, start, end }, top) {
  const wide = Math.max(4, end - start);
  const label = t(name);
  const title = svg("title", {}, to === null ? t("segment_open", { phase: label, from: exactly(from) }) : t("segment", { phase: label, from: exactly(from), to: exactly(to) }));
  if (name === "removed") {
    return svg("g", { class: "segment removed" }, title, svg("line", { x1: start + 4, x2: Math.max(start + 4, end), y1: top + BAR / 2, y2: top + BAR / 2 }));
  }
  const fits = name === "signing" && wide > label.length * 8 + 12;
  return svg("g", { class: `segment ${name}` }, title,
    svg("rect", { x: start, y: top, width: wide, height: BAR, rx: 4 }),
    fits ? svg("text", { x: start + 8, y: top + 14.5 }, label) : null,
    to === null ? svg("text", { class: "open", x: end - 8, y: top + 15, "text-anchor": "end", "aria-hidden": "true" }, "→") : null);
}

function line(now, width, height, x) {
  const label = t("now");
  const wide = label.length * 8 + 14;
  const there = x(now);
  const left = Math.min(Math.max(0, there - wide / 2), width - wide);
  return svg("g", { class: "now" },
    svg("line", { x1: there, x2: there, y1: 18, y2: height }),
    svg("rect", { x: left, y: 0, width: wide, height: 20, rx: 10 }),
    svg("text", { x: left + wide / 2, y: 14, "text-anchor": "middle" }, label));
}
