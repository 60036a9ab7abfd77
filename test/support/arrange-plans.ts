// Rows of what is planned with leads, by SQL, where writing it is not what is tested.
import type { Client } from 'pg';
import { oneRow } from './stored';

/** Conditions on a list's leads; `ownerId`: somebody's own. */
export async function arrangeSegment(
  owner: Client,
  listId: string,
  options: { name?: string; ownerId?: string | null; filter?: object } = {},
): Promise<string> {
  const { name = 'Not tried yet', ownerId = null, filter = { state: ['NEW'] } } = options;
  const { id } = await oneRow<{ id: string }>(
    owner,
    `insert into ringfence.segments (account_id, client_id, list_id, name, owner_id, filter)
     select account_id, client_id, id, $2, $3, $4 from ringfence.lists where id = $1 returning id`,
    [listId, name, ownerId, JSON.stringify(filter)],
  );
  return id;
}

/** A campaign over a list, or a segment of it; without members, open to all. */
export async function arrangeCampaign(
  owner: Client,
  listId: string,
  options: {
    name?: string;
    segmentId?: string;
    identityId?: string;
    state?: 'DRAFT' | 'RUNNING' | 'PAUSED' | 'FINISHED';
    members?: string[];
    startsOn?: string;
    endsOn?: string;
  } = {},
): Promise<string> {
  const {
    name = 'Spring round',
    segmentId,
    identityId,
    state = 'DRAFT',
    members,
    startsOn,
    endsOn,
  } = options;
  const { id } = await oneRow<{ id: string }>(
    owner,
    `insert into ringfence.campaigns (account_id, client_id, list_id, name, segment_id, identity_id, state, starts_on, ends_on, open_to_all)
     select account_id, client_id, id, $2, $3, $4, $5, $6, $7, $8 from ringfence.lists where id = $1 returning id`,
    [listId, name, segmentId, identityId, state, startsOn, endsOn, members === undefined],
  );
  await owner.query(
    `insert into ringfence.campaign_members (account_id, client_id, list_id, campaign_id, member_id)
     select account_id, client_id, list_id, id, m from ringfence.campaigns, unnest($2::uuid[]) m where id = $1`,
    [id, members ?? []],
  );
  return id;
}
