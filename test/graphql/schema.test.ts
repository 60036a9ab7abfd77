// What the published schema promises of itself.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { ErrorCode } from '../../src/graphql/errors';
import { buildSchema, buildServedSchema } from '../../src/graphql/schema';
import { Permission } from '../../src/members/permission';
import { projectRoot } from '../../src/project';
import { createTestDatabase, onDatabase } from '../support/database';

const schema = buildSchema();
const ours = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

/** Everything that is described, by its path: `Client`, `Client.name`, `Query.clients(first)`. */
function described(): [string, string | null | undefined][] {
  return ours.flatMap((type): [string, string | null | undefined][] => {
    const own: [string, string | null | undefined] = [type.name, type.description];
    if (isEnumType(type))
      return [
        own,
        ...type
          .getValues()
          .map(
            (value) =>
              [`${type.name}.${value.name}`, value.description] as [string, typeof value.description],
          ),
      ];
    if (isInputObjectType(type))
      return [
        own,
        ...Object.values(type.getFields()).map(
          (field) => [`${type.name}.${field.name}`, field.description] as [string, typeof field.description],
        ),
      ];
    if (!isObjectType(type) && !isInterfaceType(type)) return [own];
    const fields = Object.values(type.getFields()).flatMap((field): [string, string | null | undefined][] => [
      [`${type.name}.${field.name}`, field.description],
      ...field.args.map(
        (argument) =>
          [`${type.name}.${field.name}(${argument.name})`, argument.description] as [
            string,
            typeof argument.description,
          ],
      ),
    ]);
    return [own, ...fields];
  });
}

interface Deprecable {
  deprecationReason?: string | null;
}

describe('descriptions', () => {
  const all = described();

  test('are on every type, field, argument, input field and value', () => {
    expect(all.length).toBeGreaterThan(300);
    expect(all.filter(([, description]) => !description).map(([path]) => path)).toEqual([]);
  });

  test('are sentences: they begin in capitals or with a name in code, and end with a full stop', () => {
    const sloppy = all.filter(
      ([, description]) =>
        !/^([A-Z]|`)[^]*[^\s.]\.$/.test(description ?? '') || /\s\s|\s$|\.\.$/.test(description ?? ''),
    );
    expect(sloppy.map(([path, description]) => `${path}: ${description}`)).toEqual([]);
  });

  test('say what null means wherever an object answers it', () => {
    const silent = ours.filter(isObjectType).flatMap((type) =>
      Object.values(type.getFields())
        .filter(
          (field) =>
            !isNonNullType(field.type) && !/\bnull\b/i.test(field.description ?? '') && type.name !== 'Query',
        )
        .map((field) => `${type.name}.${field.name}`),
    );
    expect(silent).toEqual([]);
  });

  test('of deprecated members say what to use instead', () => {
    const members = ours.flatMap((type): Deprecable[] => {
      if (isEnumType(type)) return [...type.getValues()];
      return isObjectType(type) || isInputObjectType(type) ? Object.values<Deprecable>(type.getFields()) : [];
    });
    expect(members.length).toBeGreaterThan(200);
    const deprecated = members.flatMap(({ deprecationReason }) => deprecationReason ?? []);
    for (const reason of deprecated) expect(reason).toMatch(/`\w+`[^]*\.$/);
  });
});

describe('mutations', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

  test('take one argument, input, of a type of their own, or none', () => {
    expect(mutations.length).toBeGreaterThan(10);
    const without = mutations.filter(({ args }) => args.length === 0).map(({ name }) => name);
    expect(without).toEqual(['revokeOtherSessions']);
    for (const { name, args } of mutations) {
      if (without.includes(name)) continue;
      expect([name, args.length]).toEqual([name, 1]);
      expect(args[0]?.name).toBe('input');
      expect(isInputObjectType(getNamedType(args[0]?.type))).toBe(true);
    }
  });

  test('answer a payload of their own, that is never null', () => {
    for (const { name, type } of mutations) {
      expect(`${name}: ${String(type)}`).toBe(`${name}: ${name[0]?.toUpperCase()}${name.slice(1)}Payload!`);
      expect(isObjectType(getNamedType(type))).toBe(true);
    }
  });

  test('begin with a verb: none is named like what can be read', () => {
    const read = Object.keys(schema.getQueryType()?.getFields() ?? {});
    expect(mutations.filter(({ name }) => read.includes(name))).toEqual([]);
  });
});

describe('lists', () => {
  test('are connections: a page is bounded, and knows where it stands', () => {
    const connections = ours.filter(isObjectType).filter(({ name }) => name.endsWith('Connection'));
    expect(connections.map(({ name }) => name).sort()).toEqual([
      'AccessTokenConnection',
      'AgentConfigurationConnection',
      'AgentConnection',
      'CallConnection',
      'CampaignConnection',
      'ClientConnection',
      'ClientDeletionConnection',
      'ConversationConnection',
      'IdentityConnection',
      'InvitationConnection',
      'LeadChangeConnection',
      'LeadConnection',
      'LeadNoteConnection',
      'ListConnection',
      'MemberConnection',
      'MessageConnection',
      'OrganizationConnection',
      'PortalUserConnection',
      'SegmentConnection',
    ]);
    for (const connection of connections) {
      expect(
        Object.entries(connection.getFields()).map(([name, { type }]) => `${name}: ${String(type)}`),
      ).toEqual([
        expect.stringMatching(/^edges: \[\w+Edge!\]!$/),
        expect.stringMatching(/^nodes: \[\w+!\]!$/),
        'pageInfo: PageInfo!',
        'totalCount: Int!',
      ]);
    }
    for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
      if (!String(field.type).includes('Connection')) continue;
      expect(field.args.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['first', 'after', 'last', 'before', 'orderBy']),
      );
    }
  });
});

describe('the schema agrees with', () => {
  test('schema.graphql, which is what the code emits', () => {
    const emitted = `${printSchema(lexicographicSortSchema(buildSchema()))}\n`;
    expect(readFileSync(join(projectRoot, 'schema.graphql'), 'utf8')).toBe(emitted);
  });

  test('the schema that is served: shield changes nothing that shows', () => {
    expect(printSchema(buildServedSchema())).toBe(printSchema(buildSchema()));
  });

  test('the database about the permissions there are', async () => {
    const database = await createTestDatabase();
    try {
      const definition = await onDatabase(database.adminUrl, async (client) => {
        const { rows } = await client.query<{ definition: string }>(
          `select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'member_permissions_permission_check'`,
        );
        return rows[0]?.definition ?? '';
      });
      const allowed = [...definition.matchAll(/'([A-Z_]+)'/g)].map(([, permission]) => permission);
      const type = schema.getType('Permission');
      const published = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
      expect(published.sort()).toEqual(allowed.sort());
      expect(Object.values(Permission).sort()).toEqual(allowed);
    } finally {
      await database.drop();
    }
  });

  test('the page on errors about the codes there are', () => {
    const page = join(projectRoot, 'docs/errors.md');
    expect(existsSync(page)).toBe(true);
    const headings = [...readFileSync(page, 'utf8').matchAll(/^## (\w+)$/gm)].map(([, code]) => code);
    const codes = Object.values(ErrorCode);
    expect(headings.filter((heading) => /^[A-Z_]+$/.test(heading ?? '')).sort()).toEqual([...codes].sort());
    const type = schema.getType('ErrorCode');
    expect(
      isEnumType(type)
        ? type
            .getValues()
            .map(({ name }) => name)
            .sort()
        : [],
    ).toEqual([...codes].sort());
  });
});
