// What became of what platforms report: the same for calls and messages. One report that is rejected takes no other with it, so
// each has an answer of its own.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { isUUID } from 'class-validator';
import type { GraphQLError } from 'graphql';
import { conflict } from '../database/sql-errors';
import type { Transaction } from '../database/transaction';
import { ErrorCode, notFound, validationFailed, type ConflictReason } from '../graphql/errors';
import { keptOutcomes } from '../graphql/kept-outcomes';

/** Reports of one request; the same limit as in the database. */
export const maximumReports = 1000;

/** For whoever reports: long texts reach this limit before the number of reports. */
export const bodyLimit =
  'No more of it than fits into the body of a request, 512 KiB where the operator has not set another limit (REQUEST_TOO_LARGE, 413): reports ' +
  'are independent of each other, so send what is left in a further request.';

export enum ReportStatus {
  CREATED = 'CREATED',
  UPDATED = 'UPDATED',
  UNCHANGED = 'UNCHANGED',
  REJECTED = 'REJECTED',
}

registerEnumType(ReportStatus, {
  name: 'ReportStatus',
  description: 'What became of something that was reported.',
  valuesConfig: {
    CREATED: { description: 'It is recorded.' },
    UPDATED: { description: 'It was known, and something about it is new.' },
    UNCHANGED: { description: 'It was known already, with all of this.' },
    REJECTED: { description: 'It is not recorded; `error` says why.' },
  },
});

@ObjectType({ description: 'Why something that was reported is not recorded.', simpleResolvers: true })
export class ReportError {
  @Field(() => ErrorCode, { description: 'VALIDATION_FAILED, NOT_FOUND or CONFLICT.' })
  code: ErrorCode;

  @Field(() => String, { description: 'The reason as a sentence.' })
  message: string;

  @Field(() => String, { nullable: true, description: 'Which field of the report; null: none by itself.' })
  field: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of CONFLICT, as `extensions.reason` of errors; null for other codes.',
  })
  reason: string | null;
}

/** What became of one report, for the fields of a payload. */
@ObjectType({ simpleResolvers: true })
export abstract class ReportResult {
  @Field(() => Int, { description: 'Place of the report in the input, from 0.' })
  index: number;

  @Field(() => String, { description: 'The external id that was reported.' })
  externalId: string;

  @Field(() => ReportStatus, { description: 'What became of it.' })
  status: ReportStatus;

  @Field(() => ID, { nullable: true, description: 'Id of what is recorded; null: it was rejected.' })
  id: string | null;

  @Field(() => ReportError, { nullable: true, description: 'Why it is not recorded; null: it is.' })
  error: ReportError | null;
}

const kept = keptOutcomes<ReportStatus>({ CREATED: 'C', UPDATED: 'U', UNCHANGED: 'N', REJECTED: 'R' });

interface Report {
  agentId: string;
  portalUserId?: string | null;
}

interface Outcome {
  report: number;
  id: string | null;
  status: ReportStatus;
  /** Code, and the field or reason. */
  error: string | null;
}

/** Sends reports to the database, and answers for each, in their order, its status with the id or the reason, as it is kept. */
export async function record(
  transaction: Transaction,
  recorder: 'record_calls' | 'record_messages',
  id: 'call_id' | 'message_id',
  reports: readonly Report[],
): Promise<string[]> {
  const outcomes = await transaction.query<Outcome>(
    `select report, ${id} as id, status, error from ringfence.${recorder}($1::jsonb)`,
    [JSON.stringify(reports.map(sendable), carried)],
  );
  const texts: string[] = [];
  for (const { report, status, id: recorded, error } of outcomes)
    texts[report] = kept.keep(status, recorded ?? error ?? '');
  return texts;
}

/** What is kept of reports, as fields of their results. */
export function resultsOf(
  texts: readonly string[],
  reports: readonly { externalId: string }[],
): ReportResult[] {
  return texts.map((text, index) => {
    const { outcome: status, rest } = kept.read(text);
    const rejected = status === ReportStatus.REJECTED;
    return {
      index,
      externalId: reports[index]?.externalId ?? '',
      status,
      id: rejected ? null : rest,
      error: rejected ? errorOf(rest) : null,
    };
  });
}

const identifier = 'Must have 1 to 200 characters, none of them a control character.';
const repeatable = `${identifier} A call can be reported 10 times in one request.`;
const phoneNumber = 'Must be in E.164, like +4930901820.';
const moment = 'Must be a time that has come, and not before the year 2000.';
const seconds = 'Must be between 0 and 86,400.';
const messages: Record<string, string> = {
  externalId: repeatable,
  conversationExternalId: identifier,
  fromNumber: phoneNumber,
  toNumber: phoneNumber,
  startedAt: moment,
  conversationStartedAt: moment,
  sentAt: moment,
  endedAt: 'Must be a time that has come, within 24 hours after the beginning.',
  durationSeconds: seconds,
  billableSeconds: seconds,
  text: 'Must have 1 to 10,000 characters.',
};

function errorOf(text: string): ReportError {
  const [code, subject = ''] = text.split(' ');
  const { message, extensions } = graphqlErrorOf(code, subject);
  const { field = null, reason = null } = extensions as { field?: string; reason?: string };
  return { code: extensions.code as ErrorCode, message, field, reason };
}

function graphqlErrorOf(code: string | undefined, subject: string): GraphQLError {
  if (code === 'CONFLICT') return conflict(subject as ConflictReason);
  if (code === 'NOT_FOUND') return notFound(subject);
  return validationFailed(subject, messages[subject] ?? 'Is not allowed.');
}

function sendable(report: Report): Report {
  const { agentId, portalUserId } = report;
  const values = Object.entries(report).map(([name, value]: [string, unknown]) => [
    name,
    isBeyondCalendar(value) ? never : value,
  ]);
  return {
    ...(Object.fromEntries(values) as Report),
    agentId: idOf(agentId),
    portalUserId: portalUserId == null ? null : idOf(portalUserId),
  };
}

/** A moment that can't have been, as Postgres reads it. */
const never = '-infinity';

/** Postgres reads years of four digits, from 0001 on; another zone takes what GraphQL lets through beyond either end. */
function isBeyondCalendar(value: unknown): boolean {
  return value instanceof Date && !/^(?!0000)\d{4}-/.test(value.toISOString());
}

/** What is no id is nobody's: NOT_FOUND, like an id that does not exist. */
function idOf(text: string): string {
  return isUUID(text) ? text.toLowerCase() : '00000000-0000-0000-0000-000000000000';
}

/** JSON carries neither NUL nor half a character to Postgres; a text with either is sent as an empty one, which is refused. */
function carried(_name: string, value: unknown): unknown {
  return typeof value === 'string' && (value.includes('\u0000') || !value.isWellFormed()) ? '' : value;
}
