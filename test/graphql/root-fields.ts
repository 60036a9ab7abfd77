// A request for each root field of the schema, made from the schema: a new field is asked for without anybody's doing.
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { World } from '../support/world';

export interface RootField {
  type: 'Query' | 'Mutation';
  name: string;
  /** The field with all that it can answer, two levels deep. */
  query: string;
  variables: Record<string, unknown>;
}

/** Fields of inputs that are left out unless they are named here: without them nothing would be changed. */
export type Changes = Record<string, unknown>;

export function rootFields(schema: GraphQLSchema, world: World): RootField[] {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ type: type?.name as RootField['type'], field })),
  );
  return fields.map(({ type, field }) => {
    const wanted = field.args.filter(isRequiredArgument);
    const declared = wanted.map((argument) => `$${argument.name}: ${String(argument.type)}`);
    const passed = wanted.map(({ name }) => `${name}: $${name}`);
    const between = (texts: string[]) => (texts.length === 0 ? '' : `(${texts.join(', ')})`);
    return {
      type,
      name: field.name,
      query: `${type.toLowerCase()} ${between(declared)} { ${field.name}${between(passed)}${selection(field.type, 2)} }`,
      variables: Object.fromEntries(
        wanted.map((argument) => [argument.name, valueOf(argument.type, field.name, argument.name, world)]),
      ),
    };
  });
}

function selection(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  const fields = isObjectType(named) ? Object.values(named.getFields()) : [];
  const selected = fields.filter(
    (field) => askable(field) && (depth > 0 || isLeafType(getNamedType(field.type))),
  );
  return ` { __typename ${selected.map((field) => `${field.name}${selection(field.type, depth - 1)}`).join(' ')} }`;
}

function askable(field: GraphQLField<unknown, unknown>): boolean {
  return !field.args.some(isRequiredArgument);
}

function valueOf(type: GraphQLInputType, rootField: string, name: string, world: World): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [valueOf(nullable.ofType, rootField, name, world)];
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields()).filter(
      (field) => isRequiredInputField(field) || isChange(field, rootField),
    );
    return Object.fromEntries(
      fields.map((field) => [field.name, valueOf(field.type, rootField, field.name, world)]),
    );
  }
  switch (nullable.name) {
    case 'ID':
      return idFor(rootField, name, world);
    case 'Int':
    case 'Float':
      return 1;
    case 'Boolean':
      return true;
    case 'JSONObject':
      return {};
    case 'DateTimeISO':
      // What has happened, or is to happen.
      return new Date(Date.now() + (/^(started|sent)At$/.test(name) ? -60_000 : 86_400_000)).toISOString();
    case 'LocalDate':
      return name === 'from' ? '2026-01-01' : '2026-02-01';
    default:
      if (name === 'confirmName') return rootField === 'deleteList' ? 'Prospects' : 'Five';
      if (name === 'phoneNumber') return '+4930901899';
      return /email/i.test(name) ? 'somebody@example.test' : 'Something else';
  }
}

/** What has to be given although it may be left out, so that a mutation would change something. */
function isChange(field: GraphQLInputField, rootField: string): boolean {
  if (rootField === 'moveList' && field.name === 'clientId') return true;
  return !isNonNullType(field.type)
    ? ['name', 'displayName', 'callId', 'listId'].includes(field.name)
    : ['add', 'clientIds'].includes(field.name);
}

/** Something real, so that only a missing right can be the reason of a refusal. */
function idFor(rootField: string, name: string, world: World): string {
  if (name === 'listId' || (name === 'id' && /list$/i.test(rootField))) return world.list;
  if (name === 'id' && rootField === 'listJob') return world.listJob;
  // Where the list is already: what comes after it needs that.
  if (rootField === 'moveList' && name === 'clientId') return world.clients.two;
  if (name === 'leadId' || (name === 'id' && /lead$/i.test(rootField))) return world.lead;
  if (name === 'id' && /Leads$/.test(rootField)) return world.lead;
  if (name === 'mergedIds') return world.mergedLead;
  if (name === 'dispositionId') return world.disposition;
  if (name === 'id' && /leadNote$/i.test(rootField)) return world.leadNote;
  if (name === 'segmentId' || (name === 'id' && /segment$/i.test(rootField))) return world.segment;
  if (name === 'campaignId' || (name === 'id' && /campaign$/i.test(rootField))) return world.campaign;
  if (name === 'id' && /agent(Configuration)?$/i.test(rootField)) return world.agent.id;
  if (name === 'add' && rootField === 'assignAgents') return world.agent.id;
  if (name === 'agentId') return world.agent.id;
  if (name === 'id' && /identity/i.test(rootField)) return world.identity;
  if (name === 'planId') return 'GROWTH';
  if (name === 'id' && /accessToken$/i.test(rootField)) return world.accessToken.id;
  // What comes after it needs the others.
  if (rootField === 'deleteClient') return world.clients.five;
  if (name === 'clientIds') return world.clients.one;
  if (name === 'memberId' || /member$/i.test(rootField) || /^(change|revoke|reset)Member/.test(rootField))
    return world.members.powerless.id;
  if (name === 'add') return world.clients.two;
  if (name === 'id' && /invitation/i.test(rootField)) return world.invitation;
  if (name === 'id' && /portalUser/i.test(rootField)) return world.portalUsers.two.id;
  return /organization/i.test(rootField) ? world.organizations.north : world.clients.one;
}
