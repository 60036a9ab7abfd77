// What Postgres says, in the words of the API: one table from SQLSTATE and constraint to code. What is not in it is a
// fault of ours and masked. Messages of Postgres never reach a caller.
import { isNativeError } from 'node:util/types';
import { DatabaseError } from 'pg';
import type { GraphQLError } from 'graphql';
import {
  apiError,
  forbidden,
  type ConflictReason,
  ErrorCode,
  type ErrorDetails,
  isApiError,
  notFound,
  unauthenticated,
  unavailable,
  validationFailed,
} from '../graphql/errors';

/** SQLSTATEs raised by our functions (db/functions), and two of Postgres: a prepared statement is not there any more; a statement was cancelled. */
export const sqlState = {
  noSession: 'RF001',
  connectionNotClean: 'RF002',
  forbidden: 'RF003',
  conflict: 'RF004',
  planLimit: 'RF005',
  notFound: 'RF006',
  keyReused: 'RF007',
  lastOwner: 'RF008',
  rateLimited: 'RF009',
  agentIsPublic: 'RF010',
  planFeature: 'RF011',
  membersNotIncluded: 'RF012',
  statementMissing: '26000',
  cancelled: '57014',
} as const;

const conflictMessages: Record<ConflictReason, string> = {
  VERSION: 'It was changed meanwhile. Read it again, then decide.',
  CLIENT_ARCHIVED: 'The client is archived. Restore it first.',
  CLIENT_DELETING: 'The client is being deleted for good.',
  CLIENT_NOT_ARCHIVED: 'The client is not archived.',
  LIST_ARCHIVED: 'The list is archived. Restore it first.',
  LIST_NOT_ARCHIVED: 'The list is not archived.',
  LIST_MOVING: 'The list is being moved to another client. Wait until its leads are there.',
  LIST_DELETING: 'The list is being deleted for good.',
  LIST_FIELD_IN_USE: 'Leads have values in a field that would go. Keep it, or clear them first.',
  LEAD_ARCHIVED: 'The lead is archived. Restore it first.',
  LEAD_NOT_ARCHIVED: 'The lead is not archived.',
  LEAD_HELD: 'Somebody else has the lead before them.',
  NOTE_OF_ANOTHER: 'Somebody else wrote the note: it is theirs, and administrators’, to change.',
  LEAD_VALUE_TAKEN: 'Another lead of the client has this value, in a field whose values are unique.',
  TOO_MANY_EMAILS: 'The lead would have more than 10 emails. Take some away first.',
  TOO_MANY_PHONES: 'The lead would have more than 10 phone numbers. Take some away first.',
  SEGMENT_IN_USE: 'A campaign is about this segment: it stays, and stays shared.',
  CAMPAIGN_STATE: 'The campaign is in another state.',
  CAMPAIGN_FINISHED: 'The campaign is finished.',
  CAMPAIGN_NOT_RUNNING: 'The campaign does not run, or not today.',
  ORGANIZATION_ARCHIVED: 'The organization is archived. Restore it first.',
  ORGANIZATION_NOT_ARCHIVED: 'The organization is not archived.',
  ORGANIZATION_HAS_CLIENTS: 'The organization has clients that are not archived. Archive or move them first.',
  IDENTITY_NOT_EMAIL: 'It is a caller id, and has no address to confirm.',
  IDENTITY_VERIFIED: 'The address is confirmed already.',
  INVITATION_CLOSED: 'The invitation was accepted or cancelled already.',
  INVITATION_PENDING:
    'They have not accepted their invitation yet: they choose a password of their own then.',
  ACCESS_TOKEN_REVOKED: 'The access token is revoked. Create another one.',
  ACCESS_TOKEN_EXPIRED: 'The access token has expired. Create another one.',
  PHONE_NUMBER_TAKEN: 'Another agent of the account has this phone number, or it is a caller id.',
  PORTAL_USERS_BOUND:
    'Portal users are bound to this agent alone. Say with `portalUsers` what becomes of them.',
  OWN_MEMBER: 'Somebody else has to do this: it would be done to yourself.',
  SECOND_FACTOR_REQUIRED: 'The account demands a second factor of its members.',
  SECOND_FACTOR_ENABLED: 'The second factor is on already. Remove it first.',
  SECOND_FACTOR_NOT_ENABLED: 'The second factor is off.',
  SECOND_FACTOR_NOT_STARTED: 'There is no secret that a code could be of. Start the second factor first.',
};

const uniqueConstraints: Record<string, () => GraphQLError> = {
  contact_emails_pkey: () =>
    apiError(ErrorCode.EMAIL_TAKEN, 'Another client of the account has this email.', {
      field: 'contactEmail',
    }),
  list_fields_name_key: () => validationFailed('fields', 'Two fields of a list cannot have the same name.'),
  list_dispositions_name_key: () =>
    validationFailed('dispositions', 'Two dispositions of a list cannot have the same name.'),
  phone_numbers_pkey: () => conflict('PHONE_NUMBER_TAKEN', { field: 'phoneNumbers' }),
  identities_phone_number_key: () => conflict('PHONE_NUMBER_TAKEN', { field: 'phoneNumber' }),
  identities_account_id_client_id_email_key_key: () =>
    apiError(ErrorCode.EMAIL_TAKEN, 'Another identity of the same client has this email.', {
      field: 'email',
    }),
  logins_account_id_email_key: () =>
    apiError(ErrorCode.EMAIL_TAKEN, 'Somebody signs in with this email already.', { field: 'email' }),
};

/** Keys by which what is there keeps what it belongs to from being deleted. */
const keepingConstraints: Record<string, () => GraphQLError> = {
  campaigns_segment_id_fkey: () => conflict('SEGMENT_IN_USE'),
  lead_values_field_id_fkey: () => conflict('LIST_FIELD_IN_USE', { field: 'fields' }),
};

/** What is not a matter of the value alone. */
const checkMessages: Record<string, string> = {
  accounts_time_zone_check: 'Must be a time zone that the database knows, like Europe/Berlin.',
  campaigns_identity_id_check: 'An identity must be of the client of the list, or of no client.',
  campaigns_member_ids_check: 'Everybody who is named must work on the list.',
  campaigns_starts_on_check: 'Must be a day from 2000 to 2199.',
  campaigns_ends_on_check: 'Must be a day from 2000 to 2199, and not before the first one.',
  campaigns_segment_id_check: 'A campaign is about a segment that is shared.',
  leads_call_back_at_check: 'Must be given for CALL_BACK, and be a time before the year 2200.',
  leads_merged_ids_check: 'Must be other leads of the same client, each of them once.',
  list_dispositions_call_back_at_check: 'Can be given for a disposition into CALL_BACK alone.',
  lists_access_check: 'A list of no client is for those who are named.',
  lists_confirm_name_check: 'Is not the name of the list: type it exactly as it is.',
  lists_fields_check:
    'Neither the type of a field that is there nor whether its values are unique can be changed. Add another field.',
  lists_member_ids_check:
    'Everybody who is named must reach the client of the list; of no client: all clients, or none.',
  lists_workflow_check: 'Calling hours need a start and a later end.',
  clients_confirm_name_check: 'Is not the name of the client: type it exactly as it is.',
  segments_filter_check:
    'Conditions must be of the type of their field, choices among those of the field, and all of it not too long.',
  identities_email_check: 'Only an email identity has an address.',
};

/** What there was too much of, where it is no mail. */
const rateLimitMessages: Record<string, string> = {
  uploads_unfinished:
    'You have announced too many recordings that were not uploaded. Upload them first, or wait.',
  uploads_attempts: 'This upload was tried too often. Announce it again.',
};

/** Foreign keys and checks carry the column in their name: clients_account_manager_id_fkey → accountManagerId. */
function fieldOf(error: DatabaseError): string {
  const column = (error.constraint ?? '').replace(`${error.table ?? ''}_`, '').replace(/_(fkey|check)$/, '');
  return column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const unavailableStates = /^(08|53|57|25006|26000|40001|40P01|55P03|25P02)/;

/** Serialization failures and deadlocks: running the transaction again is right. */
export function isRetryable(error: unknown): boolean {
  const state = databaseErrorOf(error)?.code;
  return state === '40001' || state === '40P01';
}

/** What our functions raise, rather than Postgres. */
export function isOurs(error: unknown): boolean {
  return databaseErrorOf(error)?.code?.startsWith('RF') ?? false;
}

/** A conflict error with its sentence. */
export function conflict(reason: ConflictReason, details: Omit<ErrorDetails, 'reason'> = {}): GraphQLError {
  return apiError(ErrorCode.CONFLICT, conflictMessages[reason], { reason, ...details });
}

/** The error of Postgres inside an error of pg or TypeORM, if there is one. */
export function databaseErrorOf(error: unknown): DatabaseError | undefined {
  if (error instanceof DatabaseError) return error;
  if (error instanceof Error && 'driverError' in error) return databaseErrorOf(error.driverError);
  return undefined;
}

/** An expected refusal of the database as an API error; null where it is a fault. */
export function expectedError(error: unknown): GraphQLError | null {
  if (isApiError(error)) return error;
  // TypeORM wraps whatever its query threw, also what Transaction.run has decided already.
  if (error instanceof Error && 'driverError' in error && isApiError(error.driverError))
    return error.driverError;
  const cause = databaseErrorOf(error);
  if (cause === undefined) return isConnectionError(error) ? unavailable() : null;
  switch (cause.code) {
    case sqlState.noSession:
      return unauthenticated();
    case sqlState.forbidden:
      return forbidden(cause.message);
    case sqlState.conflict:
      return conflict(cause.message as ConflictReason);
    case sqlState.planLimit:
      return apiError(
        ErrorCode.PLAN_LIMIT_REACHED,
        'The plan of your account allows no more clients. Archive one, or choose a larger plan.',
      );
    case sqlState.notFound:
      return notFound(cause.message);
    case sqlState.keyReused:
      return apiError(
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        'This Idempotency-Key was used with another input, or for another field. Take a new key for a new change.',
      );
    case sqlState.lastOwner:
      return apiError(
        ErrorCode.LAST_OWNER,
        'An account needs an owner who can sign in. Make somebody else an owner first.',
      );
    case sqlState.rateLimited:
      return apiError(
        ErrorCode.RATE_LIMITED,
        rateLimitMessages[cause.constraint ?? ''] ?? 'Too much mail was sent. Try again later.',
        { retryAfterSeconds: Number(cause.message) },
      );
    case sqlState.agentIsPublic:
      return apiError(
        ErrorCode.AGENT_IS_PUBLIC,
        'An agent is either public or has portal users who are bound to it.',
      );
    case sqlState.planFeature:
      return apiError(
        ErrorCode.PLAN_FEATURE_MISSING,
        `The plan of your account does not include ${cause.message}. Choose a larger plan.`,
      );
    case sqlState.membersNotIncluded:
      return apiError(
        ErrorCode.LIST_MEMBERS_NOT_INCLUDED,
        'Members who work on the lists do not reach the client. Assign it to them, or take them off the lists first.',
        JSON.parse(cause.detail ?? '{}') as Pick<ErrorDetails, 'memberIds' | 'listIds'>,
      );
    case '42501':
      return apiError(ErrorCode.FORBIDDEN, 'You may not do this.');
    case '23505':
      return uniqueConstraints[cause.constraint ?? '']?.() ?? null;
    case '23503':
      return keepingConstraints[cause.constraint ?? '']?.() ?? notFound(fieldOf(cause));
    case '23514':
      return validationFailed(
        fieldOf(cause),
        checkMessages[cause.constraint ?? ''] ?? 'This value is not allowed here.',
      );
  }
  return unavailableStates.test(cause.code ?? '') ? unavailable() : null;
}

/** Errors of the socket or the pool rather than of a statement. */
function isConnectionError(error: unknown): boolean {
  // Errors of sockets may come from another realm, where Error is another class.
  if (!isNativeError(error)) return false;
  const cause = 'driverError' in error && isNativeError(error.driverError) ? error.driverError : error;
  return (
    /timeout exceeded when trying to connect|Connection terminated|not queryable|Client was closed/.test(
      cause.message,
    ) ||
    ('code' in cause && /^(ECONN|EPIPE|ETIMEDOUT|EHOST)/.test(String(cause.code)))
  );
}
