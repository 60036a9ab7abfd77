// The closed list of what can go wrong, as clients see it. Everything else is masked as INTERNAL.
import { GraphQLError } from 'graphql';
import { registerEnumType } from 'type-graphql';

/** Values of `extensions.code`; each has a section in docs/errors.md. */
export enum ErrorCode {
  UNAUTHENTICATED = 'UNAUTHENTICATED',
  SECOND_FACTOR_REQUIRED = 'SECOND_FACTOR_REQUIRED',
  FORBIDDEN = 'FORBIDDEN',
  NOT_FOUND = 'NOT_FOUND',
  VALIDATION_FAILED = 'VALIDATION_FAILED',
  EMAIL_TAKEN = 'EMAIL_TAKEN',
  AGENT_IS_PUBLIC = 'AGENT_IS_PUBLIC',
  PLAN_LIMIT_REACHED = 'PLAN_LIMIT_REACHED',
  PLAN_FEATURE_MISSING = 'PLAN_FEATURE_MISSING',
  LIST_MEMBERS_NOT_INCLUDED = 'LIST_MEMBERS_NOT_INCLUDED',
  LAST_OWNER = 'LAST_OWNER',
  CONFLICT = 'CONFLICT',
  IDEMPOTENCY_KEY_REUSED = 'IDEMPOTENCY_KEY_REUSED',
  RATE_LIMITED = 'RATE_LIMITED',
  QUERY_TOO_COMPLEX = 'QUERY_TOO_COMPLEX',
  REQUEST_TOO_LARGE = 'REQUEST_TOO_LARGE',
  BAD_REQUEST = 'BAD_REQUEST',
  GRAPHQL_PARSE_FAILED = 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED = 'GRAPHQL_VALIDATION_FAILED',
  UNAVAILABLE = 'UNAVAILABLE',
  INTERNAL = 'INTERNAL',
}

const descriptions: Record<ErrorCode, string> = {
  UNAUTHENTICATED:
    'No valid access token, or what it stands for has changed: sign in, or refresh the session.',
  SECOND_FACTOR_REQUIRED:
    'The password was right, and a code is needed besides: `completeSignIn` with `extensions.challenge`. `extensions.setup` is there where an app has to be set up first.',
  FORBIDDEN: 'Signed in, but without the permission that the message names.',
  NOT_FOUND:
    'It does not exist, or it is not yours; the answer is the same. `extensions.field` names the argument.',
  VALIDATION_FAILED: 'An input has a value that is not allowed; `extensions.field` says which.',
  EMAIL_TAKEN: 'The email is in use within the account.',
  AGENT_IS_PUBLIC:
    'Portal users are bound to agents that are not public, and an agent that some are bound to does not become public.',
  PLAN_LIMIT_REACHED: 'The plan of the account allows no more of this.',
  PLAN_FEATURE_MISSING: 'The plan of the account does not include this feature.',
  LIST_MEMBERS_NOT_INCLUDED:
    'Members who work on a list would not reach the client that it is given to; `extensions.memberIds` says who.',
  LAST_OWNER: 'The account would be left without an owner who can sign in.',
  CONFLICT:
    'The state of the object does not allow this, or it changed meanwhile; `extensions.reason` says which.',
  IDEMPOTENCY_KEY_REUSED:
    'The Idempotency-Key was used for something else within the last 24 hours; nothing was changed.',
  RATE_LIMITED: 'Too many tries; `extensions.retryAfterSeconds` says when to try again.',
  QUERY_TOO_COMPLEX: 'The document is too deep, too long, or costs too much.',
  REQUEST_TOO_LARGE: 'The body of the request is too large.',
  BAD_REQUEST: 'The HTTP request is no GraphQL request.',
  GRAPHQL_PARSE_FAILED: 'The document is no GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  UNAVAILABLE:
    'The service cannot answer right now; try again. The message says whether something may have been changed.',
  INTERNAL: 'A fault of ours. The request id finds it in the log.',
};

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description:
    'What `extensions.code` of an error can be. `extensions.requestId` names the request in the log.',
  valuesConfig: Object.fromEntries(
    Object.entries(descriptions).map(([code, description]) => [code, { description }]),
  ),
});

/** Why something is in conflict; `extensions.reason` of CONFLICT. */
export type ConflictReason =
  | 'VERSION'
  | 'CLIENT_ARCHIVED'
  | 'CLIENT_DELETING'
  | 'CLIENT_NOT_ARCHIVED'
  | 'ORGANIZATION_ARCHIVED'
  | 'ORGANIZATION_NOT_ARCHIVED'
  | 'ORGANIZATION_HAS_CLIENTS'
  | 'LIST_ARCHIVED'
  | 'LIST_NOT_ARCHIVED'
  | 'LIST_MOVING'
  | 'LIST_DELETING'
  | 'LIST_FIELD_IN_USE'
  | 'LEAD_ARCHIVED'
  | 'LEAD_NOT_ARCHIVED'
  | 'LEAD_HELD'
  | 'LEAD_VALUE_TAKEN'
  | 'TOO_MANY_EMAILS'
  | 'TOO_MANY_PHONES'
  | 'NOTE_OF_ANOTHER'
  | 'SEGMENT_IN_USE'
  | 'CAMPAIGN_STATE'
  | 'CAMPAIGN_FINISHED'
  | 'CAMPAIGN_NOT_RUNNING'
  | 'PHONE_NUMBER_TAKEN'
  | 'IDENTITY_NOT_EMAIL'
  | 'IDENTITY_VERIFIED'
  | 'PORTAL_USERS_BOUND'
  | 'OWN_MEMBER'
  | 'INVITATION_PENDING'
  | 'INVITATION_CLOSED'
  | 'SECOND_FACTOR_REQUIRED'
  | 'SECOND_FACTOR_ENABLED'
  | 'SECOND_FACTOR_NOT_ENABLED'
  | 'SECOND_FACTOR_NOT_STARTED'
  | 'ACCESS_TOKEN_REVOKED'
  | 'ACCESS_TOKEN_EXPIRED';

export interface ErrorDetails {
  /** Path of the argument, with dots: `input.name`. */
  field?: string;
  reason?: ConflictReason;
  /** Of PORTAL_USERS_BOUND: who is bound. */
  portalUsers?: { id: string; name: string }[];
  /** Of LIST_MEMBERS_NOT_INCLUDED: who would not reach the client, and of which lists. */
  memberIds?: string[];
  listIds?: string[];
  retryAfterSeconds?: number;
  /** Of SECOND_FACTOR_REQUIRED: what to complete signing in with. */
  challenge?: string;
  /** Of SECOND_FACTOR_REQUIRED where there is no factor yet: what an app is set up with. */
  setup?: { secret: string; uri: string };
}

/** An error that may be shown to the caller as it is. */
export function apiError(code: ErrorCode, message: string, details: ErrorDetails = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...details } });
}

/** The one answer for what does not exist and for what is not the caller's. */
export function notFound(field = 'id'): GraphQLError {
  return apiError(ErrorCode.NOT_FOUND, 'There is nothing here by that id.', { field });
}

/** The one answer for a link that is worth nothing, whatever the reason. */
export function invalidLink(): GraphQLError {
  return apiError(
    ErrorCode.NOT_FOUND,
    'This link is not valid: it was used, has expired, was replaced by a newer one, or is not complete.',
    { field: 'token' },
  );
}

const forbiddenMessages: Record<string, string> = {
  OWNER: 'Only owners of the account may do this.',
  ADMIN: 'Only administrators of the account may do this.',
  MEMBER: 'Only members of the team may do this.',
  PERSON: 'Only people who signed in may do this, no programs.',
  REACH: 'You do not reach as far yourself.',
  FIXED_CLIENTS: 'This access token is for certain clients; there can be no more of them.',
  MEMBER_TOKEN: 'An access token of the account may not do this, only one of a member.',
  BLIND_MODE: 'The client is in blind mode: its leads come one at a time.',
  NOT_IN_CAMPAIGN: 'Only who is named on the campaign takes part in it.',
  NOT_NAMED: 'Only who is named on the list works with its leads.',
  TOKEN_HOLDER: 'Only the member to whom the access token belongs may do this.',
};

/** `needed`: a permission, or a key of the messages above: who alone may, or what is in the way. */
export function forbidden(needed: string): GraphQLError {
  return apiError(
    ErrorCode.FORBIDDEN,
    forbiddenMessages[needed] ?? `You need the permission ${needed} for this.`,
  );
}

export function unauthenticated(): GraphQLError {
  return apiError(
    ErrorCode.UNAUTHENTICATED,
    'Sign in, or refresh your session: there is no valid access token.',
  );
}

export function validationFailed(field: string, message: string): GraphQLError {
  return apiError(ErrorCode.VALIDATION_FAILED, message, { field });
}

export interface InvalidField {
  /** Path of the argument, with dots. */
  field: string;
  message: string;
}

/** One error for all violations: the first names the field, `fields` has every one. */
export function invalidFields(fields: readonly InvalidField[]): GraphQLError {
  const first = fields[0] ?? { field: 'input', message: 'Is not allowed.' };
  const error = validationFailed(first.field, `${first.field}: ${first.message}`);
  if (fields.length > 1) error.extensions.fields = fields;
  return error;
}

export function unavailable(): GraphQLError {
  return apiError(
    ErrorCode.UNAVAILABLE,
    'The service cannot answer right now. Nothing was changed; try again.',
  );
}

/** The connection broke while a change was being committed: it may or may not have been saved. */
export function outcomeUnknown(): GraphQLError {
  return apiError(
    ErrorCode.UNAVAILABLE,
    'The connection to the database broke while the change was being saved. It may have been: retry under the Idempotency-Key it was sent with, or read again first.',
  );
}

/**
 * Completes `extensions.field` to the path of the argument: what the database refuses names a column, and only the
 * arguments tell whether that was `input.name` or `input.changes.name`.
 */
export function withArgumentPath(error: unknown, args: Record<string, unknown>): unknown {
  if (!isApiError(error) || typeof error.extensions.field !== 'string') return error;
  const { field } = error.extensions;
  // One of a list is `listIds.2`.
  const [name = ''] = field.split('.');
  const input = args.input as { changes?: object } | undefined;
  if (input?.changes !== undefined && Object.hasOwn(input.changes, name))
    error.extensions.field = `input.changes.${field}`;
  else if (input !== undefined && Object.hasOwn(input, name)) error.extensions.field = `input.${field}`;
  return error;
}

/** As `work`, with the path of the email that is refused: it may stand elsewhere in the input, or have been left out. */
export async function emailAt<Result>(path: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (isApiError(error) && error.extensions.field === 'email') error.extensions.field = path;
    throw error;
  }
}

/** Whether an error already carries a code of ours. */
export function isApiError(error: unknown): error is GraphQLError {
  return (
    error instanceof GraphQLError &&
    typeof error.extensions.code === 'string' &&
    error.extensions.code in ErrorCode
  );
}
