// Health for whoever runs the server; it shows no data. Live: the process answers. Ready: the database does, its
// migrations are those of this version, and the fence stands.
import type { FastifyInstance } from 'fastify';
import { fenceProblems } from '../database/gate';
import type { Services } from '../services';

/** The catalog is looked through at most this often. */
const fenceCheckMilliseconds = 30_000;
const answerMilliseconds = 3000;

export function registerHealth(app: FastifyInstance, { database, logger }: Services): void {
  let checkedAt = 0;
  let standing = true;

  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    try {
      await withinTime(check());
      return { status: 'ready' };
    } catch (error) {
      logger.warn({ err: error }, 'not ready');
      return reply.code(503).header('retry-after', '5').send({ status: 'not ready' });
    }
  });

  async function check(): Promise<void> {
    if (Date.now() - checkedAt < fenceCheckMilliseconds && standing) {
      await database.asLogin('select 1');
      return;
    }
    const problems = await fenceProblems((text, values) => database.asLogin(text, values));
    standing = problems.length === 0;
    checkedAt = Date.now();
    if (!standing) throw new Error(problems.join('; '));
  }
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the database did not answer in time')), answerMilliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
