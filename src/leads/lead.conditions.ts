// What a filter of leads says, as conditions on `l`, a row of ringfence.leads. The same for every list of leads.
import { containsPattern, type Conditions } from '../database/conditions';
import type {
  DateRange,
  LeadFilter,
  LeadValueCondition,
  NumberRange,
  TextCondition,
  TimeRange,
} from './lead-filter.types';

/** What can be left out at either end. */
interface Ends {
  atLeast?: unknown;
  below?: unknown;
  atMost?: unknown;
}

export function addLeadConditions(conditions: Conditions, filter: LeadFilter): void {
  const { clientId, listId, state, name, company, email, phone, isCallBackDue, values } = filter;
  if (clientId != null) conditions.add(`l.client_id = ${conditions.bind(clientId)}`);
  if (listId != null) conditions.add(`l.list_id = ${conditions.bind(listId)}`);
  // Only what is equal to one value is in order in the indexes by state.
  if (state?.length === 1) conditions.add(`l.state = ${conditions.bind(state[0])}`);
  else if (state != null) conditions.add(`l.state = any (${conditions.bind(state)})`);
  else conditions.add("l.state <> 'ARCHIVED'");
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
  for (const value of values ?? []) addValue(conditions, value);
}

function addValue(
  conditions: Conditions,
  { fieldId, isSet, text, choices, number, date, boolean }: LeadValueCondition,
): void {
  const of = `v.account_id = l.account_id and v.lead_id = l.id and v.field_id = ${conditions.bind(fieldId)}`;
  if (isSet === false) conditions.add(`not exists (select from ringfence.lead_values v where ${of})`);
  const parts: string[] = [...textConditions(conditions, 'v.text_value', text)];
  if (choices != null) parts.push(`v.text_value = any (${conditions.bind(choices)})`);
  if (boolean != null) parts.push(`v.boolean_value = ${conditions.bind(boolean)}`);
  parts.push(
    ...ends(conditions, 'v.number_value', ofNumbers(number)),
    ...ends(conditions, 'v.date_value', ofDays(date)),
  );
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
