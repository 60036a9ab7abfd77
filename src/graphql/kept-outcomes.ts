// What became of each of many, as texts: a thousand of them must fit into what is kept under an Idempotency-Key.

/** What was kept of one: its outcome, and an id, or what is wrong. */
export interface KeptOutcome<Outcome> {
  outcome: Outcome;
  rest: string;
}

/** How outcomes are kept and read again; `initials` has a letter of its own for each. */
export function keptOutcomes<Outcome extends string>(initials: Readonly<Record<Outcome, string>>) {
  const outcomes = Object.keys(initials) as Outcome[];
  return {
    keep: (outcome: Outcome, rest: string): string => `${initials[outcome]}${rest}`,
    read: (text: string): KeptOutcome<Outcome> => {
      const outcome = outcomes.find((candidate) => initials[candidate] === text.charAt(0));
      if (outcome === undefined) throw new Error(`no outcome is kept as ${text.charAt(0)}`);
      return { outcome, rest: text.slice(1) };
    },
  };
}
