"use client";

import { useState, type ReactNode } from "react";

type Values = Record<string, string>;

/** A form whose fields are given as texts, and that shows what was wrong. */
export function Form({ label, submit, children }: { label: string; submit: (values: Values) => Promise<string | undefined>; children: ReactNode }) {
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        const form = event.currentTarget;
        setBusy(true);
        try {
          const problem = await submit(Object.fromEntries(new FormData(form)) as Values);
          setFault(problem);
          if (!problem) form.reset();
        } finally {
          setBusy(false);
        }
      }}
    >
      {children}
      <button disabled={isBusy}>{label}</button>
      {fault && <p role="alert">{fault}</p>}
    </form>
  );
}

export function Field({ name, type = "text" }: { name: string; type?: string }) {
  return (
    <label>
      {name} <input name={name} type={type} required />
    </label>
  );
}
