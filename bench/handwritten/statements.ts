// The one statement of each work, written by hand: it answers JSON text as the API would, and is sent to the client as it is.

export interface Operation {
  mode: 'read only' | 'read write';
  /** Settings for the transaction, if the planner needs a word. */
  settings?: string;
  /** Sent in this order, in one round trip with everything else; the last one's only column is the answer. */
  statements: Statement[];
}

export interface Statement {
  name: string;
  text: string;
  /** The values, from the caller's account and the request's variables. */
  values: (accountId: string, variables: Record<string, unknown>) => unknown[];
}

const clientFields = `c.id, c.name, c.contact_name as "contactName", c.contact_email as "contactEmail",
  c.contact_phone as "contactPhone", c.contact_position as "contactPosition", c.status, c.created_at as "createdAt"`;

/** The answer to a GraphQL operation with one root field, as JSON text. */
const answer = (field: string, value: string) =>
  `select json_build_object('data', json_build_object('${field}', ${value}))::text as answer`;

/** The rows of a query, as a connection with nodes alone. */
const nodes = (query: string) =>
  `json_build_object('nodes', (select coalesce(json_agg(r), '[]') from (${query}) r))`;

/** Orders of a list of clients; the id decides between equals. */
const clientOrders: Record<string, string> = {
  NAME_ASC: 'c.sort_name, c.id',
  NAME_DESC: 'c.sort_name desc, c.id desc',
  CREATED_AT_ASC: 'c.created_at, c.id',
  CREATED_AT_DESC: 'c.created_at desc, c.id desc',
};

const clientById = (id: string) =>
  answer(
    'client',
    `(select row_to_json(r) from (select ${clientFields} from ringfence.clients c where c.account_id = $1 and c.id = ${id}) r)`,
  );

const twentyClients = (order: string) =>
  answer(
    'clients',
    nodes(
      `select ${clientFields} from ringfence.clients c where c.account_id = $1 order by ${order} limit 20`,
    ),
  );

const fiftyClients = (order: string) =>
  answer(
    'clients',
    nodes(`
      select c.id, c.name,
        (select row_to_json(o) from (select o.id, o.name from ringfence.organizations o
           where o.account_id = $1 and o.id = c.organization_id) o) as organization,
        (select json_agg(a) from (select a.id, a.name, a.status from ringfence.agents a
           where a.account_id = $1 and a.client_id = c.id order by a.sort_name, a.id) a) as agents
      from ringfence.clients c where c.account_id = $1 order by ${order} limit 50`),
  );

/**
 * Newest first over a hundred of a thousand clients: the account's index by state and time is walked, and rows outside the set
 * are skipped. Of the four ways to read such a page this is the fastest for a set of that share; the filter is written out
 * beside the policy, and the planner is kept from weighing the values, which makes it sort all leads of the set.
 */
const walkTheTimeIndex =
  'set local plan_cache_mode = force_generic_plan; set local max_parallel_workers_per_gather = 0';

const leadConditions = `l.account_id = $1 and l.state = $2 and l.client_id = any ((select ringfence.member_lead_client_ids())::uuid[])`;

const leadsPage = (totalCount: boolean) => `
  with page as (
    select l.id, l.name, l.company, l.state, l.attempts, l.created_at as "createdAt", l.list_id as "listId"
    from ringfence.leads l where ${leadConditions}
    order by l.created_at desc, l.id desc limit 51),
  shown as (select * from page limit 50)
  ${answer(
    'leads',
    `json_build_object(
      'nodes', (select coalesce(json_agg(shown), '[]') from shown),
      'pageInfo', json_build_object(
        'hasNextPage', (select count(*) > 50 from page),
        'endCursor', (select "createdAt" || ' ' || id from shown offset 49))
      ${totalCount ? `, 'totalCount', (select count(*) from ringfence.leads l where l.account_id = $1 and l.state = $2)` : ''})`,
  )}`;

const read = (name: string, text: string, values: Statement['values']): Operation => ({
  mode: 'read only',
  statements: [{ name, text, values }],
});

const leadsPageRead = (name: string, text: string): Operation => ({
  ...read(name, text, (accountId, { state }) => [accountId, state]),
  settings: walkTheTimeIndex,
});

const orderedReads = (name: string, text: (order: string) => string) =>
  Object.fromEntries(
    Object.entries(clientOrders).map(([order, sql]) => [
      `${name}:${order}`,
      read(`${name}_${order}`, text(sql), (accountId) => [accountId]),
    ]),
  );

/** By the name of the work, and the order where it has one. */
export const operations: Record<string, Operation> = {
  W1: read('W1', clientById('$2'), (accountId, { id }) => [accountId, id]),
  ...orderedReads('W2', twentyClients),
  ...orderedReads('W3', fiftyClients),
  W4: leadsPageRead('W4', leadsPage(false)),
  W6: leadsPageRead('W6', leadsPage(true)),
  W5: {
    mode: 'read write',
    statements: [
      {
        name: 'W5_create',
        // The id stays in a setting of the transaction, so that reading the row needs no other round trip.
        text: `select set_config('bench.created', ringfence.create_client($1, $2, $3, $4, $5, 'INHERIT', null, 'GIVEN', $6, null)::text, true)`,
        values: (_accountId, variables) =>
          ['name', 'contactName', 'contactEmail', 'contactPhone', 'contactPosition', 'organizationId'].map(
            (key) => variables[key],
          ),
      },
      {
        name: 'W5_read',
        text: clientById("current_setting('bench.created')::uuid"),
        values: (accountId) => [accountId],
      },
    ],
  },
};
