// Definer functions pass row security by: each of them is asked about rows of other clients and accounts, by a scoped member
// who holds every permission.
import { Arrange } from '../support/arrange';
import { createArena, type Arena } from './arena';
import type { LoginConnection } from './login-connection';
import { nobodys } from './probes';
import type { Session } from './sessions';

let arena: Arena;
let login: LoginConnection;
let everything: Session;

beforeAll(async () => {
  arena = await createArena();
  login = arena.login;
  everything = arena.principals['a scoped member, everything'];
});
afterAll(() => arena.close());

describe('A34 functions with other rights answer about a foreign row as about none', () => {
  /** A portal user of a client that is not in the set, and invitations to it and in the other account. */
  let hidden: {
    id: string;
    invitations: string[];
    segments: string[];
    campaigns: string[];
    fields: string[];
  };
  const passwordHash = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'b'.repeat(43)}`;

  beforeAll(async () => {
    const { alpha, beta, owner, principals } = arena;
    const arrange = new Arrange(owner);
    const invited = await arrange.portalUser(alpha.id, alpha.clients.two, { status: 'INVITED' });
    const inviter = { id: principals['the owner'].principalId, email: '', accountId: alpha.id };
    const { rows } = await owner.query<{ id: string }>(
      'select id from ringfence.invitations where account_id = $1 order by kind limit 20',
      [beta.id],
    );
    const invitation = await arrange.invitation(alpha.id, invited, inviter);
    const lists = hiddenLists(arena);
    const idsIn = async (table: string, more = '') => {
      const statement = `select id from ringfence.${table} r where list_id = any ($1) ${more}`;
      return (await owner.query<{ id: string }>(statement, [lists])).rows.map(({ id }) => id);
    };
    hidden = {
      id: invited.id,
      invitations: [invitation, ...rows.map(({ id }) => id)],
      // Also somebody else's own, of a list that is seen.
      segments: [...(await idsIn('segments', 'or (owner_id is not null)'))],
      campaigns: await idsIn('campaigns'),
      fields: await idsIn('list_fields'),
    };
  });

  const calls: [statement: string, values: (id: string) => unknown[], foreign: (arena: Arena) => string[]][] =
    [
      ['select ringfence.change_client_status($1, $2, null)', (id) => [id, 'ARCHIVE'], hiddenClients],
      ['select ringfence.change_client_status($1, $2, null)', (id) => [id, 'RESTORE'], hiddenClients],
      ['select ringfence.change_client_status($1, $2, 1)', (id) => [id, 'DEACTIVATE'], hiddenClients],
      ["select ringfence.delete_client($1, 'Guessed', null)", (id) => [id], hiddenClients],
      ["select ringfence.delete_client($1, 'alpha two', 7)", (id) => [id], hiddenClients],
      [
        'select ringfence.assign_clients($1, $2, $3)',
        (id) => [everything.principalId, [id], []],
        hiddenClients,
      ],
      [
        'select ringfence.assign_clients($1, $2, $3)',
        (id) => [everything.principalId, [], [id]],
        hiddenClients,
      ],
      [
        'select ringfence.assign_clients($1, $2, $3)',
        (id) => [id, [arena.alpha.clients.one], []],
        foreignMembers,
      ],
      ["select ringfence.set_client_parts($1, '{}', 99)", (id) => [id], hiddenClients],
      [
        "select ringfence.set_client_parts($2, jsonb_build_object('memberIds', jsonb_build_array($1::text)), null)",
        (id) => [id, arena.alpha.clients.one],
        foreignMembers,
      ],
      [
        "select ringfence.set_client_parts($2, jsonb_build_object('identityIds', jsonb_build_array($1::text)), null)",
        (id) => [id, arena.alpha.clients.one],
        hiddenIdentities,
      ],
      [
        "select ringfence.set_client_parts($2, jsonb_build_object('listIds', jsonb_build_array($1::text)), null)",
        (id) => [id, arena.alpha.clients.one],
        hiddenLists,
      ],
      [
        'select ringfence.change_organization_status($1, $2, null)',
        (id) => [id, 'ARCHIVE'],
        foreignOrganizations,
      ],
      [
        'select ringfence.change_organization_status($1, $2, 7)',
        (id) => [id, 'RESTORE'],
        foreignOrganizations,
      ],
      ['select ringfence.set_organization_tags($1, $2)', (id) => [id, ['stolen']], foreignOrganizations],
      [
        "select ringfence.create_client('New', null, null, null, null, 'INHERIT', null, 'GIVEN', $1, null)",
        (id) => [id],
        foreignOrganizations,
      ],
      [
        "select ringfence.create_client('New', null, null, null, null, 'INHERIT', $1, 'GIVEN', null, null)",
        (id) => [id],
        foreignMembers,
      ],
      ['select * from ringfence.member_emails($1)', (id) => [[id]], foreignMembers],
      ['select * from ringfence.portal_user_logins($1)', (id) => [[id]], hiddenPortalUsers],
      [
        "select ringfence.create_portal_user($1, 'New', 'new@example.test', $2, false, false, null)",
        (id) => [id, passwordHash],
        hiddenClients,
      ],
      [
        "select ringfence.invite_portal_user($1, 'New', 'new@example.test', false, false, null, 60)",
        (id) => [id],
        hiddenClients,
      ],
      [`select ringfence.update_portal_user($1, '{"name": "X"}', null)`, (id) => [id], hiddenPortalUsers],
      [`select ringfence.update_portal_user($1, '{}', 99)`, (id) => [id], hiddenPortalUsers],
      ['select ringfence.delete_portal_user($1)', (id) => [id], hiddenPortalUsers],
      ['select ringfence.end_portal_user_sessions($1)', (id) => [id], hiddenPortalUsers],
      [
        "select ringfence.create_portal_user($1, 'New', 'new@example.test', $2, false, false, array[$3]::uuid[])",
        (id) => [arena.alpha.clients.one, passwordHash, id],
        hiddenAgents,
      ],
      [
        `select ringfence.update_portal_user($1, jsonb_build_object('agentIds', jsonb_build_array($2::text)), null)`,
        (id) => [arena.principals['a portal user'].principalId, id],
        hiddenAgents,
      ],
      [
        "select ringfence.create_agent($1, 'New', 'VOICE', 'ACTIVE', false, '{}')",
        (id) => [id],
        hiddenClients,
      ],
      [`select ringfence.update_agent($1, '{"name": "X"}', 99)`, (id) => [id], hiddenAgents],
      ["select ringfence.duplicate_agent($1, null, 'New')", (id) => [id], hiddenAgents],
      [
        "select ringfence.duplicate_agent($1, $2, 'New')",
        (id) => [arena.alpha.agents.settled.id, id],
        hiddenClients,
      ],
      [
        'select * from ringfence.move_agent($1, $2, null, 99)',
        (id) => [id, arena.alpha.clients.four],
        hiddenAgents,
      ],
      [
        'select * from ringfence.move_agent($1, $2, null, 99)',
        (id) => [arena.alpha.agents.settled.id, id],
        hiddenClients,
      ],
      ['select * from ringfence.delete_agent($1, null, 99)', (id) => [id], hiddenAgents],
      ["select ringfence.save_agent_configuration($1, '{}', 99)", (id) => [id], hiddenAgents],
      ["select ringfence.save_advanced_agent_configuration($1, '{}', 99)", (id) => [id], hiddenAgents],
      [
        'select ringfence.assign_agents($1, $2, $3)',
        (id) => [everything.principalId, [id], []],
        hiddenAgents,
      ],
      [
        'select ringfence.assign_agents($1, $2, $3)',
        (id) => [everything.principalId, [], [id]],
        () => [arena.beta.agents.settled.id, arena.beta.agents.moved.id],
      ],
      [
        'select ringfence.assign_agents($1, $2, $3)',
        (id) => [id, [arena.alpha.agents.settled.id], []],
        foreignMembers,
      ],
      ["select ringfence.create_list($1, '{}')", (id) => [id], hiddenClients],
      [`select ringfence.update_list($1, '{"name": "X"}', 99)`, (id) => [id], hiddenLists],
      [
        `select ringfence.update_list($1, jsonb_build_object('memberIds', jsonb_build_array($2::text)), null)`,
        (id) => [arena.alpha.lists.open, id],
        foreignMembers,
      ],
      ["select ringfence.change_list_status($1, 'ARCHIVE', 99)", (id) => [id], hiddenLists],
      ["select ringfence.delete_list($1, 'Prospects', 99)", (id) => [id], hiddenLists],
      [
        'select ringfence.move_list_to_client($1, $2, 99)',
        (id) => [id, arena.alpha.clients.four],
        hiddenLists,
      ],
      [
        'select ringfence.move_list_to_client($1, $2, 99)',
        (id) => [arena.alpha.lists.open, id],
        hiddenClients,
      ],
      ["select ringfence.create_segment($1, 'New', true, '{}')", (id) => [id], hiddenLists],
      [
        `select ringfence.create_segment($1, 'New', true, jsonb_build_object('values', jsonb_build_array(jsonb_build_object('fieldId', $2::text))))`,
        (id) => [arena.alpha.lists.open, id],
        hiddenFields,
      ],
      [`select ringfence.update_segment($1, '{"name": "X"}', 99)`, (id) => [id], hiddenSegments],
      ['select ringfence.delete_segment($1, 99)', (id) => [id], hiddenSegments],
      [`select ringfence.create_campaign($1, '{"name": "New"}')`, (id) => [id], hiddenLists],
      ...['segmentId', 'identityId'].map((name): (typeof calls)[number] => [
        `select ringfence.create_campaign($1, jsonb_build_object('name', 'New', '${name}', $2::text))`,
        (id) => [arena.alpha.lists.open, id],
        name === 'segmentId' ? hiddenSegments : hiddenIdentities,
      ]),
      [
        `select ringfence.create_campaign($1, jsonb_build_object('name', 'New', 'memberIds', jsonb_build_array($2::text)))`,
        (id) => [arena.alpha.lists.open, id],
        foreignMembers,
      ],
      [`select ringfence.update_campaign($1, '{"name": "X"}', 99)`, (id) => [id], hiddenCampaigns],
      ["select ringfence.change_campaign_state($1, 'START', 99)", (id) => [id], hiddenCampaigns],
      ['select ringfence.delete_campaign($1, 99)', (id) => [id], hiddenCampaigns],
      ['select * from ringfence.record_calls($1)', (id) => [reportsOf(id)], hiddenAgents],
      ['select * from ringfence.record_messages($1)', (id) => [reportsOf(id)], hiddenAgents],
      ["select ringfence.create_caller_id($1, '+4930901899', null)", (id) => [id], hiddenClients],
      ["select ringfence.create_email_identity($1, 'new@alpha.test', null)", (id) => [id], hiddenClients],
      [`select ringfence.update_identity($1, '{"displayName": "X"}', 99)`, (id) => [id], hiddenIdentities],
      [
        "select ringfence.update_identity($1, jsonb_build_object('clientId', $2::text), 99)",
        (id) => [arena.alpha.identities.one, id],
        hiddenClients,
      ],
      ['select ringfence.delete_identity($1, 99)', (id) => [id], hiddenIdentities],
      ['select ringfence.request_identity_verification($1, 60)', (id) => [id], hiddenIdentities],
      ['select ringfence.resend_invitation($1, 60)', (id) => [id], hiddenInvitations],
      ['select ringfence.cancel_invitation($1)', (id) => [id], hiddenInvitations],
    ];

  test.each(calls)('%s', async (statement, values, foreign) => {
    await login.as(everything, async () => {
      const absent = await login.dry(statement, values(nobodys));
      expect(absent).not.toHaveLength(1);
      for (const id of foreign(arena)) expect(await login.dry(statement, values(id))).toEqual(absent);
    });
  });

  /** Two of them: one row is what a function answers that did something. */
  function reportsOf(agentId: string): string {
    const at = new Date(Date.now() - 60_000).toISOString();
    const report = {
      agentId,
      direction: 'INBOUND',
      startedAt: at,
      conversationExternalId: '1',
      author: 'AGENT',
    };
    return JSON.stringify(
      ['1', '2'].map((externalId) => ({ ...report, externalId, text: 'Hello', sentAt: at })),
    );
  }
  function hiddenAgents({ alpha, beta }: Arena): string[] {
    return [alpha.agents.moved.id, beta.agents.settled.id, beta.agents.moved.id];
  }
  function hiddenLists({ alpha, beta }: Arena): string[] {
    return [alpha.lists.hidden, alpha.lists.house, beta.lists.open];
  }
  function hiddenClients({ alpha, beta }: Arena): string[] {
    return [alpha.clients.two, beta.clients.one, beta.clients.archived];
  }
  function hiddenIdentities({ alpha, beta }: Arena): string[] {
    const { two, archived, none } = alpha.identities;
    return [two, archived, none, beta.identities.one];
  }
  function foreignOrganizations({ beta }: Arena): string[] {
    return [beta.organizations.north, beta.organizations.closed];
  }
  function hiddenPortalUsers({ principals }: Arena): string[] {
    return [principals['a portal user of another account'].principalId, hidden.id];
  }
  function hiddenInvitations(): string[] {
    return hidden.invitations;
  }
  function hiddenSegments(): string[] {
    return hidden.segments;
  }
  function hiddenCampaigns(): string[] {
    return hidden.campaigns;
  }
  function hiddenFields(): string[] {
    return hidden.fields;
  }
  function foreignMembers({ principals }: Arena): string[] {
    return [principals['the owner of another account'].principalId];
  }
});
