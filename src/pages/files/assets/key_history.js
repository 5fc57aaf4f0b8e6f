// What has become of the signing keys, as the audit trail has it. A key that signed at once stands in its table as if it had been
// published earlier, and what is left of a line of keys does not say any more which of them signed first.

/** The acts that say it, as `/admin/audit` is asked for them. */
export const TOLD = ["key.created", "key.rotated", "key.imported", "key.revoked"];

/** How long a revoked key is shown, in milliseconds. */
const SHOWN = 30 * 86_400_000;

const at = (iso) => Date.parse(iso);

/** The keys with the moments at which it all happened, as far as `entries` of the trail, the newest first, go back. */
export function asItWas(keys, entries) {
  const made = new Map(entries.filter(({ action }) => action !== "key.revoked").map((entry) => [entry.details.kid, entry]));
  const known = keys.map((key) => corrected(key, made.get(key.kid)));
  return known.map((key) => (began(key, known, made) ? { ...key, signsFrom: key.createdAt } : key)).sort((one, other) => at(other.createdAt) - at(one.createdAt));
}

const corrected = (key, entry) => (entry?.details.immediately ? { ...key, createdAt: entry.at, signsFrom: entry.at } : key);

/** Whether a key signed as soon as it was there: it is the first of its algorithm that the trail or the table knows of. */
function began({ kid, alg, createdAt, signsFrom, signsUntil }, known, made) {
  const entry = made.get(kid);
  if (!entry || !signsUntil || at(signsFrom) < at(signsUntil)) return false;
  const isEarlier = (one) => one.kid !== kid && one.alg === alg && at(one.at) < at(createdAt);
  const others = [...known.map((key) => ({ kid: key.kid, alg: key.alg, at: key.createdAt })), ...[...made.values()].map((one) => ({ ...one.details, at: one.at }))];
  return !others.some(isEarlier);
}

/** The keys that were revoked of late: `{ kid, alg, entry }`, the newest first. */
export function revokedOf(entries, now = Date.now()) {
  const algorithms = new Map(entries.map(({ details }) => [details.kid, details.alg]).filter(([, alg]) => alg));
  const revoked = entries.filter(({ action, outcome, at: when }) => action === "key.revoked" && outcome === "success" && now - at(when) < SHOWN);
  return revoked.map((entry) => ({ kid: entry.details.kid, alg: algorithms.get(entry.details.kid), entry }));
}
