// An export for somebody who is signed in: read under their policies, written down before its first row, and ended visibly when
// a right is lost meanwhile, the client is being deleted, or the server closes.
import { PassThrough, pipeline, Readable } from 'node:stream';
import { conflict } from '../database/sql-errors';
import type { Transaction } from '../database/transaction';
import { ErrorCode, forbidden, isApiError, notFound } from '../graphql/errors';
import type { SignedInPrincipal } from '../graphql/principal';
import { Permission } from '../members/permission';
import { whileTaken } from '../http/pace';
import type { Place } from '../http/places';
import type { Services } from '../services';
import { zippedCsv } from './csv';
import { kinds, type Kind } from './kinds';
import { ndjson } from './ndjson';
import { patiently } from './patience';
import { Run, type About, type End, type Guard, type Reason, type Withheld } from './run';
import { hasExpired, lostSince, readStanding, type Standing } from './standing';

export type Format = 'NDJSON' | 'CSV';

export const writers: Record<Format, (run: Run) => AsyncGenerator<Buffer>> = {
  NDJSON: ndjson,
  CSV: zippedCsv,
};

export interface ExportRequest {
  clientId: string;
  /** Null: all kinds. */
  kind: Kind | null;
  format: Format;
  requestId: string;
}

export interface StartedExport {
  clientName: string;
  body: Readable;
}

/** What it takes whatever is exported. */
const alwaysNeeded = [Permission.EXPORT_DATA, Permission.VIEW_CLIENTS];

/** How long the end of an export may take to be taken when the server closes. */
const closingMilliseconds = 2000;

/**
 * Begins an export. FORBIDDEN; NOT_FOUND; CONFLICT (CLIENT_DELETING); RATE_LIMITED, UNAVAILABLE: there are too many. Once it has
 * begun it ends by itself, whatever becomes of its body.
 */
export async function startExport(
  services: Services,
  principal: SignedInPrincipal,
  request: ExportRequest,
): Promise<StartedExport> {
  const place = services.exportPlaces.take(principal);
  const transaction = services.database.streamingTransaction(principal.credential);
  try {
    const standing = await openSnapshot(services, transaction, principal, request.clientId);
    const { name, chosen } = allowed(standing, request.kind);
    const about = describe(request, standing, chosen);
    const id = await noteStart(services, principal, request, about);
    const snapshot = {
      reader: 'principal' as const,
      copyOut: (statement: string) => transaction.copyOut(statement),
      close: () => transaction.commit(),
    };
    let noted: Promise<void> | undefined;
    const note = (reason: Reason | null) => (noted ??= noteEnd(services, principal, request, id, reason));
    const guard = {
      ...guardOf(services, principal, request, standing, chosen, place),
      ended: ({ reason }: End) => note(reason ?? null),
    };
    const run = new Run(about, chosen, snapshot, guard);
    const body = bodyOf(services, run, request.format, place);
    body.once('close', () => {
      run.stop('CUT_OFF');
      void transaction
        .abort()
        .then(() => note('CUT_OFF'))
        .finally(() => services.exportPlaces.leave(place));
    });
    return { clientName: name, body };
  } catch (error) {
    await transaction.abort();
    services.exportPlaces.leave(place);
    throw error;
  }
}

/** The limits of requests are not for what takes long: that of the transaction is the server's. */
async function openSnapshot(
  { config }: Services,
  transaction: Transaction,
  { accountId }: SignedInPrincipal,
  clientId: string,
): Promise<Standing> {
  const standing = await readStanding(transaction, clientId);
  await transaction.query(
    `select set_config('ringfence.exported_account', $1, true), set_config('ringfence.exported_client', $2, true),
       set_config('statement_timeout', $3, true), set_config('idle_in_transaction_session_timeout', $3, true)`,
    [accountId, clientId, String(config.EXPORT_MILLISECONDS)],
  );
  return standing;
}

function allowed(standing: Standing, kind: Kind | null): { name: string; chosen: readonly Kind[] } {
  const { permissions, name, status } = standing;
  const obstacle = kind === null ? null : obstacleTo(kind, standing);
  const missing = alwaysNeeded.find((permission) => !permissions.includes(permission));
  if (missing !== undefined) throw forbidden(missing);
  if (obstacle !== null && 'permission' in obstacle) throw forbidden(obstacle.permission);
  if (name === null) throw notFound();
  if (status === 'DELETING') throw conflict('CLIENT_DELETING');
  if (obstacle !== null) throw conflict(obstacle.reason);
  return {
    name,
    chosen: kind === null ? kinds.filter((each) => obstacleTo(each, standing) === null) : [kind],
  };
}

/** Why somebody is given nothing of a kind; null: they are. */
function obstacleTo(
  { name: kind, permission, hiddenWhileArchived = false }: Kind,
  { permissions, status }: Standing,
): Withheld | null {
  if (permission !== undefined && !permissions.includes(permission)) return { kind, permission };
  return hiddenWhileArchived && status === 'ARCHIVED' ? { kind, reason: 'CLIENT_ARCHIVED' } : null;
}

function describe({ clientId, kind }: ExportRequest, standing: Standing, chosen: readonly Kind[]): About {
  const withheld = (kind === null ? kinds : []).flatMap((other) => obstacleTo(other, standing) ?? []);
  return { clientId, snapshotAt: standing.readAt, kinds: chosen.map(({ name }) => name), withheld };
}

function guardOf(
  { config, database, logger }: Services,
  { credential }: SignedInPrincipal,
  { clientId, requestId }: ExportRequest,
  before: Standing,
  chosen: readonly Kind[],
  { takenAt }: Place,
): Omit<Guard, 'ended'> {
  const permissions = [...alwaysNeeded, ...chosen.flatMap(({ permission }) => permission ?? [])];
  const tooLong = () => performance.now() - takenAt > config.EXPORT_MILLISECONDS;
  let lookedAt = performance.now();

  const lost = async (): Promise<Reason | null> => {
    try {
      const now = await readStanding(database.singleStatements(credential), clientId);
      if (now.status === 'DELETING') return 'CLIENT_DELETING';
      return lostSince(before, now, permissions) ? 'REVOKED' : null;
    } catch (error) {
      if (!isApiError(error) || error.extensions.code !== ErrorCode.UNAUTHENTICATED) throw error;
      return (await hasExpired(database, credential)) ? 'TOKEN_EXPIRED' : 'REVOKED';
    }
  };
  return {
    async look(last) {
      if (tooLong()) return 'TOO_LONG';
      if (!last && performance.now() - lookedAt < config.EXPORT_CHECK_MILLISECONDS) return null;
      const reason = await patiently(lost);
      lookedAt = performance.now();
      return reason;
    },
    reasonOf(error) {
      if (tooLong()) return 'TOO_LONG';
      logger.error({ err: error, requestId }, 'an export failed');
      return 'FAILED';
    },
  };
}

function bodyOf({ config }: Services, run: Run, format: Format, place: Place): Readable {
  // Of its own, so that it is closed the moment it is left, and not when what is being waited for has come.
  const body = new PassThrough();
  const cutOff = () => void body.destroy();
  const chunks = whileTaken(writers[format](run), config.EXPORT_STALL_MILLISECONDS, cutOff);
  pipeline(Readable.from(chunks, { objectMode: false }), body, () => undefined);
  place.stop = () => {
    run.stop('SHUTTING_DOWN');
    setTimeout(cutOff, closingMilliseconds).unref();
  };
  return body;
}

async function noteStart(
  { database }: Services,
  { credential }: SignedInPrincipal,
  { clientId, format }: ExportRequest,
  about: About,
): Promise<string> {
  const transaction = database.transaction(credential, 'read write');
  try {
    const [started] = await transaction.query<{ id: string }>(
      'select ringfence.start_export($1, $2, $3) as id',
      [clientId, format, about.kinds],
    );
    await transaction.commit();
    return started?.id ?? '';
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

/** Where the session has ended meanwhile nobody is left to write it down: the log then has a start without an end. */
async function noteEnd(
  { database, logger }: Services,
  { credential }: SignedInPrincipal,
  { clientId, requestId }: ExportRequest,
  id: string,
  reason: Reason | null,
): Promise<void> {
  const transaction = database.transaction(credential, 'read write');
  try {
    await transaction.query('select ringfence.end_export($1, $2, $3)', [clientId, id, reason]);
    await transaction.commit();
  } catch (error) {
    await transaction.rollback();
    if (!isApiError(error) || error.extensions.code !== ErrorCode.UNAUTHENTICATED)
      logger.warn({ err: error, requestId }, 'the end of an export was not written down');
  }
}
