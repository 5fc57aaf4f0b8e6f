// The signing keys: their lives as a picture and one by one, a rotation, the end of a key.
import { people, who } from "./activity.js";
import { get, page, post, Refusal } from "./api.js";
import { asItWas, revokedOf, TOLD } from "./key_history.js";
import { live } from "./live.js";
import { draw } from "./timeline.js";
import { ago, ask, byId, copier, el, exactly, on, precisely, sentence, t } from "./ui.js";

const BADGES = { signing: "good", published: "warn", retired: "", removed: "" };
let keys = [];
let shown = "";
/** What the trail says of keys, the newest first, and for which keys it was asked. */
let trail = [];
let asked = null;

async function load() {
  const answer = await get("/admin/jwks");
  await look(answer.keys);
  keys = asItWas(answer.keys, trail);
  draw(byId("timeline"), keys);
  byId("picture").setAttribute("aria-busy", "false");
  // What has the focus stays as long as nothing is new.
  const now = JSON.stringify(keys);
  if (now !== shown) byId("keys").replaceChildren(...keys.map(one));
  shown = now;
}

/** Asks the trail, each time that a key has come or gone. Not everybody may read it: then the keys' own moments are all there is. */
async function look(keys) {
  const kids = keys.map(({ kid }) => kid).sort().join(" ");
  if (!page.features.audit || kids === asked) return;
  asked = kids;
  try {
    ({ entries: trail } = await get("/admin/audit", { action: TOLD, limit: 500 }));
    const revoked = revokedOf(trail);
    const known = await people(revoked.map(({ entry }) => entry));
    byId("revoked").hidden = !revoked.length;
    byId("revoked-keys").replaceChildren(...revoked.map((one) => gone(one, known)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // It is asked again when it may answer: whom it turns away it writes down.
    if (error.status !== 403) asked = null;
  }
}

function gone({ kid, alg, entry }, known) {
  const moment = (name, ...said) => el("div", {}, el("dt", {}, t(name)), el("dd", {}, ...said));
  return el("li", { class: "key" },
    el("div", { class: "named" }, el("code", {}, kid), alg ? el("span", { class: "muted" }, alg) : null, el("span", { class: "badge bad" }, t("revoked_state"))),
    el("dl", { class: "moments" },
      moment("revoked_at", el("time", { datetime: entry.at, title: precisely(entry.at) }, exactly(entry.at)), el("span", { class: "hint" }, ` ${ago(entry.at)}`)),
      entry.details.safeAt ? moment("revoked_until", el("time", { datetime: entry.details.safeAt, title: precisely(entry.details.safeAt) }, exactly(entry.details.safeAt))) : null,
      moment("revoked_by", who(entry, known))));
}

function one(key) {
  const { kid, alg, state, usable } = key;
  const end = el("button", { type: "button", class: "small danger", "aria-label": t("revoke_key", { kid }) }, t("revoke"));
  on(end, () => revoke(key));
  return el("li", { class: "key" },
    el("div", { class: "heading" },
      el("div", { class: "named" },
        el("code", {}, kid), el("span", { class: "muted" }, alg),
        el("span", { class: `badge ${BADGES[state] ?? ""}` }, t(state)),
        usable ? null : el("span", { class: "badge bad" }, t("unusable"))),
      el("div", { class: "actions" }, copier(kid, t("copy_key", { kid })), state === "removed" ? null : end)),
    usable ? null : el("p", { class: "notice bad" }, t("unusable_hint")),
    el("dl", { class: "moments" }, ...moments(key)));
}

function moments({ state, createdAt, signsFrom, signsUntil, removedAt }) {
  const past = (iso) => iso && Date.parse(iso) <= Date.now();
  const neverSigns = signsUntil && Date.parse(signsFrom) >= Date.parse(signsUntil);
  const signing = neverSigns
    // The only key signs whatever the plan has been: that it has never signed cannot be told from its moments.
    ? [[t(past(signsUntil) ? "ended_at" : "ends_at"), signsUntil]]
    : [
      [t(state === "signing" ? "signs_since" : past(signsFrom) ? "signed_from" : "signs_from"), signsFrom],
      [t(past(signsUntil) ? "signed_until" : "signs_until"), signsUntil],
    ];
  return [
    [t("published_at"), createdAt],
    ...signing,
    [t(past(removedAt) ? "removed_at" : "removes_at"), removedAt],
  ].map(([name, at]) => el("div", {}, el("dt", {}, name), el("dd", {}, at
    ? [el("time", { datetime: at, title: precisely(at) }, exactly(at)), el("span", { class: "hint" }, ` ${ago(at)}`)]
    : t("open_end"))));
}

/** Shows what came of an act, and from when on it holds everywhere. It gets the focus: the button that asked for it may go. */
function tell(kind, ...lines) {
  const done = byId("done");
  done.className = `notice safe ${kind}`;
  done.hidden = false;
  done.replaceChildren(...lines.map((line, at) => el(at ? "span" : "strong", {}, line)));
  done.focus();
}

const moment = (iso) => `${exactly(iso)} (${ago(iso)})`;

async function rotate() {
  const algorithms = [...new Set(keys.filter(({ state }) => state === "signing" || state === "published").map(({ alg }) => alg))];
  const choice = algorithms.length > 1 ? [{ name: "alg", label: t("algorithm"), options: algorithms.map((alg) => [alg, alg]) }] : [];
  const done = {};
  const answer = await ask({
    title: t("rotate_title"),
    text: t("rotate_text"),
    yes: t("rotate"),
    fields: [...choice, { name: "when", label: t("rotate_when"), options: [["planned", t("rotate_planned")], ["now", t("rotate_now")]], hint: t("rotate_hint") }],
    act: async ({ alg, when }) => Object.assign(done, await post("/admin/jwks/rotate", { immediately: when === "now", ...(alg ? { alg } : {}) })),
  });
  if (!answer) return;
  const { key, safeAt } = done;
  if (answer.when === "now") tell("warn", t("rotated_now", { kid: key.kid }), t("rotated_now_safe", { when: moment(safeAt) }));
  else tell("good", t("rotated", { when: moment(key.signsFrom) }), t("rotated_hint", { kid: key.kid }));
  await refresh();
}

async function revoke({ kid, state }) {
  const done = {};
  const answer = await ask({
    title: sentence("revoke_title", { kid: el("code", {}, kid) }),
    text: t(state === "signing" ? "revoke_text_signing" : "revoke_text"),
    yes: t("revoke"),
    danger: true,
    act: async () => Object.assign(done, await post("/admin/jwks/revoke", { kid })),
  });
  if (!answer) return;
  const { safeAt, successor } = done;
  tell("warn", t("revoked_key", { kid }), t("revoked_safe", { when: moment(safeAt) }), t("revoked"), ...(successor ? [t("revoked_successor", { kid: successor })] : []));
  await refresh();
}

const refresh = live(load, byId("fault"));
on(byId("rotate"), rotate);
