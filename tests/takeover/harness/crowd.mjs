// Many people at once. Each does one thing after the other; the server sees them mixed.
import { chance } from "./chance.mjs";
import { ACTS, Person } from "./person.mjs";

/**
 * Lets people act until so many requests were answered: `{ requests, acts, faults }`. What each does is decided by the
 * seed. A person stops at the first answer that is not the one it should be.
 */
export async function crowd({ url, mailbox, verify, requests, people = 20, devices = 2, seed = 1, name = "person", acts = ACTS }) {
  const all = Array.from({ length: people }, (_, at) => new Person({ label: `${name}-${at}`, url, devices, chance: chance(seed * 1000 + at), mailbox, verify }));
  const faults = [];
  await Promise.all(all.map(async (person) => {
    try {
      while (person.requests * people < requests) await person.step(acts);
    } catch (fault) {
      faults.push(fault.message);
    }
  }));
  const sum = (of) => all.reduce((total, person) => total + of(person), 0);
  return { requests: sum((person) => person.requests), acts: new Set(all.flatMap(({ history }) => history.map((act) => act.split("@")[0]))), faults };
}
