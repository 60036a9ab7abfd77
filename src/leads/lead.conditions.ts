// What a filter of leads says, as conditions on `l`, a row of ringfence.leads. The same for every list of leads. What a segment says
// is the same in the database as well (fence.segment_condition); test/segments/agreeing.test.ts holds the two against each other.
import { Conditions, containsPattern } from '../database/conditions';
import type {
  DateRange,
  LeadConditionsInput,
  LeadFilter,
  LeadValueCondition,
  NumberRange,
  TextCondition,
  TimeRange,
} from './lead-filter.types';
import type { LeadState } from './lead.entity';

/** What can be left out at either end. */
interface Ends {
  atLeast?: unknown;
  below?: unknown;
  atMost?: unknown;
}

/** Leads of a list that fit: what a segment is. */
export interface LeadScope {
  listId: string;
  filter: LeadConditionsInput;
}

/** Leads that fit. `scoped`: other conditions say which leads are meant, also in which states. */
export function addLeadConditions(conditions: Conditions, filter: LeadFilter, scoped = false): void {
  const { clientId, listId, lastAttemptById, isHeld, state } = filter;
  if (clientId != null) conditions.add(`l.client_id = ${conditions.bind(clientId)}`);
  if (listId != null) conditions.add(`l.list_id = ${conditions.bind(listId)}`);
  if (lastAttemptById != null) conditions.add(`l.last_attempt_by = ${conditions.bind(lastAttemptById)}`);
  if (isHeld != null)
    conditions.add(
      `${isHeld ? '' : 'not '}exists (select from ringfence.lead_holds h where h.account_id = l.account_id and h.lead_id = l.id and h.held_until > now())`,
    );
  if (state != null || !scoped) addStates(conditions, state);
  addConditions(conditions, filter);
}

export function addScope(conditions: Conditions, { listId, filter }: LeadScope): void {
  conditions.add(`l.list_id = ${conditions.bind(listId)}`);
  addStates(conditions, filter.state);
  addConditions(conditions, filter);
}

/** Of each parent, which SQL names, the leads of its own scope. */
export function addScopes(
  conditions: Conditions,
  parent: string,
  scopes: ReadonlyMap<string, LeadScope>,
): void {
  const lists: string[] = [];
  const parts: string[] = [];
  for (const [id, scope] of scopes) {
    const key = `${conditions.bind(id)}::uuid`;
    const own = new Conditions(conditions.values);
    addScope(own, scope);
    lists.push(`when ${key} then ${conditions.bind(scope.listId)}::uuid`);
    parts.push(`when ${key} then ${own.text}`);
  }
  if (parts.length === 0) conditions.add('false');
  else
    // The list by itself, for the index.
    conditions
      .add(`l.list_id = case ${parent} ${lists.join(' ')} end`)
      .add(`case ${parent} ${parts.join(' ')} end`);
}

function addStates(conditions: Conditions, state: LeadState[] | null | undefined): void {
  // Only what is equal to one value is in order in the indexes by state.
  if (state?.length === 1) conditions.add(`l.state = ${conditions.bind(state[0])}`);
  else if (state != null) conditions.add(`l.state = any (${conditions.bind(state)})`);
  else conditions.add("l.state <> 'ARCHIVED'");
}

function addConditions(conditions: Conditions, filter: LeadConditionsInput): void {
  const { name, company, email, phone, isCallBackDue, updatedWithinDays, values } = filter;
  addText(conditions, 'l.name', name, 'l.sort_name');
  addText(conditions, 'l.company', company);
  if (email?.equals != null || email?.contains != null) {
    const found = textConditions(conditions, 'e.email', email, 'e.email_key').join(' and ');
    conditions.add(
      `exists (select from ringfence.lead_emails e where e.account_id = l.account_id and e.lead_id = l.id and ${found})`,
    );
  }
  if (phone != null)
    conditions.add(`exists (select from ringfence.lead_phones p where p.account_id = l.account_id and p.lead_id = l.id
      and p.phone = ${conditions.bind(phone)})`);
  if (isCallBackDue != null)
    conditions.add(
      `(l.state = 'CALL_BACK' and l.call_back_key <= now()) is ${isCallBackDue ? 'true' : 'not true'}`,
    );
  addEnds(conditions, 'l.call_back_at', ofTime(filter.callBackAt));
  addEnds(conditions, 'l.attempts', ofNumbers(filter.attempts));
  addEnds(conditions, 'l.created_at', ofTime(filter.createdAt));
  addEnds(conditions, 'l.updated_at', ofTime(filter.updatedAt));
  if (updatedWithinDays != null)
    conditions.add(
      `l.updated_at >= now() - make_interval(days => ${conditions.bind(updatedWithinDays)}::integer)`,
    );
  for (const value of values ?? []) addValue(conditions, value);
}

function addValue(
  conditions: Conditions,
  { fieldId, isSet, text, choices, number, date, boolean }: LeadValueCondition,
): void {
  const parts: string[] = [...textConditions(conditions, 'v.text_value', text)];
  if (choices != null) parts.push(`v.text_value = any (${conditions.bind(choices)})`);
  if (boolean != null) parts.push(`v.boolean_value = ${conditions.bind(boolean)}`);
  parts.push(
    ...ends(conditions, 'v.number_value', ofNumbers(number)),
    ...ends(conditions, 'v.date_value', ofDays(date)),
  );
  // Postgres refuses a value that is bound and not used.
  if (parts.length === 0 && isSet == null) return;
  const of = `v.account_id = l.account_id and v.lead_id = l.id and v.field_id = ${conditions.bind(fieldId)}`;
  if (isSet === false) conditions.add(`not exists (select from ringfence.lead_values v where ${of})`);
  if (parts.length > 0 || isSet === true)
    conditions.add(`exists (select from ringfence.lead_values v where ${[of, ...parts].join(' and ')})`);
}

function addText(
  conditions: Conditions,
  column: string,
  condition: TextCondition | null | undefined,
  key?: string,
): void {
  for (const part of textConditions(conditions, column, condition, key)) conditions.add(part);
}

/** `key`: SQL of the column in lower case, if there is one. */
function textConditions(
  conditions: Conditions,
  column: string,
  condition: TextCondition | null | undefined,
  key = `lower(${column} collate "und-x-icu") collate "C"`,
): string[] {
  const { equals, contains } = condition ?? {};
  return [
    ...(equals == null
      ? []
      : [`${key} = lower(${conditions.bind(equals)}::text collate "und-x-icu") collate "C"`]),
    ...(contains == null ? [] : [`${column} ilike ${conditions.bind(containsPattern(contains))}`]),
  ];
}

const ofTime = (range: TimeRange | null | undefined): Ends => ({
  atLeast: range?.from,
  below: range?.before,
});
const ofNumbers = (range: NumberRange | null | undefined): Ends => ({
  atLeast: range?.minimum,
  atMost: range?.maximum,
});
const ofDays = (range: DateRange | null | undefined): Ends => ({
  atLeast: range?.from,
  atMost: range?.until,
});

function ends(conditions: Conditions, column: string, { atLeast, below, atMost }: Ends): string[] {
  return [
    ...(atLeast == null ? [] : [`${column} >= ${conditions.bind(atLeast)}`]),
    ...(below == null ? [] : [`${column} < ${conditions.bind(below)}`]),
    ...(atMost == null ? [] : [`${column} <= ${conditions.bind(atMost)}`]),
  ];
}

function addEnds(conditions: Conditions, column: string, range: Ends): void {
  for (const part of ends(conditions, column, range)) conditions.add(part);
}
