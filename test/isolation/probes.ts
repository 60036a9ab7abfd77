// What is tried against the fence, as functions that answer a sentence for every difference between what the policy
// matrix promises and what happens; none: the fence holds. The suites expect none, and the mutants prove that each probe
// can find something.
import { isDeepStrictEqual } from 'node:util';
import { servingRoles } from '../../db/policies/matrix';
import { fenceProblems } from '../../src/database/gate';
import { principalNames, type Arena, type PrincipalName } from './arena';
import { sqlStateOf, type Outcome } from './login-connection';
import { cellOf, columnsWith, conditionFor, tablesIn, type TableShape } from './matrix-cells';
import type { Session } from './sessions';

export type Probe = (arena: Arena, who?: readonly PrincipalName[]) => Promise<string[]>;

const denied = '42501';
const noSession = 'RF001';
/** A row that is archived, or being deleted, refuses to change; only a row that passed the policies gets as far. */
const archived = 'RF004';

export const nobodys = '01900000-0000-7000-8000-000000000000';

/** Every principal reads, of every table, exactly the rows of its cell, in every column it may read. */
export const readingDifferences: Probe = (arena, who) =>
  forEachTable(arena, who, async (session, table) => {
    const cell = cellOf(table.name, session.role, 'select');
    if (cell === null) {
      const outcome = await arena.login.attempt(`select from ${table.name}`);
      return outcome === denied ? [] : [`reads ${describeOutcome(outcome)}, where nothing may be read`];
    }
    const columns = columnsWith(session.role, table, 'select');
    const order = table.key.filter((column) => columns.includes(column)).join(', ');
    const list = `select ${columns.join(', ')} from ${table.name}`;
    const expected = await rowsOf(arena, `${list} where ${conditionFor(cell, session)} order by ${order}`);
    const actual = await arena.login.attempt(`${list} order by ${order}`);
    return isDeepStrictEqual(actual, expected)
      ? []
      : [`reads ${describeOutcome(actual)} instead of ${describeOutcome(expected)}`];
  });

/** Every principal changes, row by row, exactly the rows of its cell. */
export const updatingDifferences: Probe = (arena, who) =>
  forEachTable(arena, who, async (session, table) => {
    const cell = cellOf(table.name, session.role, 'update');
    if (cell === null) return refusedUpdate(arena, table);
    const [column] = columnsWith(session.role, table, 'update');
    const key = table.key.join(', ');
    const named = table.key.map((part, index) => `${part} = $${index + 1}`).join(' and ');
    const differences: string[] = [];
    const rows = await rowsOf(
      arena,
      `select ${key}, (${conditionFor(cell, session)}) as allowed from ${table.name}`,
    );
    for (const row of rows) {
      const outcome = await arena.login.dry(
        `update ${table.name} set ${column} = ${column} where ${named} returning ${key}`,
        table.key.map((part) => row[part]),
      );
      const reached = outcome === archived || (Array.isArray(outcome) && outcome.length === 1);
      if (reached !== row.allowed) {
        differences.push(`${reached ? 'changes' : 'cannot change'} ${JSON.stringify(row)}`);
      }
    }
    return differences;
  });

/**
 * An update that reads nothing is not narrowed by the policies for reading: it, too, changes exactly the rows of the
 * cell. For the duration nothing is archived or being deleted, because one such row refuses the whole statement.
 */
export const blindUpdatingDifferences: Probe = async (arena, who) => {
  const restored = await Promise.all([
    rowsOf(
      arena,
      "update ringfence.clients set status = 'ACTIVE', status_before_archive = null where status = 'ARCHIVED' returning id",
    ),
    rowsOf(arena, "update ringfence.clients set status = 'ACTIVE' where status = 'DELETING' returning id"),
    rowsOf(
      arena,
      "update ringfence.organizations set status = 'ACTIVE' where status = 'ARCHIVED' returning id",
    ),
  ]);
  const [clients, deleting, organizations] = restored.map((rows) => rows.map((row) => row.id));
  try {
    return await forEachTable(arena, who, async (session, table) => {
      const cell = cellOf(table.name, session.role, 'update');
      if (cell === null) return refusedUpdate(arena, table);
      const differences: string[] = [];
      const expected = await rowsOf(arena, `select from ${table.name} where ${conditionFor(cell, session)}`);
      for (const column of columnsWith(session.role, table, 'update')) {
        const changed = await blindUpdate(arena, table, column);
        if (changed !== expected.length)
          differences.push(`sets ${column} of ${changed} rows, not of ${expected.length}`);
      }
      return differences;
    });
  } finally {
    await arena.owner.query(
      "update ringfence.clients set status = 'ARCHIVED', status_before_archive = 'ACTIVE' where id = any ($1)",
      [clients],
    );
    await arena.owner.query("update ringfence.clients set status = 'DELETING' where id = any ($1)", [
      deleting,
    ]);
    await arena.owner.query("update ringfence.organizations set status = 'ARCHIVED' where id = any ($1)", [
      organizations,
    ]);
  }
};

/** The number of rows whose column an update without any condition sets to its default, or the SQLSTATE. */
async function blindUpdate({ login }: Arena, table: TableShape, column: string): Promise<number | string> {
  await login.rows('savepoint blind');
  try {
    // What the row trigger refuses has been reached, so each value must be one that every row may have.
    const values: Record<string, string> = {
      name: "'Same'",
      // Nobody whom it binds switches it off.
      ...(table.name === 'ringfence.clients' && { blind_mode: "'ON'" }),
    };
    const value = values[column] ?? 'default';
    return (await login.client.query(`update ${table.name} set ${column} = ${value}`)).rowCount ?? 0;
  } catch (error) {
    return sqlStateOf(error);
  } finally {
    await login.rows('rollback to savepoint blind; release savepoint blind');
  }
}

async function refusedUpdate({ login }: Arena, table: TableShape): Promise<string[]> {
  const outcome = await login.dry(`update ${table.name} set ${table.columns.at(-1)} = default`);
  return outcome === denied ? [] : [`may update: ${describeOutcome(outcome)}`];
}

/** A row that could be inserted into each table where a serving role may insert, for an account. */
const newRows: Record<string, (accountId: string) => Record<string, string>> = {
  'ringfence.organizations': (account_id) => ({ account_id, name: 'New' }),
};

/** Every principal inserts, and reads back, exactly what its cell allows: in no case a row of another account. */
export const insertingDifferences: Probe = (arena, who) =>
  forEachTable(arena, who, async (session, table) => {
    const cell = cellOf(table.name, session.role, 'insert');
    if (cell === null) {
      const outcome = await arena.login.dry(`insert into ${table.name} default values`);
      // A row that no policy allows is refused with the same state as a missing right.
      const columns = columnsWith(session.role, table, 'insert');
      return outcome === denied && columns.length === 0 ? [] : [`may insert: ${describeOutcome(outcome)}`];
    }
    const differences: string[] = [];
    for (const accountId of [arena.alpha.id, arena.beta.id]) {
      const row = newRows[table.name]?.(accountId);
      if (row === undefined) return ['may insert, and no probe says what'];
      const values = Object.values(row);
      const sample = Object.keys(row).map(
        (column, index) => `$${index + 1}${column.endsWith('_id') ? '::uuid' : '::text'} as ${column}`,
      );
      const [judged] = await rowsOf(
        arena,
        `select (${conditionFor(cell, session)}) as allowed from (select ${sample.join(', ')}) as sample`,
        values,
      );
      const insert = `insert into ${table.name} (${Object.keys(row).join(', ')}) values (${values.map((_, index) => `$${index + 1}`).join(', ')})`;
      // Reading back what was inserted is narrowed by the policies for reading too.
      for (const statement of [insert, `${insert} returning ${table.key.join(', ')}`]) {
        const outcome = await arena.login.dry(statement, values);
        if (
          Array.isArray(outcome) !== judged?.allowed ||
          (typeof outcome === 'string' && outcome !== denied)
        ) {
          differences.push(`inserts for account ${accountId}: ${describeOutcome(outcome)}`);
        }
      }
    }
    return differences;
  });

/** Becoming any other serving role, or none, shows no row of any table. */
export const otherRoleDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  const tables = await tablesIn(arena.owner);
  for (const name of who) {
    const session = arena.principals[name];
    for (const role of [...servingRoles, null].filter((other) => other !== session.role)) {
      await arena.login.as(
        session,
        async () => {
          for (const table of tables) {
            const outcome = await arena.login.attempt(`select from ${table.name}`);
            if (
              outcome !== denied &&
              (outcome.length > 0 || cellOf(table.name, role ?? 'ringfence_anonymous', 'select') === null)
            ) {
              differences.push(
                `${name} as ${role ?? 'the login'} reads ${describeOutcome(outcome)} of ${table.name}`,
              );
            }
          }
        },
        { role },
      );
    }
  }
  return differences;
};

/** Identities that somebody might write over their own, and the role that would serve them. */
export function forgedIdentities(
  arena: Arena,
  own: string,
): Record<string, { identity: string; role: string }> {
  const at = (from: number, text: string) =>
    own.slice(0, from - 1) + text + own.slice(from - 1 + text.length);
  const role = 'ringfence_member';
  const everything = arena.principals['a scoped member, everything'];
  return {
    'the kind of an administrator': { identity: at(6, 'A'), role: 'ringfence_admin' },
    'the kind of an owner': { identity: at(6, 'O'), role: 'ringfence_admin' },
    'the kind of a member with all clients': { identity: at(6, 'L'), role: 'ringfence_member_all' },
    'the kind of a token for all clients': { identity: at(6, 'T'), role: 'ringfence_partner_all' },
    'the kind of a token for some clients': { identity: at(6, 'S'), role: 'ringfence_partner' },
    'another account': { identity: at(7, arena.beta.id), role },
    'another member': { identity: at(43, everything.principalId), role },
    'another session': { identity: at(79, everything.credential.sessionId), role },
    'more permissions': { identity: `${own}VIEW_CLIENTS,MANAGE_MEMBERS,`, role },
    'a later version': { identity: at(1, '2'), role },
    'another key': { identity: at(2, '9999'), role },
    'less of it': { identity: own.slice(0, -1), role },
    'none of it': { identity: '', role },
    'an empty list': { identity: '{}', role },
    rubbish: { identity: 'garbage', role },
  };
}

/** An identity that was written over the sealed one opens nothing, whoever it names. */
export const forgingDifferences: Probe = async (arena) => {
  const differences: string[] = [];
  await arena.login.as(arena.principals['a scoped member, viewing'], async () => {
    const [settings] = await arena.login.rows("select current_setting('ringfence.identity') as identity");
    for (const [what, forged] of Object.entries(forgedIdentities(arena, String(settings?.identity)))) {
      await arena.login.rows('savepoint forged');
      await arena.login.rows("select set_config('ringfence.identity', $1, true)", [forged.identity]);
      await arena.login.rows(`set local role ${forged.role}`);
      const outcome = await arena.login.attempt('select from ringfence.clients');
      if (outcome !== noSession)
        differences.push(`an identity with ${what} reads ${describeOutcome(outcome)}`);
      await arena.login.rows('rollback to savepoint forged; release savepoint forged');
    }
  });
  return differences;
};

/** A reference to a row of another account is refused like one to a row that nobody has. */
export const referenceDifferences: Probe = async (arena) => {
  const differences: string[] = [];
  const { login, alpha, beta } = arena;
  const stranger = arena.principals['the owner of another account'].principalId;
  for (const name of [
    'the owner',
    'a member with all clients, everything',
    'a scoped member, everything',
    'a token for all clients, everything',
    'a token for some clients, everything',
  ] as const) {
    await login.as(arena.principals[name], async () => {
      for (const [table, row, column, foreign] of [
        ['clients', alpha.clients.one, 'organization_id', beta.organizations.north],
        ['clients', alpha.clients.one, 'account_manager_id', stranger],
        ['organizations', alpha.organizations.north, 'account_manager_id', stranger],
      ] as const) {
        const refer = (to: string) =>
          login.dry(`update ringfence.${table} set ${column} = $1 where id = $2 returning id`, [to, row]);
        const [outcome, absent] = [await refer(foreign), await refer(nobodys)];
        if (Array.isArray(outcome) || outcome !== absent) {
          differences.push(
            `${name} gives a row of ${table} a foreign ${column}: ${describeOutcome(outcome)}, a random one: ${describeOutcome(absent)}`,
          );
        }
      }
    });
  }
  return differences;
};

/** Whoever has a client set cannot give a client to an organization they do not see. */
export const hiddenOrganizationDifferences: Probe = async (arena) => {
  const { login, alpha, principals } = arena;
  const differences: string[] = [];
  for (const name of [
    'a scoped member, editing',
    'a token for some clients, working with clients',
  ] as const) {
    await login.as(principals[name], async () => {
      const outcome = await login.dry('update ringfence.clients set organization_id = $1 where id = $2', [
        alpha.organizations.empty,
        alpha.clients.one,
      ]);
      if (outcome !== denied)
        differences.push(`${name} names a hidden organization: ${describeOutcome(outcome)}`);
    });
  }
  return differences;
};

/** Nothing is changed in a snapshot of the caller's own choosing, where a right that was taken away still shows. */
export const snapshotDifferences: Probe = async (arena) => {
  const { login, alpha, principals } = arena;
  const session = principals['a scoped member, everything'];
  const differences: string[] = [];
  for (const isolation of ['repeatable read', 'serializable'] as const) {
    await login.as(
      session,
      async () => {
        const [client, organization] = [alpha.clients.one, alpha.organizations.north];
        const portalUser = principals['a portal user'].principalId;
        const agent = alpha.agents.settled.id;
        const identity = alpha.identities.one;
        const token = principals['a token for all clients of a scoped member'].principalId;
        for (const [statement, values] of [
          [
            "select ringfence.create_client('New', null, null, null, null, 'INHERIT', null, 'GIVEN', null, null)",
            [],
          ],
          ['select ringfence.assign_clients($1, $2, $3)', [session.principalId, [client], []]],
          ["select ringfence.set_client_parts($1, '{}', null)", [client]],
          ["select ringfence.change_client_status($1, 'ARCHIVE', null)", [client]],
          ["select ringfence.change_organization_status($1, 'ARCHIVE', null)", [organization]],
          ["select ringfence.set_organization_tags($1, '{}')", [organization]],
          [
            "select ringfence.create_member('New', null, 'new@example.test', 'x', 'MEMBER', '{}', 'ASSIGNED', '{}', 'ASSIGNED', '{}')",
            [],
          ],
          ["select ringfence.update_member($1, '{}', null)", [session.principalId]],
          ["select ringfence.change_member_status($1, 'DISABLED')", [session.principalId]],
          ["select ringfence.change_member_password($1, 'x')", [session.principalId]],
          ['select ringfence.remove_member($1, null)', [session.principalId]],
          ['select ringfence.end_member_sessions($1)', [session.principalId]],
          [
            "select ringfence.create_portal_user($1, 'New', 'new@example.test', 'x', false, false, null)",
            [client],
          ],
          ["select ringfence.update_portal_user($1, '{}', null)", [portalUser]],
          ['select ringfence.delete_portal_user($1)', [portalUser]],
          [
            "select ringfence.invite_member('New', null, 'new@example.test', 'MEMBER', '{}', 'ASSIGNED', '{}', 'ASSIGNED', '{}', 60)",
            [],
          ],
          [
            "select ringfence.invite_portal_user($1, 'New', 'new@example.test', false, false, null, 60)",
            [client],
          ],
          ['select ringfence.resend_invitation($1, 60)', [nobodys]],
          ['select ringfence.cancel_invitation($1)', [nobodys]],
          ['select ringfence.end_portal_user_sessions($1)', [portalUser]],
          ["select ringfence.create_agent($1, 'New', 'CHAT', 'DRAFT', false, '{}')", [client]],
          ["select ringfence.update_agent($1, '{}', null)", [agent]],
          ["select ringfence.duplicate_agent($1, null, 'New')", [agent]],
          ['select ringfence.move_agent($1, $2, null, null)', [agent, client]],
          ['select ringfence.delete_agent($1, null, null)', [agent]],
          ["select ringfence.save_agent_configuration($1, '{}', null)", [agent]],
          ["select ringfence.save_advanced_agent_configuration($1, '{}', null)", [agent]],
          ["select ringfence.assign_agents($1, '{}', '{}')", [session.principalId]],
          ["select ringfence.create_caller_id($1, '+4930901899', null)", [client]],
          ["select ringfence.create_email_identity($1, 'new@example.test', null)", [client]],
          ["select ringfence.update_identity($1, '{}', null)", [identity]],
          ['select ringfence.delete_identity($1, null)', [identity]],
          ['select ringfence.request_identity_verification($1, 60)', [identity]],
          ["select ringfence.create_list($1, '{}')", [client]],
          ["select ringfence.update_list($1, '{}', null)", [alpha.lists.open]],
          ["select ringfence.change_list_status($1, 'ARCHIVE', null)", [alpha.lists.open]],
          ["select ringfence.delete_list($1, 'Prospects', null)", [alpha.lists.open]],
          ['select ringfence.move_list_to_client($1, $2, null)', [alpha.lists.open, client]],
          ['select ringfence.next_lead($1)', [alpha.lists.open]],
          ['select ringfence.release_lead($1)', [nobodys]],
          ['select ringfence.record_disposition($1, $1, null, null)', [nobodys]],
          ["select ringfence.create_access_token('New', '{}', null, now(), false, '')", []],
          ["select ringfence.rename_access_token($1, 'New')", [token]],
          ["select ringfence.rotate_access_token($1, '', 0)", [token]],
          ['select ringfence.revoke_access_token($1)', [token]],
          ["select ringfence.record_calls('[]')", []],
          ["select ringfence.record_messages('[]')", []],
          ["select ringfence.update_own_profile('{}')", []],
          ["select ringfence.change_own_password('', 'x')", []],
          ['select ringfence.end_own_sessions(null)', []],
          ["select ringfence.confirm_second_factor('', 1, '{}')", []],
          ["select ringfence.replace_recovery_codes('', 1, null, '{}')", []],
          ["select ringfence.remove_second_factor('', '', 1, null)", []],
          ['select ringfence.reset_member_second_factor($1)', [session.principalId]],
          ['select ringfence.reset_portal_user_second_factor($1)', [portalUser]],
        ] as const) {
          const outcome = await login.dry(statement, [...values]);
          if (outcome !== '25000')
            differences.push(`${isolation}: ${statement}: ${describeOutcome(outcome)}`);
        }
      },
      { isolation },
    );
  }
  return differences;
};

/** What the gate says, asked as the login. */
export const gateProblems: Probe = (arena) =>
  fenceProblems((text, values) => arena.login.rows(text, values) as Promise<{ problem: string }[]>);

async function forEachTable(
  arena: Arena,
  who: readonly PrincipalName[] = principalNames,
  probe: (session: Session, table: TableShape) => Promise<string[]>,
): Promise<string[]> {
  const differences: string[] = [];
  const tables = await tablesIn(arena.owner);
  for (const name of who) {
    const session = arena.principals[name];
    await arena.login.as(session, async () => {
      for (const table of tables) {
        const found = await probe(session, table);
        differences.push(...found.map((difference) => `${name}, ${table.name}: ${difference}`));
      }
    });
  }
  return differences;
}

export async function rowsOf(
  arena: Arena,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  return (await arena.owner.query<Record<string, unknown>>(text, values)).rows;
}

export function describeOutcome(outcome: Outcome): string {
  return typeof outcome === 'string' ? outcome : `${outcome.length} rows`;
}
