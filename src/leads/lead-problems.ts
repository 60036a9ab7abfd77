// What is wrong with a lead: the database answers it as a word and what it is about, rather than raising it, because errors of Postgres
// are logged there, and because one of many that is rejected takes no other with it.
import type { GraphQLError } from 'graphql';
import { conflict } from '../database/sql-errors';
import { notFound, validationFailed, type ConflictReason } from '../graphql/errors';

export const withoutCallBack = 'Must be given for CALL_BACK, and be a time before the year 2200.';

/** What may stand in each member of a lead, for results, which keep nothing but its name. */
const rules: Record<string, string> = {
  id: 'Must be an id (a UUID).',
  name: 'Must have 1 to 200 characters, none of them a control character.',
  company: 'Must have 1 to 200 characters, none of them a control character.',
  emails: 'Must be at most 10 email addresses, like name@example.com.',
  phones: 'Must be at most 10 phone numbers with their country codes, like +49 30 901820.',
  values: 'Must be at most 200 values, each of the type of its field.',
  state: 'Must be a state, and not ARCHIVED.',
  callBackAt: withoutCallBack,
  timeZone: 'Must be a time zone, like Europe/Berlin.',
};

/** What is wrong with a lead, as `INVALID` with its member, or as the database says it. */
export function leadProblem(problem: string): GraphQLError {
  const [what, subject = ''] = problem.split(' ');
  switch (what) {
    case 'INVALID':
      return validationFailed(subject, rules[subject] ?? 'Is not allowed.');
    case 'REQUIRED':
      return validationFailed('values', `The field ${subject} must have a value.`);
    case 'MISFIT':
      return validationFailed('values', `The field ${subject} does not take this value.`);
    case 'TAKEN':
      return conflict('LEAD_VALUE_TAKEN', { field: 'values' });
    case 'CONFLICT':
      return conflict(subject as ConflictReason);
    case 'ABSENT':
      return notFound(subject);
    default:
      return notFound('values');
  }
}
