// Leads as they wait in a queue, for the tests of it.
import type { Caller } from '../support/client';
import { NextLeadDocument, ReleaseLeadDocument } from '../support/documents.generated';
import type { TestServer } from '../support/server';

/** Sets columns of a lead; values are SQL. */
export async function setLead(
  { owner }: TestServer,
  id: string,
  columns: Record<string, string>,
): Promise<void> {
  const set = Object.entries(columns).map(([name, value]) => `${name} = ${value}`);
  await owner.query(`update ringfence.leads set ${set.join(', ')} where id = $1`, [id]);
}

/** Sets how a list is worked through; values are SQL. */
export async function setWorkflow(
  { owner }: TestServer,
  id: string,
  columns: Record<string, string>,
): Promise<void> {
  const set = Object.entries(columns).map(([name, value]) => `${name} = ${value}`);
  await owner.query(`update ringfence.lists set ${set.join(', ')} where id = $1`, [id]);
}

/** Who is given the next lead of a list: its name; null: there is none. */
export async function next(caller: Caller, listId: string): Promise<string | null> {
  const { nextLead } = await caller.get(NextLeadDocument, { input: { listId } });
  return nextLead.lead?.name ?? null;
}

/** The names of leads as they come, each tried once by SQL before the next is asked for, so that it comes no more. */
export async function comeInOrder(server: TestServer, caller: Caller, listId: string): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const { nextLead } = await caller.get(NextLeadDocument, { input: { listId } });
    if (nextLead.lead === null || nextLead.lead === undefined) return names;
    names.push(nextLead.lead.name);
    await caller.get(ReleaseLeadDocument, { input: { leadId: nextLead.lead.id } });
    await setLead(server, nextLead.lead.id, { state: "'WON'", call_back_at: 'null' });
  }
}
