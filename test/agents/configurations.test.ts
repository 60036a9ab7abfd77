// The two parts of an agent's configuration: what may stand in them, who sees and saves them, and their versions.
import type { Caller } from '../support/client';
import {
  AgentConfigurationsDocument,
  RestoreAdvancedAgentConfigurationDocument,
  RestoreAgentConfigurationDocument,
  SaveAdvancedAgentConfigurationDocument,
  SaveAgentConfigurationDocument,
} from '../support/documents.generated';
import { send } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let id: string;
let editor: Caller;
let advancedEditor: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const member = async (name: string, permissions: string[]) =>
    signInAs(
      server,
      await world.arrange.member(world.accountId, { name, permissions, clients: [world.clients.one] }),
    );
  editor = await member('Edith Editor', ['VIEW_CLIENTS', 'EDIT_AGENTS']);
  advancedEditor = await member('Anna Advanced', ['VIEW_CLIENTS', 'USE_ADVANCED_EDITOR']);
});
beforeEach(async () => {
  ({ id } = await world.arrange.agent(world.accountId, world.clients.one));
});
afterAll(() => server.close());

type Settings = Record<string, unknown>;
const save = async (caller: Caller, settings: Settings, expectedVersion?: number) =>
  (
    await caller.get(SaveAgentConfigurationDocument, {
      input: { id, settings, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    })
  ).saveAgentConfiguration.agent.configuration;
const saveAdvanced = async (caller: Caller, settings: Settings) =>
  (await caller.get(SaveAdvancedAgentConfigurationDocument, { input: { id, settings } }))
    .saveAdvancedAgentConfiguration.agent.advancedConfiguration;
const read = async (caller: Caller, page: { first?: number; after?: string } = {}) =>
  (await caller.get(AgentConfigurationsDocument, { id, ...page })).agent;

const simple = {
  greeting: 'Good day, this is Ada.\nHow can I help?',
  language: 'de-DE',
  voice: 'warm',
  businessHours: {
    timeZone: 'Europe/Berlin',
    monday: [
      { opens: '09:00', closes: '12:00' },
      { opens: '12:00', closes: '24:00' },
    ],
    sunday: [],
  },
  transferNumber: '+4930901820',
};
const advanced = {
  model: 'large',
  systemPrompt: 'Be brief. ünïcödé 🙂',
  temperature: 0.7,
  tools: [
    {
      name: 'look_up',
      description: 'Looks a customer up.',
      parameters: {
        type: 'object',
        properties: { name: { type: 'string', pattern: '^[a-z]+$' } },
        required: ['name'],
      },
    },
  ],
  variables: { company: 'Bright', seats: 4, open: true },
};

describe('versions', () => {
  test('each change is one, with who saved it; the latest is in force', async () => {
    expect(await read(editor)).toMatchObject({
      configuration: null,
      configurationVersions: { totalCount: 0, nodes: [] },
    });
    expect(await save(editor, simple)).toMatchObject({
      version: 1,
      settings: simple,
      savedBy: 'Edith Editor',
    });
    await save(world.asAdmin, { greeting: 'Second' });
    await save(world.asAdmin, {});
    const agent = await read(editor, { first: 2 });
    expect(agent?.configuration).toMatchObject({ version: 3, settings: {}, savedBy: 'Adam Admin' });
    expect(agent?.configurationVersions?.nodes.map(({ version }) => version)).toEqual([3, 2]);
    expect(agent?.configurationVersions?.totalCount).toBe(3);
    const after = agent?.configurationVersions?.pageInfo.endCursor ?? '';
    expect((await read(editor, { first: 2, after }))?.configurationVersions?.nodes).toMatchObject([
      { version: 1, settings: simple },
    ]);
  });

  test('unchanged settings make none, whatever order they are in', async () => {
    await save(editor, { language: 'de', voice: 'warm' });
    const same = await changingNothing(server.owner, () => save(editor, { voice: 'warm', language: 'de' }));
    expect(same?.version).toBe(1);
  });

  test('an earlier one is restored as a new one', async () => {
    await save(editor, { greeting: 'First' });
    await save(editor, { greeting: 'Second' });
    const restore = async (version: number) =>
      editor.ask(RestoreAgentConfigurationDocument, { input: { id, version } });
    expect((await restore(1)).data?.restoreAgentConfiguration.agent.configuration).toMatchObject({
      version: 3,
      settings: { greeting: 'First' },
    });
    expect((await restore(3)).data?.restoreAgentConfiguration.agent.configuration?.version).toBe(3);
    expect((await restore(9)).errors?.[0]?.extensions).toMatchObject({
      code: 'NOT_FOUND',
      field: 'input.version',
    });
    await saveAdvanced(advancedEditor, { model: 'a' });
    await saveAdvanced(advancedEditor, { model: 'b' });
    const { restoreAdvancedAgentConfiguration } = await advancedEditor.get(
      RestoreAdvancedAgentConfigurationDocument,
      { input: { id, version: 1 } },
    );
    expect(restoreAdvancedAgentConfiguration.agent.advancedConfiguration).toMatchObject({
      version: 3,
      settings: { model: 'a' },
    });
  });

  test('one is restored only in place of the one that is expected, and if it is still allowed', async () => {
    await save(editor, { greeting: 'First' });
    await save(editor, { greeting: 'Second' });
    const refused = (version: number, expectedVersion?: number) =>
      changingNothing(server.owner, () =>
        editor.refusal(RestoreAgentConfigurationDocument, {
          input: { id, version, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
        }),
      );
    expect(await refused(1, 1)).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
    await server.owner.query(
      `update ringfence.agent_configurations set settings = '{"unknown": 1}' where agent_id = $1 and number = 1`,
      [id],
    );
    expect(await refused(1)).toEqual({ code: 'VALIDATION_FAILED', field: 'input.version.unknown' });
  });

  test('who expects another one is refused; none is version 0', async () => {
    expect((await save(editor, { voice: 'a' }, 0))?.version).toBe(1);
    expect((await save(editor, { voice: 'b' }, 1))?.version).toBe(2);
    for (const expectedVersion of [0, 1, 3])
      expect(
        await changingNothing(server.owner, () =>
          editor.refusal(SaveAgentConfigurationDocument, { input: { id, settings: {}, expectedVersion } }),
        ),
      ).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
  });

  test('of many who save at once none is lost, and numbers go up by one', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => save(world.asAdmin, { voice: `voice ${index}` })),
    );
    const agent = await read(editor, { first: 20 });
    expect(agent?.configurationVersions?.nodes.map(({ version }) => version)).toEqual([
      10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
    ]);
  });

  test('the newest hundred are kept', async () => {
    await server.owner.query(
      `insert into ringfence.agent_configurations (account_id, client_id, agent_id, stay_id, number, settings)
       select account_id, client_id, id, stay_id, n, jsonb_build_object('voice', n::text)
       from ringfence.agents, generate_series(1, 100) n where id = $1`,
      [id],
    );
    await save(editor, { voice: 'the last' });
    const { rows } = await server.owner.query(
      'select min(number), max(number) from ringfence.agent_configurations where agent_id = $1',
      [id],
    );
    expect(rows).toEqual([{ min: 2, max: 101 }]);
  });

  test('the log says which version, and never what it says', async () => {
    const entries = await auditedBy(server.owner, async () => {
      await save(editor, simple);
      await saveAdvanced(advancedEditor, advanced);
    });
    expect(entries.map(({ action, subjectId, details }) => [action, subjectId, details])).toEqual([
      ['AGENT_ADVANCED_CONFIGURATION_CHANGED', id, { version: 1 }],
      ['AGENT_CONFIGURATION_CHANGED', id, { version: 1 }],
    ]);
  });
});

describe('who may', () => {
  test('see the advanced part: holders of USE_ADVANCED_EDITOR alone', async () => {
    await save(editor, simple);
    await saveAdvanced(advancedEditor, advanced);
    expect(await read(advancedEditor)).toMatchObject({
      configuration: { settings: simple },
      advancedConfiguration: { version: 1, settings: advanced, savedBy: 'Anna Advanced' },
      advancedConfigurationVersions: { totalCount: 1 },
    });
    for (const caller of [editor, world.asScopedMember])
      expect(await read(caller)).toMatchObject({
        configuration: { settings: simple },
        advancedConfiguration: null,
        advancedConfigurationVersions: { totalCount: 0, nodes: [] },
      });
  });

  test('see anything of it: no portal user', async () => {
    await save(editor, simple);
    expect(await read(world.asPortalUser)).toEqual({
      configuration: null,
      configurationVersions: null,
      advancedConfiguration: null,
      advancedConfigurationVersions: null,
    });
  });

  test('save: holders of the permission who see the agent, while its client is not archived', async () => {
    const input = { id, settings: {} };
    const refusedSimple = (caller: Caller, of = id) =>
      changingNothing(server.owner, () =>
        caller.refusal(SaveAgentConfigurationDocument, { input: { ...input, id: of } }),
      );
    const refusedAdvanced = (caller: Caller, of = id) =>
      changingNothing(server.owner, () =>
        caller.refusal(SaveAdvancedAgentConfigurationDocument, { input: { ...input, id: of } }),
      );
    expect(await refusedSimple(advancedEditor)).toEqual({ code: 'FORBIDDEN' });
    expect(await refusedAdvanced(editor)).toEqual({ code: 'FORBIDDEN' });
    const absent = { code: 'NOT_FOUND', field: 'input.id' };
    for (const refused of [refusedSimple, refusedAdvanced]) {
      expect(await refused(world.asPortalUser)).toEqual({ code: 'FORBIDDEN' });
      expect(await refused(world.asAnonymous)).toEqual({ code: 'UNAUTHENTICATED' });
      expect(await refused(world.other.asOwner)).toEqual(absent);
    }
    expect(await refusedSimple(editor, world.agent.id)).toEqual(absent);
    expect(await refusedAdvanced(advancedEditor, world.agent.id)).toEqual(absent);
    const archived = await world.arrange.agent(world.accountId, world.clients.six);
    expect(await refusedSimple(world.asAdmin, archived.id)).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
    expect(
      await changingNothing(server.owner, () =>
        advancedEditor.refusal(RestoreAgentConfigurationDocument, { input: { id, version: 1 } }),
      ),
    ).toEqual({ code: 'FORBIDDEN' });
  });
});

describe('what may not stand in it', () => {
  const fieldsOf = async (document: 'simple' | 'advanced', settings: unknown): Promise<string[]> => {
    const name = document === 'simple' ? 'saveAgentConfiguration' : 'saveAdvancedAgentConfiguration';
    const { errors } = await changingNothing(server.owner, () =>
      send(
        server.url,
        world.asAdmin.token,
        `mutation ($id: ID!, $settings: JSONObject!) { ${name}(input: { id: $id, settings: $settings }) { agent { id } } }`,
        { id, settings },
      ),
    );
    const extensions = errors?.[0]?.extensions;
    expect(extensions?.code).toBe('VALIDATION_FAILED');
    return (extensions?.fields ?? [{ field: extensions?.field ?? '' }]).map(({ field }) =>
      field.replace(/^input\.settings\.?/, ''),
    );
  };
  const hours = (monday: unknown, timeZone: unknown = 'Europe/Berlin') => ({
    businessHours: { timeZone, monday },
  });

  test.each<[string, unknown, string[]]>([
    ['a key that is not known', { greetings: 'Hello' }, ['greetings']],
    ['a greeting that is none', { greeting: 7 }, ['greeting']],
    ['an empty greeting', { greeting: '' }, ['greeting']],
    ['a long greeting', { greeting: 'x'.repeat(2001) }, ['greeting']],
    ['NUL', { greeting: 'a\0b' }, ['']],
    ['half of a character', { greeting: 'a\ud800b' }, ['']],
    ['a language that is none', { language: 'not a language' }, ['language']],
    ['a telephone number that is none', { transferNumber: '030 901820' }, ['transferNumber']],
    ['a time zone that is none', hours([], 'Mars/Olympus'), ['businessHours.timeZone']],
    ['an offset instead of a time zone', hours([], '+01:00'), ['businessHours.timeZone']],
    ['hours without a time zone', { businessHours: { monday: [] } }, ['businessHours.timeZone']],
    ['a day that is none', { businessHours: { timeZone: 'UTC', noday: [] } }, ['businessHours.noday']],
    [
      'a time that is none',
      hours([{ opens: '9:00', closes: '25:00' }]),
      ['businessHours.monday.0.opens', 'businessHours.monday.0.closes'],
    ],
    [
      'hours that end before they begin',
      hours([{ opens: '12:00', closes: '09:00' }]),
      ['businessHours.monday.0.closes'],
    ],
    [
      'hours that overlap',
      hours([
        { opens: '09:00', closes: '12:00' },
        { opens: '11:00', closes: '13:00' },
      ]),
      ['businessHours.monday.1.opens'],
    ],
    [
      'eleven intervals in a day',
      hours(Array.from({ length: 11 }, () => ({ opens: '09:00', closes: '10:00' }))),
      ['businessHours.monday'],
    ],
    [
      'several of these, each named',
      { greeting: 7, language: 8, other: 9 },
      ['other', 'greeting', 'language'],
    ],
  ])('%s', async (_, settings, fields) => {
    expect(await fieldsOf('simple', settings)).toEqual(fields);
  });

  const tool = (more: object) => ({
    tools: [{ name: 'a', description: 'b', parameters: { type: 'object' }, ...more }],
  });
  test.each<[string, unknown, string[]]>([
    ['settings of the other part', { greeting: 'Hello' }, ['greeting']],
    ['a temperature out of range', { temperature: 2.1 }, ['temperature']],
    ['a long prompt', { systemPrompt: 'x'.repeat(100_001) }, ['systemPrompt']],
    ['a tool with a name that is none', tool({ name: 'two words' }), ['tools.0.name']],
    ['a tool without parameters', { tools: [{ name: 'a', description: 'b' }] }, ['tools.0.parameters']],
    ['parameters that are no object', tool({ parameters: { type: 'string' } }), ['tools.0.parameters.type']],
    [
      'parameters that are no schema',
      tool({ parameters: { type: 'object', required: 'name' } }),
      ['tools.0.parameters.required'],
    ],
    [
      'parameters with thousands of members that are no schemas, of which the first is told',
      tool({ parameters: { type: 'object', properties: membersOf(5000, 1) } }),
      ['tools.0.parameters.properties.p0'],
    ],
    [
      'more than 10,000 values',
      tool({ parameters: { type: 'object', properties: membersOf(10_001, true) } }),
      [''],
    ],
    ['a number that is not kept exactly', { variables: { a: 2 ** 60 } }, ['']],
    ['two tools of one name', { tools: [...tool({}).tools, ...tool({}).tools] }, ['tools.1.name']],
    ['a variable with a name that is none', { variables: { 'a b': 1 } }, ['variables', 'variables.a b']],
    ['a variable that is a list', { variables: { a: [1] } }, ['variables.a']],
    ['a long variable', { variables: { a: 'x'.repeat(4001) } }, ['variables.a']],
    [
      'more than 256 KiB',
      {
        variables: Object.fromEntries(
          Array.from({ length: 99 }, (_, index) => [`v${index}`, 'ü'.repeat(2000)]),
        ),
      },
      [''],
    ],
    ['21 levels', { tools: [{ name: 'a', description: 'b', parameters: nested(21) }] }, ['']],
    ['2,000 levels', nested(1000), ['']],
  ])('advanced: %s', async (_, settings, fields) => {
    expect([...new Set(await fieldsOf('advanced', settings))].sort()).toEqual([...fields].sort());
  });

  function membersOf(count: number, value: unknown): object {
    return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, value]));
  }

  function nested(levels: number): object {
    let value: object = { type: 'object' };
    for (let level = 0; level < levels; level += 1) value = { type: 'object', not: value };
    return value;
  }

  test('a key that objects inherit, wherever it stands', async () => {
    const refused = async (settings: string, variables: object) =>
      changingNothing(server.owner, () =>
        fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${world.asAdmin.token}` },
          body: `{ "query": ${JSON.stringify(`mutation ${settings === '$settings' ? '($settings: JSONObject!) ' : ''}{ saveAgentConfiguration(input: { id: "${id}", settings: ${settings} }) { agent { id } } }`)},
            "variables": ${JSON.stringify(variables).replace('inherited', '__proto__')} }`,
        }),
      );
    const { errors } = (await (await refused('{ __proto__: { greeting: "x" } }', {})).json()) as {
      errors: { extensions: object }[];
    };
    expect(errors[0]?.extensions).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'input.settings.__proto__',
    });
    expect((await refused('$settings', { settings: { inherited: { greeting: 'x' } } })).status).toBe(400);
  });

  test('more than 64 KiB of the simple part', async () => {
    const day = Array.from({ length: 10 }, () => ({ opens: '09:00', closes: '10:00' }));
    expect(
      await fieldsOf('simple', {
        greeting: 'x'.repeat(70_000),
        businessHours: { timeZone: 'UTC', monday: day },
      }),
    ).toEqual(['']);
  });

  test('as large as is allowed is stored as it was sent', async () => {
    const variables = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`v${index}`, 'x'.repeat(4000)]),
    );
    expect((await saveAdvanced(world.asAdmin, { variables }))?.settings).toEqual({ variables });
  });
});

describe('the JSON Schemas', () => {
  test.each([
    ['agent-configuration', Object.keys(simple)],
    ['advanced-agent-configuration', Object.keys(advanced)],
  ])('are published: %s', async (name, keys) => {
    const answer = await fetch(`${server.url}/schemas/${name}.json`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/schema+json'),
    ]);
    const schema = (await answer.json()) as { additionalProperties: boolean; properties: object };
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties)).toEqual(keys);
  });
});
