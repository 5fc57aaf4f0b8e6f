// The fields that a site adds to its users, as forms have them (fields.html) and as the API does.

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
const listed = (value) => (Array.isArray(value) ? value.join("\n") : "");

/** Of each kind: a value as it is typed, and what is typed as a value. */
const KINDS = {
  text: { write: String, read: (text) => text },
  number: { write: String, read: Number },
  // A day is the midnight that it begins with, in UTC.
  date: { write: (moment) => moment.slice(0, 10), read: (day) => `${day}T00:00:00.000Z` },
  texts: { write: listed, read: lines },
  numbers: { write: listed, read: (text) => lines(text).map(Number) },
};

const controlsOf = (form) => [...form.querySelectorAll("[data-field]")];
const isChoice = ({ dataset }) => dataset.kind === "boolean";

/** What a field shows. */
const shownBy = (control) => (isChoice(control) ? control.checked : control.value.trim());

/** What each field has shown of its user at first: not all that a user has can be shown whole. */
const filled = new WeakMap();

/** What fields hold, as the API takes it; null where one is empty. */
function valuesOf(controls) {
  return Object.fromEntries(controls.map((control) => {
    const shown = shownBy(control);
    return [control.dataset.field, isChoice(control) ? shown : shown ? KINDS[control.dataset.kind].read(shown) : null];
  }));
}

/** All that a form's fields hold. */
export const fieldsOf = (form) => valuesOf(controlsOf(form));

/** What was changed in a form's fields since they were filled. */
export const changedFields = (form) => valuesOf(controlsOf(form).filter((control) => shownBy(control) !== filled.get(control)));

/** Has a form's fields show what is so of a user. */
export function fillFields(form, user) {
  for (const control of controlsOf(form)) {
    const { field, kind } = control.dataset;
    const value = user[field] ?? null;
    if (isChoice(control)) control.checked = value === true;
    else control.value = value === null ? "" : KINDS[kind].write(value);
    filled.set(control, shownBy(control));
  }
}

// The one rule that browsers do not know: whole numbers, each on its own line.
document.addEventListener("input", ({ target }) => {
  if (target.dataset.kind !== "numbers") return;
  const areNumbers = lines(target.value).every((line) => /^-?[0-9]{1,15}$/.test(line));
  target.setCustomValidity(areNumbers ? "" : target.dataset.invalid);
});
