// What opens the fence in one place, for the suites that show that this is noticed, and the probes that notice it.
import type { Client } from 'pg';
import { agentDifferences } from './agent-probe';
import { answerDifferences } from './answer-probe';
import { clientPartsDifferences } from './client-parts-probe';
import { filingDifferences } from './filing-probe';
import { identityDifferences } from './identity-probe';
import { leadDifferences } from './lead-probe';
import { listSetDifferences } from './list-probe';
import { listWritingDifferences } from './list-writing-probe';
import { planDifferences, planNamingDifferences } from './plan-probe';
import { heldLeadDifferences, queueDifferences } from './queue-probe';
import {
  blindUpdatingDifferences,
  forgingDifferences,
  gateProblems,
  hiddenOrganizationDifferences,
  insertingDifferences,
  otherRoleDifferences,
  readingDifferences,
  referenceDifferences,
  snapshotDifferences,
  updatingDifferences,
} from './probes';

export const probes = {
  reading: readingDifferences,
  updating: updatingDifferences,
  'updating blindly': blindUpdatingDifferences,
  inserting: insertingDifferences,
  'becoming another role': otherRoleDifferences,
  'asking for a set': answerDifferences,
  'asking for lists': listSetDifferences,
  'writing lists': listWritingDifferences,
  'forging an identity': forgingDifferences,
  'naming a foreign row': referenceDifferences,
  'naming a hidden organization': hiddenOrganizationDifferences,
  'an old snapshot': snapshotDifferences,
  'an agent that is not seen': agentDifferences,
  'filing what agents did': filingDifferences,
  'finding and writing leads': leadDifferences,
  'asking what is held': heldLeadDifferences,
  'working a queue': queueDifferences,
  planning: planDifferences,
  'naming in plans': planNamingDifferences,
  'an identity that is not seen': identityDifferences,
  'choosing for a client': clientPartsDifferences,
  'the gate': gateProblems,
} as const;
export type ProbeName = keyof typeof probes;

/** What the fence is open to then, which probe notices it, and how it is opened. */
export type Mutant = [what: string, by: ProbeName, mutate: (client: Client) => Promise<unknown>];

/** Replaces text in the body of a function; the test fails when there is nothing to replace. */
export const edit = (name: string, from: string | RegExp, to: string) => async (client: Client) => {
  const { rows } = await client.query<{ definition: string }>(
    'select pg_get_functiondef($1::regprocedure) as definition',
    [name],
  );
  const definition = rows[0]?.definition ?? '';
  const mutated = definition.replace(from, to);
  if (mutated === definition) throw new Error(`${name} does not contain ${String(from)}`);
  await client.query(mutated);
};
export const sql =
  (...statements: string[]) =>
  async (client: Client) => {
    for (const statement of statements) await client.query(statement);
  };
