import pino, { type Logger } from 'pino';
import type { Config } from './config';

/** JSON lines on stdout, without what lets somebody in. */
export function serverLogger(config: Config): Logger {
  return pino({
    level: config.LOG_LEVEL,
    base: undefined,
    redact: ['req.headers.authorization', 'req.headers.cookie'],
  });
}
