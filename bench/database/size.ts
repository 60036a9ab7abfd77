// How much is in a database of the benchmark.

export interface Size {
  /** Account 1 is the one that is measured. */
  accounts: number;
  /** Of account 1. */
  organizations: number;
  /** Of account 1. */
  clients: number;
  /** Of all other accounts together. */
  otherClients: number;
  /** Of account 1. */
  leads: number;
  /** Of all other accounts together. */
  otherLeads: number;
}

export const fullSize: Size = {
  accounts: 1000,
  organizations: 100,
  clients: 1000,
  otherClients: 9000,
  leads: 900_000,
  otherLeads: 100_000,
};

export const quickSize: Size = {
  accounts: 100,
  organizations: 100,
  clients: 1000,
  otherClients: 900,
  leads: 90_000,
  otherLeads: 10_000,
};

/** Sizes of client sets; account 1 has a scoped member for each. */
export const setSizes = [1, 10, 100, 1000];
/** The set of the principal of every work. */
export const usualSet = 100;
/** A member with the usual set who sees three agents of it; only where there are calls (bench/growth/calls.ts). */
export const fewAgents = `${usualSet}, 3 agents`;
