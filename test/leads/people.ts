// Who works with leads, and where, for the tests of leads.
import type { Caller } from '../support/client';
import { CreateLeadDocument, type CreateLeadInput } from '../support/documents.generated';
import type { TestServer } from '../support/server';
import type { MemberOptions } from '../support/arrange';
import { signInAs, type World } from '../support/world';

/** A member who works with leads, signed in. */
export async function asWorker(
  server: TestServer,
  world: World,
  options: MemberOptions = {},
): Promise<Caller> {
  const member = await world.arrange.member(world.accountId, {
    permissions: ['VIEW_CLIENTS', 'ACCESS_CRM'],
    ...options,
  });
  return signInAs(server, member);
}

/** Sets what becomes of duplicates. */
export async function handleDuplicates(
  { owner }: TestServer,
  listId: string,
  handling: 'SKIP' | 'UPDATE' | 'KEEP',
): Promise<void> {
  await owner.query('update ringfence.lists set duplicate_handling = $2 where id = $1', [listId, handling]);
}

/** Puts a client into blind mode, or takes it out. */
export async function blindMode(
  { owner }: TestServer,
  clientId: string,
  mode: 'ON' | 'OFF' | 'INHERIT',
): Promise<void> {
  await owner.query('update ringfence.clients set blind_mode = $2 where id = $1', [clientId, mode]);
}

/** The ids of a list's fields by their names, which are their types. */
export async function fieldsOf({ owner }: TestServer, listId: string): Promise<Record<string, string>> {
  const { rows } = await owner.query<{ name: string; id: string }>(
    'select name, id from ringfence.list_fields where list_id = $1',
    [listId],
  );
  return Object.fromEntries(rows.map(({ name, id }) => [name, id]));
}

/** Adds a lead as somebody, and answers what became of it. */
export async function create(caller: Caller, input: CreateLeadInput) {
  const { createLead } = await caller.get(CreateLeadDocument, { input });
  return createLead;
}
