// What outreach has in the arena: lists, what is planned with them, and identities.
import type { Client } from 'pg';
import type { Arrange, TestMember } from '../support/arrange';
import { arrangeCampaign, arrangeSegment } from '../support/arrange-plans';
import type { PrincipalName } from './arena';
import type { ArenaAccount } from './arena-account';

/** Of clients in every blind mode, while the account's is off. */
export async function createLists(
  arrange: Arrange,
  owner: Client,
  accountId: string,
  { one, two, three, four, five, archived }: ArenaAccount['clients'],
): Promise<ArenaAccount['lists']> {
  const list = (clientId: string | null, access: 'ALL' | 'NAMED', status?: 'ARCHIVED') =>
    arrange.list(accountId, clientId, { access, ...(status === undefined ? {} : { status }) });
  const lists = {
    open: await list(one, 'ALL'),
    closed: await list(one, 'NAMED'),
    archived: await list(one, 'ALL', 'ARCHIVED'),
    hidden: await list(two, 'NAMED'),
    blind: await list(five, 'ALL'),
    other: await list(four, 'ALL'),
    house: await list(null, 'NAMED'),
    cellar: await list(null, 'NAMED'),
  };
  const moved = {
    leaving: await list(one, 'ALL'),
    arriving: await list(two, 'ALL'),
    deleting: await list(one, 'ALL'),
  };
  for (const clientId of [three, archived]) await list(clientId, 'ALL');
  const { rows } = await owner.query<{ id: string }>('select id from ringfence.lists where account_id = $1', [
    accountId,
  ]);
  for (const { id } of rows) await arrange.lead(id);
  // For those who hold some, and one that nobody holds.
  for (const id of [lists.blind, lists.blind, lists.other, lists.other, lists.other]) await arrange.lead(id);
  // Their leads are where they were.
  await owner.query(
    `update ringfence.lists set status = 'MOVING', client_id = case id when $1 then $3::uuid else $4 end where id in ($1, $2)`,
    [moved.leaving, moved.arriving, two, one],
  );
  await owner.query("update ringfence.lists set status = 'DELETING' where id = $1", [moved.deleting]);
  await owner.query(
    `update ringfence.clients set blind_mode = case when id = $2 then 'OFF' else 'ON' end
     where account_id = $1 and id = any ($3)`,
    [accountId, three, [three, four, five]],
  );
  return { ...lists, ...moved };
}

/** What became of lists: of each client, and asked for by each principal. */
export async function createListJobs(owner: Client): Promise<void> {
  await owner.query(
    `insert into ringfence.list_jobs (account_id, client_id, of_house, kind, list_id, list_name, requested_by, total)
     select account_id, client_id, of_house, case status when 'MOVING' then 'MOVE' else 'DELETION' end, id, name, gen_random_uuid(), 1
     from ringfence.lists where status in ('MOVING', 'DELETING')`,
  );
  await owner.query(
    `insert into ringfence.list_jobs (account_id, client_id, of_house, kind, list_id, list_name, requested_by, state, total, duplicates, finished_at)
     select c.account_id, c.id, c.is_house, k.kind, gen_random_uuid(), 'Gone', coalesce(p.id, gen_random_uuid()), 'DONE', 1,
       case k.kind when 'MOVE' then 1 end, now()
     from ringfence.clients c
     left join (select account_id, id from ringfence.members union all select account_id, id from ringfence.access_tokens) p
       on p.account_id = c.account_id and c.is_house
     cross join unnest('{MOVE,DELETION}'::text[]) k (kind)`,
  );
}

/** Who holds which lead of a list: where it decides something, and where it must not. */
export async function holdLeads(
  arrange: Arrange,
  owner: Client,
  { alpha, beta }: Record<'alpha' | 'beta', ArenaAccount>,
  members: Record<string, { id: string }>,
  tokens: Record<string, { id: string }>,
  strangerId: string,
): Promise<void> {
  const { blind, other, closed, open } = alpha.lists;
  const holder = (name: PrincipalName) => (members[name] ?? tokens[name])?.id ?? '';
  const holds: [list: string, place: number, holderId: string, minutesLeft: number][] = [
    [blind, 0, holder('a member with all clients, working with leads'), 60],
    [other, 0, holder('a scoped member, working with leads'), 60],
    [other, 1, holder('a scoped member, everything'), 60],
    [open, 0, holder('a token for some clients, working with leads'), 60],
    // It has run out; one without the permission; one to whom the list is closed.
    [blind, 1, holder('a member with all clients, everything'), -1],
    [other, 2, holder('a scoped member, viewing'), 60],
    [closed, 0, holder('a scoped member with some agents'), 60],
    [beta.lists.other, 0, strangerId, 60],
  ];
  for (const [list, place, holderId, minutesLeft] of holds) {
    const { rows } = await owner.query<{ id: string }>(
      'select id from ringfence.leads where list_id = $1 order by id offset $2 limit 1',
      [list, place],
    );
    await arrange.leadHold(rows[0]?.id ?? '', holderId, { minutesLeft });
  }
}

/** The same address for each client, which is no secret that one could tell another of. */
export async function createIdentities(
  arrange: Arrange,
  accountId: string,
  slug: string,
  clients: ArenaAccount['clients'],
): Promise<ArenaAccount['identities']> {
  const email = `outreach@${slug}.test`;
  const identities: Record<string, string> = { none: await arrange.identity(accountId, null, { email }) };
  const owners = [null, ...Object.values(clients)];
  for (const [index, clientId] of owners.entries())
    await arrange.identity(accountId, clientId, { phoneNumber: `+494090183${index}` });
  for (const [name, clientId] of Object.entries(clients))
    identities[name] = await arrange.identity(accountId, clientId, { email });
  return identities;
}

/** Of each list a segment that is shared, and a campaign over it; on the open one, and on a foreign one, what is somebody's own. */
export async function createPlans(
  owner: Client,
  { alpha, beta }: Record<'alpha' | 'beta', ArenaAccount>,
  members: Record<string, TestMember>,
): Promise<void> {
  const own: [list: string, who: PrincipalName][] = [
    [alpha.lists.open, 'a scoped member, working with leads'],
    [alpha.lists.open, 'a member with all clients, working with leads'],
    [alpha.lists.open, 'an administrator'],
    [alpha.lists.hidden, 'a scoped member, working with leads'],
    [beta.lists.open, 'the owner of another account'],
  ];
  for (const [list, who] of own) await arrangeSegment(owner, list, { ownerId: members[who]?.id ?? null });
  const named = {
    alpha: members['the owner']?.id ?? '',
    beta: members['the owner of another account']?.id ?? '',
  };
  for (const [account, { lists }] of Object.entries({ alpha, beta }))
    for (const list of Object.values(lists)) {
      const segmentId = await arrangeSegment(owner, list);
      await arrangeCampaign(owner, list, { segmentId, members: [named[account as keyof typeof named]] });
    }
}

/** Who is named where it decides something, and where it must not: by one who no longer reaches the list. */
export async function nameOnLists(
  arrange: Arrange,
  { alpha, beta }: Record<'alpha' | 'beta', ArenaAccount>,
  members: Record<string, TestMember>,
  strangerId: string,
): Promise<void> {
  const { closed, hidden, house, cellar } = alpha.lists;
  const named: [list: string, who: PrincipalName][] = [
    [closed, 'a scoped member, working with leads'],
    [closed, 'a scoped member, managing lists'],
    [hidden, 'a scoped member, working with leads'],
    [house, 'a scoped member, working with leads'],
    [hidden, 'a member with all clients, working with leads'],
    [house, 'a member with all clients, working with leads'],
    [closed, 'a member with all clients, viewing'],
    [cellar, 'a member with all clients, managing lists'],
    [house, 'a member without clients who is named on a list'],
    [closed, 'a member without clients who is named on a list'],
  ];
  for (const [list, who] of named) await arrange.nameOnList(list, members[who]?.id ?? '');
  await arrange.nameOnList(beta.lists.closed, strangerId);
}
