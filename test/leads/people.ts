// Who works with leads, and where, for the tests of leads.
import { Caller } from '../support/client';
import { CreateLeadDocument, type CreateLeadInput } from '../support/documents.generated';
import type { TestServer } from '../support/server';
import type { MemberOptions, TestMember } from '../support/arrange';
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

/** Everybody whom blind mode keeps from leads. */
export const narrowedKinds = [
  'a scoped member',
  'a member with all clients',
  'a token of the scoped member',
  'a token of the member with all clients',
] as const;
export type NarrowedKind = (typeof narrowedKinds)[number];

/** One of each kind, who may do all that there is about leads; the scoped ones with these clients. */
export async function narrowedWorkers(
  server: TestServer,
  { arrange, accountId }: World,
  clients: string[],
): Promise<{ scoped: TestMember; as: (kind: NarrowedKind) => Caller }> {
  const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM', 'MANAGE_LISTS', 'EXPORT_DATA'];
  const scoped = await arrange.member(accountId, { permissions, clients });
  const all = await arrange.member(accountId, { permissions, clientAccess: 'ALL' });
  const token = async (memberId: string) =>
    new Caller(server.url, (await arrange.accessToken(accountId, { memberId, permissions })).text);
  const callers = {
    'a scoped member': await signInAs(server, scoped),
    'a member with all clients': await signInAs(server, all),
    'a token of the scoped member': await token(scoped.id),
    'a token of the member with all clients': await token(all.id),
  };
  return { scoped, as: (kind) => callers[kind] };
}
