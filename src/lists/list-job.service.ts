// Moving and deleting lists. What takes long is a job, which the worker does step by step (list-job.job.ts).
import { defineLoader, defineRowLoader, defineRowsLoader, defineValueLoader } from '../database/loaders';
import type { RequestContext } from '../graphql/context';
import { notFound, validationFailed } from '../graphql/errors';
import { defineRow } from '../graphql/reading';
import { ListJob } from './list-job.entity';
import type { DeleteListInput, MoveListInput } from './list-job.types';

const jobById = defineRowLoader<ListJob>(ListJob, 'ringfence.list_jobs');

/** What became of a list last: one, or none that the viewer may see. */
export const lastJobsByListId = defineRowsLoader<ListJob>(
  ListJob,
  'from ringfence.list_jobs r where r.list_id = key order by r.id desc limit 1',
);

interface Progress {
  id: string;
  done: number;
  total: number | null;
}

/** How many leads moved or were deleted; null: the viewer may not know. */
export const progressByJobId = defineLoader<Progress | null>(null, async (transaction, ids) => {
  const rows = await transaction.query<Progress>(
    'select job_id as id, done, total from ringfence.list_job_progress($1)',
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
});

/** For administrators: the database lets nobody else read it. */
export const duplicatesByJobId = defineValueLoader<number | null>(
  null,
  'select r.duplicates from ringfence.list_jobs r where r.id = key',
);

/** How far the moving or deleting of a list is. NOT_FOUND. */
export const listJob = defineRow(jobById);

/**
 * Gives a list to a client, or to none, and answers the job that moves its leads; null: it is there already. VALIDATION_FAILED, FORBIDDEN,
 * NOT_FOUND (id, clientId), PLAN_FEATURE_MISSING, LIST_MEMBERS_NOT_INCLUDED, CONFLICT.
 */
export async function moveList(
  context: RequestContext,
  { id, clientId, expectedVersion = null }: MoveListInput,
): Promise<string | null> {
  if (clientId === undefined) throw validationFailed('input.clientId', 'Must be given; null: of no client.');
  const [moved] = await context.transaction.query<{ job: string | null }>(
    'select ringfence.move_list_to_client($1, $2, $3) as job',
    [id, clientId, expectedVersion],
  );
  return moved?.job ?? null;
}

/** Has a list deleted, and answers the job that does it. VALIDATION_FAILED (confirmName), NOT_FOUND, CONFLICT. */
export async function deleteList(
  context: RequestContext,
  { id, confirmName, expectedVersion = null }: DeleteListInput,
): Promise<string> {
  const [deleted] = await context.transaction.query<{ job: string }>(
    'select ringfence.delete_list($1, $2, $3) as job',
    [id, confirmName, expectedVersion],
  );
  if (deleted === undefined) throw notFound();
  return deleted.job;
}
