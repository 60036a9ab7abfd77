import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSONObject, GraphQLLocalDate, GraphQLLocalTime } from 'graphql-scalars';

/**
 * A moment in UTC. Read paths give it as text that is RFC 3339 already (database/database.ts); checking that again for
 * every value of a list would cost more than reading it.
 */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  description: 'A moment, as RFC 3339 in UTC: `2026-11-22T10:00:00.000000Z`.',
  serialize: (value) => (typeof value === 'string' ? value : GraphQLDateTimeISO.serialize(value)),
});

/** An object of JSON whose members a JSON Schema says, not GraphQL. */
export const JsonObject = new GraphQLScalarType({
  ...GraphQLJSONObject.toConfig(),
  description: 'An object of JSON. What may stand in it, the field says that has it.',
  specifiedByURL: null,
});

/** A day on the calendar, without a time zone of its own. The calendar of Postgres has no year 0. */
export const LocalDate = new GraphQLScalarType<string, string>({
  ...GraphQLLocalDate.toConfig(),
  description: "A day, like `2026-11-22`; where not said otherwise, in the account's time zone.",
  parseValue: (value) => dayOf(GraphQLLocalDate.parseValue(value)),
  parseLiteral: (ast) => dayOf(GraphQLLocalDate.parseLiteral(ast, null)),
});

function dayOf(day: string): string {
  if (day.startsWith('0000')) throw new GraphQLError(`There is no such day: ${day}`);
  return day;
}

/** A time on the clock, without a day or a time zone of its own. */
export const LocalTime = new GraphQLScalarType({
  ...GraphQLLocalTime.toConfig(),
  description: 'A time of day to the minute, like `09:30`; in which time zone, the field says that has it.',
});
