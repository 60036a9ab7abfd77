// Whether the functions that policies ask answer what they should.
import { isDeepStrictEqual } from 'node:util';
import { principalNames, type Arena, type PrincipalName } from './arena';
import { cellOf, conditionFor } from './matrix-cells';
import { rowsOf, type Probe } from './probes';

/** The functions that policies ask answer by the kind that was sealed, whatever role asks them. */
export const answerDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  for (const name of who) {
    const session = arena.principals[name];
    const { accountId, principalId, permissions } = session;
    const ofTeam = /admin|member/.test(session.role);
    const scoped = session.role === 'ringfence_member';
    const sets = await rowsOf(
      arena,
      `select coalesce(array_agg(distinct a.client_id order by a.client_id), '{}') as clients,
         coalesce(array_agg(distinct c.organization_id order by c.organization_id) filter (where c.organization_id is not null), '{}') as organizations
       from ringfence.client_assignments a join ringfence.clients c on c.account_id = a.account_id and c.id = a.client_id
       where a.account_id = $1 and a.member_id = $2`,
      [accountId, principalId],
    );
    const expected = {
      admin: session.role === 'ringfence_admin' ? accountId : null,
      all: session.role === 'ringfence_member_all' ? accountId : null,
      scoped: scoped ? accountId : null,
      myself: ofTeam && session.role !== 'ringfence_admin' ? principalId : null,
      clients: scoped ? sets[0]?.clients : [],
      organizations: scoped && permissions.includes('VIEW_CLIENTS') ? sets[0]?.organizations : [],
    };
    for (const role of ['ringfence_admin', 'ringfence_member_all', 'ringfence_member']) {
      const sorted = (set: string) => `array(select x from unnest(ringfence.${set}()) x order by x)`;
      const [answers] = await arena.login.as(
        session,
        () =>
          arena.login.rows(
            `select ringfence.admin_account_id() as admin, ringfence.member_all_account_id() as all, ringfence.member_account_id() as scoped,
               ringfence.own_member_id() as myself, ${sorted('member_client_ids')} as clients, ${sorted('member_organization_ids')} as organizations`,
          ),
        { role },
      );
      if (!isDeepStrictEqual(answers, expected))
        differences.push(`${name} as ${role}: ${JSON.stringify(answers)}`);
    }
    differences.push(
      ...(await portalAnswerDifferences(arena, name)),
      ...(await partnerAnswerDifferences(arena, name)),
      ...(await identityAnswerDifferences(arena, name)),
      ...(await organizationDifferences(arena, name)),
    );
  }
  return differences;
};

async function portalAnswerDifferences(arena: Arena, name: PrincipalName): Promise<string[]> {
  const session = arena.principals[name];
  const [found] = await rowsOf(
    arena,
    `select p.account_id as account, p.id as myself, c.id as client, c.organization_id as organization, c.account_manager_id as manager
     from ringfence.portal_users p join ringfence.clients c on c.account_id = p.account_id and c.id = p.client_id where p.id = $1`,
    [session.principalId],
  );
  const expected = found ?? { account: null, myself: null, client: null, organization: null, manager: null };
  const [answers] = await arena.login.as(
    session,
    () =>
      arena.login.rows(
        `select ringfence.portal_account_id() as account, ringfence.own_portal_user_id() as myself, ringfence.portal_client_id() as client,
           ringfence.portal_organization_id() as organization, ringfence.portal_account_manager_id() as manager`,
      ),
    { role: 'ringfence_portal' },
  );
  return isDeepStrictEqual(answers, expected) ? [] : [`${name} as a portal user: ${JSON.stringify(answers)}`];
}

async function partnerAnswerDifferences(arena: Arena, name: PrincipalName): Promise<string[]> {
  const session = arena.principals[name];
  const { accountId, principalId, permissions } = session;
  const [all, scoped] = ['ringfence_partner_all', 'ringfence_partner'].map((role) => session.role === role);
  const reached = conditionFor(
    cellOf('ringfence.clients', 'ringfence_partner', 'select')?.replace("held('VIEW_CLIENTS')", 'true') ?? '',
    session,
  );
  const [sets] = await rowsOf(
    arena,
    `select array(select id from ringfence.clients where ${reached} order by 1) as clients,
       array(select distinct organization_id from ringfence.clients where ${reached} and organization_id is not null order by 1) as organizations`,
  );
  const expected = {
    all: all ? accountId : null,
    scoped: scoped ? accountId : null,
    myself: all || scoped ? principalId : null,
    clients: scoped ? sets?.clients : [],
    organizations: scoped && permissions.includes('VIEW_CLIENTS') ? sets?.organizations : [],
  };
  const sorted = (set: string) => `array(select x from unnest(ringfence.${set}()) x order by x)`;
  const differences: string[] = [];
  for (const role of ['ringfence_partner_all', 'ringfence_partner']) {
    const [answers] = await arena.login.as(
      session,
      () =>
        arena.login.rows(
          `select ringfence.partner_all_account_id() as all, ringfence.partner_account_id() as scoped, ringfence.own_access_token_id() as myself,
             ${sorted('partner_client_ids')} as clients, ${sorted('partner_organization_ids')} as organizations`,
        ),
      { role },
    );
    if (!isDeepStrictEqual(answers, expected))
      differences.push(`${name} as ${role}: ${JSON.stringify(answers)}`);
  }
  return differences;
}

/** The clients whose identities one sees. */
async function identityAnswerDifferences(arena: Arena, name: PrincipalName): Promise<string[]> {
  const session = arena.principals[name];
  const differences: string[] = [];
  const cell = cellOf('ringfence.identities', session.role, 'select');
  const [seen] = await rowsOf(
    arena,
    `select array(select distinct client_id from ringfence.identities
                  where ${cell === null ? 'false' : conditionFor(cell, session)} order by 1) as clients`,
  );
  for (const [set, own, roles] of [
    ['admin', /admin/, ['ringfence_admin', 'ringfence_member_all', 'ringfence_member']],
    ['member', /member/, ['ringfence_admin', 'ringfence_member_all', 'ringfence_member']],
    ['partner', /partner/, ['ringfence_partner_all', 'ringfence_partner']],
  ] as const) {
    const expected = { clients: own.test(session.role) ? seen?.clients : [] };
    for (const role of roles) {
      const [answers] = await arena.login.as(
        session,
        () =>
          arena.login.rows(
            `select array(select x from unnest(ringfence.${set}_identity_client_ids()) x order by x) as clients`,
          ),
        { role },
      );
      if (!isDeepStrictEqual(answers, expected))
        differences.push(`${name} as ${role} asks for identities of ${set}: ${JSON.stringify(answers)}`);
    }
  }
  return differences;
}

/** What functions that row security does not narrow are told of every organization of every account. */
async function organizationDifferences(
  { login, owner, principals }: Arena,
  name: PrincipalName,
): Promise<string[]> {
  const session = principals[name];
  if (session.role === 'ringfence_portal') return [];
  const seen = conditionFor(cellOf('ringfence.organizations', session.role, 'select') ?? 'false', session);
  const [sealed] = await login.as(session, () =>
    login.rows("select current_setting('ringfence.identity') as identity"),
  );
  await owner.query('reset role; set role ringfence_definer');
  const { rows } = await owner.query<{ id: string; reached: boolean }>(
    `select * from (select o.id, fence.reaches_organization($1, o.id) as reached, (${seen}) as seen from ringfence.organizations o) o
     where reached <> seen`,
    [sealed?.identity],
  );
  await owner.query('reset role; set role ringfence_owner');
  return rows.map(
    ({ id, reached }) => `${name}: ${reached ? 'reaches' : 'does not reach'} organization ${id}`,
  );
}
