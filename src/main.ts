// The start, from top to bottom.
import 'reflect-metadata';
import { ConfigurationError, readConfig, type Config } from './config';
import { migrate } from './database/migrate';
import { locateDatabase, type DatabaseLocation } from './database/locate';
import { loadDemo } from './demo/load';
import { demoPassword, demoSignIns } from './demo/sign-ins';
import { serverLogger } from './logger';
import { mailboxPath, showsMail } from './mail/mailbox';
import { requireNode } from './node-version';
import { GateClosedError, startServer, type RunningServer } from './server';

const closeMilliseconds = 10_000;

async function main(): Promise<void> {
  requireNode();
  const config = readConfig(process.env);
  const logger = serverLogger(config);

  const location = await locateDatabase(config);
  let server: RunningServer;
  try {
    await prepare(config, location);
    server = await startServer(config, location, logger);
  } catch (error) {
    await location.stop();
    throw error;
  }
  greet(config, server.url);
  closeOnSignal(server, location);
}

async function prepare(
  config: Config,
  { adminUrl, loginUrl, signinUrl, workerUrl }: DatabaseLocation,
): Promise<void> {
  if (adminUrl === null) return;
  await migrate({ url: adminUrl, loginUrl, signinUrl, workerUrl });
  if (config.DEMO) await loadDemo(adminUrl);
}

function greet(config: Config, url: string): void {
  const lines = [`Ringfence is ready.`, ``, `  API         ${url}/graphql`];
  if (config.PLAYGROUND) lines.push(`  playground  ${url}/playground`);
  if (showsMail(config)) lines.push(`  mail        ${url}${mailboxPath}`);
  if (config.DEMO) {
    const width = Math.max(...demoSignIns.map(({ email }) => email.length));
    lines.push(
      '',
      '  Sign in as',
      ...demoSignIns.map(({ email, label }) => `    ${email.padEnd(width)}  ${label}`),
      `  password: ${demoPassword}`,
    );
  }
  if (!config.production) lines.push('', '  Ctrl-C stops everything.');
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Requests first, then connections, then the database. A second signal, or too long a wait, ends it at once. */
function closeOnSignal(server: RunningServer, location: DatabaseLocation): void {
  let closing = false;
  const close = async (): Promise<void> => {
    if (closing) process.exit(1);
    closing = true;
    setTimeout(() => process.exit(1), closeMilliseconds).unref();
    await server.close();
    await location.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void close());
}

main().catch((error: unknown) => {
  const problems =
    error instanceof ConfigurationError || error instanceof GateClosedError
      ? error.problems
      : [error instanceof Error ? error.message : String(error)];
  process.stderr.write(problems.map((problem) => `ringfence: ${problem}\n`).join(''));
  process.exit(1);
});
