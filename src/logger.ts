import pino, { type Logger } from 'pino';
import type { Config } from './config';

/** What is worth telling of an error. */
function told(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  return { type: name, message, ...('code' in error && { code: error.code }), stack };
}

/** JSON lines on stdout, without what lets somebody in. */
export function serverLogger(config: Config): Logger {
  return pino({
    level: config.LOG_LEVEL,
    base: undefined,
    // pg hangs the whole connection on its errors, with the key that cancels its queries.
    serializers: { err: told },
    redact: ['req.headers.authorization', 'req.headers.cookie'],
  });
}
