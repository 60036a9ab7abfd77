// What is measured: each work as a request to every contender, its goals, and what its answers have in common. Requests of the
// same position ask for the same.
import type { ContenderName } from './processes';
import type { Sample } from './sample';

export const workIds = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6'] as const;
export type WorkId = (typeof workIds)[number];

export interface Work {
  id: WorkId;
  title: string;
  /** At least this many times the requests per second of the other. */
  goals: Record<Exclude<ContenderName, 'ringfence'>, number>;
  writes: boolean;
  bodies(sample: Sample): Record<ContenderName, string[]>;
  /** The rows of an answer, in one shape whoever answered. */
  rows(contender: ContenderName, data: Data): unknown;
}

/** The data of an answer, by field; whoever reads a field knows what it asked for. */
type Data = Record<string, unknown>;

const clientOrders = ['NAME_ASC', 'NAME_DESC', 'CREATED_AT_ASC', 'CREATED_AT_DESC'];
const leadStates = ['NEW', 'IN_PROGRESS', 'CALL_BACK', 'WON', 'LOST'];

const clientFields = 'name contactName contactEmail contactPhone contactPosition status createdAt';
const leadFields = 'name company state attempts createdAt listId';

/** A body for every variant of the variables. */
function bodies(query: string, variants: object[]): string[] {
  return variants.map((variables) => JSON.stringify({ query, variables }));
}

function operations(operation: string, variants: Record<string, string>[]): string[] {
  return variants.map(({ orderBy, ...variables }) =>
    JSON.stringify({
      operation: orderBy === undefined ? operation : `${operation}:${orderBy}`,
      variables,
    }),
  );
}

/** PostGraphile orders by the column, Ringfence by the name that ignores case: the same column. */
const peerOrder = (order: string) => order.replace('NAME', 'SORT_NAME');

const orders = clientOrders.map((orderBy) => ({ orderBy }));
const peerOrders = clientOrders.map((orderBy) => ({ orderBy: [peerOrder(orderBy)] }));

const leadsWork = (id: 'W4' | 'W6', total: '' | 'totalCount'): Pick<Work, 'bodies' | 'rows' | 'writes'> => ({
  writes: false,
  bodies: () => {
    const states = leadStates.map((state) => ({ state }));
    return {
      ringfence: bodies(
        `query ${id}($state: LeadState!) { leads(first: 50, filter: { state: [$state] }, orderBy: CREATED_AT_DESC) { nodes { id ${leadFields} } pageInfo { hasNextPage endCursor } ${total} } }`,
        states,
      ),
      postgraphile: bodies(
        `query ${id}($state: String!) { allLeads(first: 50, condition: { state: $state }, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) { nodes { id: rowId ${leadFields} } pageInfo { hasNextPage endCursor } ${total} } }`,
        states,
      ),
      handwritten: operations(id, states),
    };
  },
  rows: (contender, data) => {
    const { nodes, pageInfo, totalCount } = data[contender === 'postgraphile' ? 'allLeads' : 'leads'] as {
      nodes: unknown[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
      totalCount?: number;
    };
    // Cursors differ in form; that there is one is what can be compared.
    return {
      nodes,
      hasNextPage: pageInfo.hasNextPage,
      hasCursor: pageInfo.endCursor !== '',
      totalCount: totalCount,
    };
  },
});

export const works: Work[] = [
  {
    id: 'W1',
    title: 'one client by id',
    goals: { postgraphile: 1.6, handwritten: 0.8 },
    writes: false,
    bodies: ({ accountId, clientIds }) => ({
      ringfence: bodies(
        `query W1($id: ID!) { client(id: $id) { id ${clientFields} } }`,
        clientIds.map((id) => ({ id })),
      ),
      postgraphile: bodies(
        `query W1($accountId: UUID!, $id: UUID!) { clientByAccountIdAndRowId(accountId: $accountId, rowId: $id) { id: rowId ${clientFields} } }`,
        clientIds.map((id) => ({ accountId, id })),
      ),
      handwritten: operations(
        'W1',
        clientIds.map((id) => ({ id })),
      ),
    }),
    rows: (contender, data) => data[contender === 'postgraphile' ? 'clientByAccountIdAndRowId' : 'client'],
  },
  {
    id: 'W2',
    title: '20 clients, 8 scalar fields',
    goals: { postgraphile: 1.6, handwritten: 0.8 },
    writes: false,
    bodies: () => ({
      ringfence: bodies(
        `query W2($orderBy: ClientOrder!) { clients(first: 20, orderBy: $orderBy) { nodes { id ${clientFields} } } }`,
        orders,
      ),
      postgraphile: bodies(
        `query W2($orderBy: [ClientOrderBy!]) { allClients(first: 20, orderBy: $orderBy) { nodes { id: rowId ${clientFields} } } }`,
        peerOrders,
      ),
      handwritten: operations('W2', orders),
    }),
    rows: (contender, data) => data[contender === 'postgraphile' ? 'allClients' : 'clients'],
  },
  {
    id: 'W3',
    title: '50 clients, each with organization and 5 agents',
    goals: { postgraphile: 1.6, handwritten: 0.8 },
    writes: false,
    bodies: () => ({
      ringfence: bodies(
        `query W3($orderBy: ClientOrder!) { clients(first: 50, orderBy: $orderBy) { nodes { id name organization { id name } agents { nodes { id name status } } } } }`,
        orders,
      ),
      postgraphile: bodies(
        `query W3($orderBy: [ClientOrderBy!]) { allClients(first: 50, orderBy: $orderBy) { nodes { id: rowId name organization: organizationByAccountIdAndOrganizationId { id: rowId name } agents: agentsByAccountIdAndClientId(orderBy: [SORT_NAME_ASC]) { nodes { id: rowId name status } } } } }`,
        peerOrders,
      ),
      handwritten: operations('W3', orders),
    }),
    rows: (contender, data) => {
      if (contender === 'handwritten') return data.clients;
      const { nodes } = data[contender === 'postgraphile' ? 'allClients' : 'clients'] as {
        nodes: { agents: { nodes: unknown[] } }[];
      };
      return { nodes: nodes.map((node) => ({ ...node, agents: node.agents.nodes })) };
    },
  },
  {
    id: 'W4',
    title: 'a page of 50 leads, newest first, filtered by state',
    goals: { postgraphile: 1.6, handwritten: 0.8 },
    ...leadsWork('W4', ''),
  },
  {
    id: 'W5',
    title: 'createClient, with audit entry and plan limit',
    goals: { postgraphile: 1.2, handwritten: 0.7 },
    writes: true,
    bodies: ({ organizationId }) => {
      const input = {
        name: 'Created %n%',
        contactName: 'Contact %n%',
        contactEmail: 'created%n%@client.test',
        contactPhone: '+493012345678',
        contactPosition: 'Director',
        organizationId,
      };
      return {
        ringfence: bodies(
          `mutation W5($input: CreateClientInput!) { createClient(input: $input) { client { id ${clientFields} } } }`,
          [{ input }],
        ),
        postgraphile: bodies(
          `mutation W5($input: PeerCreateClientInput!) { createClient: peerCreateClient(input: $input) { client: result { id: rowId ${clientFields} } } }`,
          [{ input }],
        ),
        handwritten: operations('W5', [input]),
      };
    },
    rows: (contender, data) => {
      const { createClient, client } = data as Record<string, { client?: object }>;
      // Each created one of its own; what they were told to write is what they have in common.
      return { ...(contender === 'handwritten' ? client : createClient?.client), id: '', createdAt: '' };
    },
  },
  {
    id: 'W6',
    title: 'W4 with totalCount',
    goals: { postgraphile: 1.2, handwritten: 0.8 },
    ...leadsWork('W6', 'totalCount'),
  },
];

/** Text of a row that does not depend on who wrote it: keys in order, moments in one notation. */
export function normalForm(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'string')
      return part.replace(/^(\d{4}-\d\d-\d\dT[\d:]+)(?:\.(\d+?)0*)?(?:\+00:00|Z)$/, momentForm);
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function momentForm(_whole: string, seconds: string, fraction: string | undefined): string {
  return fraction === undefined || /^0*$/.test(fraction) ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
