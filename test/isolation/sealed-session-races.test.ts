// Attacks on the sealed session that race: against the plan, against a right that is being taken away, and against
// functions that might take seeing nothing for a permission. As SQL of the attacker's own choosing.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Arrange } from '../support/arrange';
import { createArena, type Arena } from './arena';
import { LoginConnection, sqlStateOf } from './login-connection';
import { startSessions, type Session } from './sessions';

let arena: Arena;
let login: LoginConnection;
let scoped: Session;

const planLimit = 'RF005';
const absent = 'RF006';
const anOlderSnapshot = '25000';
const assignSql =
  'insert into ringfence.client_assignments (account_id, member_id, client_id) values ($1, $2, $3)';
const listClients = 'select id from ringfence.clients order by id';
const createClient =
  "select ringfence.create_client($1, null, null, null, null, 'INHERIT', null, 'GIVEN', null, null) as id";

beforeAll(async () => {
  arena = await createArena();
  login = arena.login;
  scoped = arena.principals['a scoped member, viewing'];
});
afterAll(() => arena.close());

describe('S17 races', () => {
  const connect = () => LoginConnection.open(arena.database.loginUrl);
  const permissions = ['VIEW_CLIENTS', 'CREATE_CLIENTS', 'DELETE_CLIENTS', 'MANAGE_MEMBERS'];

  /** An account of its own, with its owner and scoped members. */
  const accountWith = async (plan: string, members: number) => {
    const arrange = new Arrange(arena.owner);
    const accountId = await arrange.account(`race-${randomBytes(6).toString('hex')}`, plan);
    const people = [await arrange.member(accountId, { role: 'OWNER' })];
    while (people.length < members) people.push(await arrange.member(accountId, { permissions }));
    return { accountId, arrange, people, sessions: await startSessions(arena.database, arena.owner, people) };
  };
  /** Clients that count toward the plan. */
  const counted = async (accountId: string) =>
    (
      await arena.owner.query(
        "select from ringfence.clients where account_id = $1 and status <> 'ARCHIVED' and not is_house",
        [accountId],
      )
    ).rowCount;
  /** Runs a statement in a transaction of its own: done, or the SQLSTATE. */
  const committed = async (
    connection: LoginConnection,
    session: Session,
    statement: string,
    values: unknown[],
  ) => {
    try {
      await connection.begin(session);
      await connection.rows(statement, values);
      await connection.rows('commit');
      return 'done';
    } catch (error) {
      await connection.rows('rollback');
      return sqlStateOf(error);
    }
  };

  test('of twelve that create clients at once, as many succeed as the plan has room for', async () => {
    const { accountId, sessions } = await accountWith('STARTER', 6);
    const lines = await Promise.all(Array.from({ length: 12 }, connect));
    try {
      const outcomes = await Promise.all(
        lines.map((line, index) =>
          committed(line, sessions[index % sessions.length] as Session, createClient, [`Race ${index}`]),
        ),
      );
      expect(outcomes.sort()).toEqual([
        ...Array<string>(9).fill(planLimit),
        ...Array<string>(3).fill('done'),
      ]);
      expect(await counted(accountId)).toBe(3);
    } finally {
      await Promise.all(lines.map((line) => line.close()));
    }
  });

  test('restoring and creating at once do not exceed the plan together', async () => {
    const { accountId, arrange, sessions } = await accountWith('STARTER', 2);
    const hidden = [
      await arrange.client(accountId, 'A', { status: 'ARCHIVED' }),
      await arrange.client(accountId, 'B', { status: 'ARCHIVED' }),
    ];
    await arrange.client(accountId, 'C');
    const lines = await Promise.all(Array.from({ length: 5 }, connect));
    try {
      const owner = sessions[0] as Session;
      const outcomes = await Promise.all(
        lines.map((line, index) => {
          const id = hidden[index];
          return id === undefined
            ? committed(line, owner, createClient, [`Race ${index}`])
            : committed(line, owner, "select ringfence.change_client_status($1, 'RESTORE', null)", [id]);
        }),
      );
      expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(2);
      expect(await counted(accountId)).toBe(3);
    } finally {
      await Promise.all(lines.map((line) => line.close()));
    }
  });

  test('a snapshot taken before the plan was full makes no room', async () => {
    const { accountId, sessions } = await accountWith('STARTER', 2);
    const [first, late] = sessions as [Session, Session];
    const line = await connect();
    await login.begin(late, { isolation: 'repeatable read' });
    try {
      await login.rows(listClients);
      for (const name of ['One', 'Two', 'Three']) {
        expect(await committed(line, first, createClient, [name])).toBe('done');
      }
      expect(await login.outside(createClient, ['Four'])).toBe(anOlderSnapshot);
    } finally {
      await login.rows('rollback');
      await line.close();
    }
    expect(await counted(accountId)).toBe(3);
  });

  test.each([
    ['read committed', absent],
    ['repeatable read', anOlderSnapshot],
  ] as const)(
    'a client that is being taken away cannot be passed on any more (%s)',
    async (isolation, state) => {
      const { accountId, arrange, people, sessions } = await accountWith('AGENCY', 3);
      const client = await arrange.client(accountId, 'Passed on');
      const [, manager, friend] = people;
      await arena.owner.query(assignSql, [accountId, manager?.id, client]);
      const assign = 'select ringfence.assign_clients($1, $2, $3)';
      const line = await connect();
      await login.begin(sessions[1] as Session, { isolation });
      try {
        expect(await login.rows(listClients)).toEqual([{ id: client }]);
        // The owner takes the client away and has not committed yet when the manager passes it on.
        await line.begin(sessions[0] as Session);
        await line.rows(assign, [manager?.id, [], [client]]);
        const passing = login.outside(assign, [friend?.id, [client], []]);
        if (isolation === 'read committed') await untilSomebodyWaits();
        await line.rows('commit');
        expect(await passing).toBe(state);
        await login.rows('commit');
      } finally {
        await login.rows('rollback');
        await line.close();
      }
      const { rows } = await arena.owner.query(
        'select client_id from ringfence.client_assignments where account_id = $1',
        [accountId],
      );
      expect(rows).toEqual([]);
    },
  );

  /** Waits until a statement waits for a row of somebody else's transaction; fails after ten seconds. */
  async function untilSomebodyWaits(): Promise<void> {
    const deadline = Date.now() + 10_000;
    while ((await arena.owner.query('select from pg_locks where not granted')).rowCount === 0) {
      if (Date.now() > deadline) throw new Error('nobody waits');
    }
  }

  describe('a definer that sees no row fails instead of allowing', () => {
    const archive = "select ringfence.change_organization_status($1, 'ARCHIVE', null)";
    const assign = 'select ringfence.assign_clients($1, $2, $3)';
    let people: { memberId: string; clients: string[]; organizations: string[]; session: Session };
    let superuser: Client;

    beforeAll(async () => {
      const { accountId, arrange, people: members, sessions } = await accountWith('STARTER', 2);
      const organizations = [
        await arrange.organization(accountId, 'Busy'),
        await arrange.organization(accountId, 'Idle'),
      ];
      const clients = [];
      for (const name of ['A', 'B']) {
        clients.push(await arrange.client(accountId, name, { organization_id: organizations[0] ?? '' }));
      }
      // The session's permissions are read when it is opened.
      const memberId = members[1]?.id ?? '';
      await arena.owner.query(assignSql, [accountId, memberId, clients[0]]);
      await arena.owner.query(
        "insert into ringfence.member_permissions (account_id, member_id, permission) values ($1, $2, 'MANAGE_CLIENT_ORGANIZATIONS')",
        [accountId, memberId],
      );
      people = { memberId, clients, organizations, session: sessions[1] as Session };
      superuser = new Client({ connectionString: arena.database.adminUrl });
      await superuser.connect();
    });
    afterAll(() => superuser.end());

    /** How a statement of the member ends, in a transaction that changes the fence beforehand and is rolled back. */
    async function outcomeAfter(change: string, statement: string, values: unknown[]): Promise<string> {
      const { credential, role } = people.session;
      await superuser.query('begin');
      try {
        await superuser.query(change);
        await superuser.query('set local session authorization ringfence_login');
        await superuser.query('select ringfence.open_session($1, $2, $3)', [
          credential.sessionId,
          credential.secretDigest,
          credential.kind,
        ]);
        await superuser.query(`set local role ${role}`);
        await superuser.query(statement, values);
        return 'allowed';
      } catch (error) {
        return sqlStateOf(error);
      } finally {
        await superuser.query('rollback');
      }
    }

    test.each<[table: string, what: string, statement: string, values: () => unknown[], otherwise?: string]>([
      ['ringfence.accounts', 'creating a client', createClient, () => ['New']],
      ['ringfence.plans', 'creating a client', createClient, () => ['New']],
      ['ringfence.clients', 'creating a client', createClient, () => ['New']],
      ['ringfence.client_assignments', 'creating a client', createClient, () => ['New']],
      ['ringfence.audit_entries', 'creating a client', createClient, () => ['New']],
      ['ringfence.plans', 'asking whether there is room', 'select ringfence.can_create_client()', () => []],
      [
        'ringfence.accounts',
        'asking whether there is room',
        'select ringfence.can_create_client()',
        () => [],
      ],
      ['ringfence.organizations', 'archiving an organization', archive, () => [people.organizations[1]]],
      [
        'ringfence.clients',
        'archiving an organization that has clients',
        archive,
        () => [people.organizations[0]],
        'RF004',
      ],
      [
        'ringfence.client_assignments',
        'assigning a client',
        assign,
        () => [people.memberId, [people.clients[0]], []],
      ],
      ['ringfence.members', 'assigning a client', assign, () => [people.memberId, [people.clients[0]], []]],
      ['fence.access_credentials', 'opening a session', 'select 1', () => []],
      ['fence.sessions', 'opening a session', 'select 1', () => []],
      ['fence.seal_keys', 'opening a session', 'select 1', () => []],
      ['ringfence.accounts', 'opening a session', 'select 1', () => []],
      ['ringfence.member_access', 'opening a session', 'select 1', () => []],
    ])('of %s: %s', async (table, _, statement, values, otherwise = 'allowed') => {
      expect(await outcomeAfter('select 1', statement, values())).toBe(otherwise);
      expect(await outcomeAfter(`drop policy definer on ${table}`, statement, values())).not.toBe('allowed');
    });
  });
});

describe('S18 grants are live', () => {
  const assign = (clientId: string) =>
    arena.owner.query(assignSql, [scoped.accountId, scoped.principalId, clientId]);
  const take = (clientId: string) =>
    arena.owner.query('delete from ringfence.client_assignments where member_id = $1 and client_id = $2', [
      scoped.principalId,
      clientId,
    ]);

  test('a client that is assigned elsewhere is seen at the next statement, one taken away is gone at the next', async () => {
    const { two } = arena.alpha.clients;
    await login.as(scoped, async () => {
      const seesTwo = async () =>
        (await login.rows('select from ringfence.clients where id = $1', [two])).length;
      expect(await seesTwo()).toBe(0);
      await assign(two);
      expect(await seesTwo()).toBe(1);
      await take(two);
      expect(await seesTwo()).toBe(0);
    });
  });

  test('a client that a scoped member creates is seen at the next statement of the same transaction, and by no other member', async () => {
    const creator = arena.principals['a scoped member, working with clients'];
    await login.begin(creator);
    try {
      const [created] = await login.rows(createClient, ['Just made']);
      expect(await login.rows('select id from ringfence.clients where id = $1', [created?.id])).toEqual([
        created,
      ]);
      await login.rows('commit');
      expect(
        await login.as(scoped, () =>
          login.rows('select id from ringfence.clients where id = $1', [created?.id]),
        ),
      ).toEqual([]);
    } finally {
      await login.rows('rollback');
    }
  });
});
