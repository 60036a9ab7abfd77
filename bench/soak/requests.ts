// What is asked, by whom, and what must be answered: exactly what the owner of the tables read of it beforehand.
import { isDeepStrictEqual } from 'node:util';
import type { SeenClient, SoakPrincipal } from './stage';

export interface SoakRequest {
  kind: string;
  principal: SoakPrincipal;
  query: string;
  variables: Record<string, unknown>;
  idempotencyKey: string | null;
  /** What is wrong with an answer; null: nothing. */
  check(answer: Parsed): string | null;
}

export interface Parsed {
  status: number;
  data: Record<string, unknown> | null;
  errors: { path?: (string | number)[]; extensions: { code: string } }[];
  extensions: { idempotencyReplayed?: string[] };
}

const orders = ['NAME_ASC', 'NAME_DESC'] as const;
const leadOrders = ['CREATED_AT_ASC', 'CREATED_AT_DESC'] as const;
const clientFields =
  'id name status contactName organization { id name } accountManager { id name } agents { nodes { name } }';
const nowhere = '00000000-0000-7000-8000-000000000000';

const below = (bound: number) => Math.floor(Math.random() * bound);
function pick<Item>(items: readonly Item[]): Item {
  return items[below(items.length)] as Item;
}

/** Compares, and says where a difference is. */
function expectEqual(actual: unknown, expected: unknown): string | null {
  if (isDeepStrictEqual(actual, expected)) return null;
  return `expected ${JSON.stringify(expected)?.slice(0, 600)}, was answered ${JSON.stringify(actual)?.slice(0, 600)}`;
}

/** Codes of the errors by root field. */
const codesOf = ({ errors }: Parsed) =>
  Object.fromEntries(errors.map(({ path, extensions }) => [String(path?.[0]), extensions.code]));

/** A client as it was answered, without what changes; that must be the client's own. */
function checkClient(actual: unknown, expected: SeenClient): string | null {
  const { contactName, ...rest } = (actual ?? {}) as SeenClient & { contactName?: string };
  if (!new RegExp(`^${expected.name} contact \\d+$`).test(contactName ?? ''))
    return `the contact of ${expected.name} is ${contactName}`;
  return expectEqual(rest, expected);
}

function checkClients(actual: unknown, expected: SeenClient[]): string | null {
  const nodes = (actual ?? []) as unknown[];
  if (nodes.length !== expected.length)
    return expectEqual(
      nodes.map((node) => (node as SeenClient).name),
      expected.map(({ name }) => name),
    );
  for (const [index, client] of expected.entries()) {
    const wrong = checkClient(nodes[index], client);
    if (wrong !== null) return wrong;
  }
  return null;
}

interface Page {
  edges: { cursor: string; node: unknown }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean };
  totalCount?: number;
}

/** Somebody with the requests they make. Cursors that were answered are remembered, and followed. */
export class Asker {
  private readonly cursors = new Map<string, Map<number, string>>();
  private readonly sentKeys: { key: string; clientId: string; number: number }[] = [];

  constructor(
    readonly principal: SoakPrincipal,
    private readonly everybody: readonly SoakPrincipal[],
  ) {}

  next(number: number): SoakRequest {
    const kinds: [number, () => SoakRequest][] = [
      [18, () => this.ownClient()],
      [8, () => this.foreignClient()],
      [18, () => this.clientPage()],
      [9, () => this.filteredClients()],
      [15, () => this.leadPage()],
      [6, () => this.organizations()],
      [8, () => this.severalFields()],
      [4, () => this.badCursor()],
      [5, () => this.failureInTheMiddle()],
      [6, () => this.update(number)],
      [3, () => this.refusedUpdate(number)],
    ];
    let at = below(kinds.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, make] of kinds) {
      at -= weight;
      if (at < 0) return make();
    }
    return this.ownClient();
  }

  private request(
    kind: string,
    query: string,
    variables: Record<string, unknown>,
    check: (answer: Parsed) => string | null,
    idempotencyKey: string | null = null,
  ): SoakRequest {
    return { kind, principal: this.principal, query, variables, idempotencyKey, check };
  }

  /** An id of a client that this principal does not see. */
  private foreignId(): string {
    const own = new Set(this.principal.clients.map(({ id }) => id));
    const foreign = pick(this.everybody).clients.filter(({ id }) => !own.has(id));
    return foreign.length === 0 ? nowhere : pick(foreign).id;
  }

  private ownClient(): SoakRequest {
    const client = pick(this.principal.clients);
    return this.request(
      'a client',
      `query ($id: ID!) { client(id: $id) { ${clientFields} } }`,
      { id: client.id },
      ({ data, errors }) => expectEqual(errors, []) ?? checkClient(data?.client, client),
    );
  }

  private foreignClient(): SoakRequest {
    return this.request(
      "somebody else's client",
      `query ($id: ID!) { client(id: $id) { ${clientFields} } }`,
      { id: this.foreignId() },
      (answer) =>
        expectEqual(codesOf(answer), { client: 'NOT_FOUND' }) ?? expectEqual(answer.data, { client: null }),
    );
  }

  /** A page of a list: from either end, or from a cursor that was answered before. */
  private page<Item>(
    kind: string,
    list: string,
    query: string,
    variables: Record<string, unknown>,
    rows: Item[],
    checkNodes: (nodes: unknown[], expected: Item[]) => string | null,
  ): SoakRequest {
    const known = this.cursors.get(list) ?? new Map<number, string>();
    this.cursors.set(list, known);
    const size = 1 + below(Math.random() < 0.3 ? 100 : 12);
    const backwards = Math.random() < 0.5;
    const [at, cursor] =
      known.size > 0 && Math.random() < 0.75 ? pick([...known]) : [backwards ? rows.length : -1, null];
    const start = backwards ? Math.max(0, at - size) : at + 1;
    const expected = rows.slice(start, backwards ? at : at + 1 + size);
    const place = backwards ? { last: size, before: cursor } : { first: size, after: cursor };
    return this.request(kind, query, { ...variables, ...place }, ({ data, errors }) => {
      const page = data?.list as Page | undefined;
      const wrong =
        expectEqual(errors, []) ??
        checkNodes(
          (page?.edges ?? []).map(({ node }) => node),
          expected,
        ) ??
        expectEqual(page?.pageInfo, {
          hasNextPage: backwards ? cursor !== null : start + expected.length < rows.length,
          hasPreviousPage: backwards ? start > 0 : cursor !== null,
        }) ??
        (page?.totalCount === undefined ? null : expectEqual(page.totalCount, rows.length));
      if (wrong === null)
        for (const [index, edge] of page?.edges.entries() ?? []) known.set(start + index, edge.cursor);
      return wrong;
    });
  }

  private clientPage(): SoakRequest {
    const order = pick(orders);
    const { clients } = this.principal;
    const total = Math.random() < 0.2 ? 'totalCount' : '';
    return this.page(
      'a page of clients',
      `clients ${order}`,
      `query ($first: Int, $after: String, $last: Int, $before: String, $order: ClientOrder!) {
        list: clients(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {
          edges { cursor node { ${clientFields} } } pageInfo { hasNextPage hasPreviousPage } ${total} } }`,
      { order },
      order === 'NAME_ASC' ? clients : clients.toReversed(),
      checkClients,
    );
  }

  private leadPage(): SoakRequest {
    const order = pick(leadOrders);
    const state = Math.random() < 0.4 ? pick(['NEW', 'IN_PROGRESS', 'WON']) : null;
    const leads = this.principal.leads.filter((lead) => state === null || lead.state === state);
    const total = Math.random() < 0.1 ? 'totalCount' : '';
    return this.page(
      'a page of leads',
      `leads ${order} ${state}`,
      `query ($first: Int, $after: String, $last: Int, $before: String, $order: LeadOrder!, $filter: LeadFilter) {
        list: leads(first: $first, after: $after, last: $last, before: $before, orderBy: $order, filter: $filter) {
          edges { cursor node { id name state } } pageInfo { hasNextPage hasPreviousPage } ${total} } }`,
      { order, filter: { state: state === null ? null : [state] } },
      order === 'CREATED_AT_ASC' ? leads : leads.toReversed(),
      expectEqual,
    );
  }

  private filteredClients(): SoakRequest {
    const { clients, organizations } = this.principal;
    const organization = organizations.length === 0 ? null : pick(organizations);
    const digit = String(below(10));
    const [argument, expected] = pick<[Record<string, unknown>, SeenClient[]]>([
      [{ search: `client ${digit}` }, clients.filter(({ name }) => name.includes(`client ${digit}`))],
      [{ filter: { status: ['INACTIVE'] } }, clients.filter(({ status }) => status === 'INACTIVE')],
      [
        { filter: { organizationId: organization?.id ?? nowhere } },
        clients.filter((client) => organization !== null && client.organization?.id === organization.id),
      ],
      [{ search: 'nobody is called that' }, []],
    ]);
    return this.request(
      'clients by filter',
      `query ($search: String, $filter: ClientFilter) {
        clients(first: 100, search: $search, filter: $filter) { totalCount nodes { ${clientFields} } } }`,
      argument,
      ({ data, errors }) => {
        const list = data?.clients as { totalCount: number; nodes: unknown[] } | undefined;
        return (
          expectEqual(errors, []) ??
          checkClients(list?.nodes, expected) ??
          expectEqual(list?.totalCount, expected.length)
        );
      },
    );
  }

  private organizations(): SoakRequest {
    const { organizations } = this.principal;
    return this.request(
      'organizations',
      '{ organizations(first: 100) { totalCount nodes { id name } } }',
      {},
      ({ data, errors }) =>
        expectEqual(errors, []) ??
        expectEqual(data, { organizations: { totalCount: organizations.length, nodes: organizations } }),
    );
  }

  private severalFields(): SoakRequest {
    const client = pick(this.principal.clients);
    const { name, account, organizations, clients, memberNames } = this.principal;
    return this.request(
      'several root fields',
      `query ($id: ID!) { client(id: $id) { ${clientFields} } clients(first: 100) { totalCount nodes { ${clientFields} } }
        organizations { nodes { id name } } account { slug name } viewer { member { name } } members(first: 100) { nodes { name } } }`,
      { id: client.id },
      ({ data, errors }) => {
        const { client: one, clients: list, members, ...rest } = data ?? {};
        const { totalCount, nodes } = (list ?? {}) as { totalCount?: number; nodes?: unknown[] };
        const team = (members as { nodes: { name: string }[] } | undefined)?.nodes.map(
          (member) => member.name,
        );
        return (
          expectEqual(errors, []) ??
          checkClient(one, client) ??
          checkClients(nodes, clients) ??
          expectEqual(totalCount, clients.length) ??
          expectEqual(team?.toSorted(), memberNames.toSorted()) ??
          expectEqual(rest, {
            organizations: { nodes: organizations },
            account: { slug: account, name: `${account} account` },
            viewer: { member: { name } },
          })
        );
      },
    );
  }

  private badCursor(): SoakRequest {
    const client = pick(this.principal.clients);
    return this.request(
      'a cursor that is none',
      `query ($id: ID!) { client(id: $id) { ${clientFields} } organizations { nodes { name } }
        clients(first: 3, after: "bm9uZQ") { nodes { name } } leads(first: 20) { nodes { id } } }`,
      { id: client.id },
      (answer) => expectEqual(answer.data, null) ?? expectEqual(codesOf(answer).clients, 'VALIDATION_FAILED'),
    );
  }

  private failureInTheMiddle(): SoakRequest {
    const [before, after] = [pick(this.principal.clients), pick(this.principal.clients)];
    return this.request(
      'a statement that fails in the middle',
      `query ($before: ID!, $after: ID!) { before: client(id: $before) { ${clientFields} } refusal
        after: client(id: $after) { ${clientFields} } }`,
      { before: before.id, after: after.id },
      (answer) => {
        const { data, status } = answer;
        const codes = codesOf(answer);
        // Clients are loaded in the tick after, when the transaction has failed; one that is there all the same is right.
        const wrongClient = (field: 'before' | 'after', client: SeenClient) =>
          data?.[field] === null
            ? expectEqual(codes[field], 'UNAVAILABLE')
            : checkClient(data?.[field], client);
        return (
          expectEqual(data?.refusal, null) ??
          expectEqual(codes.refusal, 'FORBIDDEN') ??
          wrongClient('before', before) ??
          wrongClient('after', after) ??
          expectEqual(status, Object.values(codes).includes('UNAVAILABLE') ? 503 : 200)
        );
      },
    );
  }

  private update(number: number): SoakRequest {
    const again = this.sentKeys.length > 0 && Math.random() < 0.2 ? pick(this.sentKeys) : null;
    const client =
      this.principal.clients.find(({ id }) => id === again?.clientId) ?? pick(this.principal.clients);
    const key =
      again?.key ?? (Math.random() < 0.5 ? `soak-${this.principal.name.replace(' ', '-')}-${number}` : null);
    const used = again?.number ?? number;
    if (again === null && key !== null && this.sentKeys.length < 50)
      this.sentKeys.push({ key, clientId: client.id, number });
    return this.updateRequest(
      again === null ? 'a change' : 'a change sent again',
      client.id,
      used,
      key,
      (answer) => {
        if (!this.principal.mayEdit) return expectEqual(codesOf(answer), { updateClient: 'FORBIDDEN' });
        const payload = answer.data?.updateClient as { client: SeenClient } | undefined;
        return expectEqual(answer.errors, []) ?? checkClient(payload?.client, client);
      },
    );
  }

  private refusedUpdate(number: number): SoakRequest {
    return this.updateRequest(
      "a change of somebody else's client",
      this.foreignId(),
      number,
      Math.random() < 0.5 ? `refused-${number}` : null,
      (answer) =>
        expectEqual(answer.data, null) ??
        expectEqual(codesOf(answer), { updateClient: this.principal.mayEdit ? 'NOT_FOUND' : 'FORBIDDEN' }),
    );
  }

  /** Two columns are changed to one number, so that half a change would be seen. */
  private updateRequest(
    kind: string,
    id: string,
    number: number,
    key: string | null,
    check: (answer: Parsed) => string | null,
  ): SoakRequest {
    const name = this.everybody.flatMap(({ clients }) => clients).find((client) => client.id === id)?.name;
    const changes = {
      contactName: `${name ?? 'nobody'} contact ${number}`,
      contactPosition: `contact ${number}`,
    };
    return this.request(
      kind,
      `mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { ${clientFields} } } }`,
      { input: { id, changes } },
      check,
      key,
    );
  }
}
