// The server from a configuration and a database that is there: services, gate, HTTP. What main and the tests both start.
import type { Logger } from 'pino';
import { PartnerTokens } from './access-tokens/partner-tokens';
import type { Config } from './config';
import { CursorCodec } from './database/cursor';
import { Database } from './database/database';
import { fenceProblems } from './database/gate';
import type { DatabaseLocation } from './database/locate';
import { demoPassword, demoSignIns } from './demo/sign-ins';
import { Arrivals } from './files/arrivals';
import { FileUrls } from './files/file-urls';
import { openStorage } from './files/storage';
import { InputDigests } from './graphql/idempotency';
import { features } from './graphql/features';
import { buildServedSchema } from './graphql/schema';
import { Places } from './http/places';
import { createHttpServer } from './http/server';
import { Mailbox, showsMail } from './mail/mailbox';
import type { Services } from './services';
import { Keyring } from './sessions/keyring';
import { Links } from './mail/links';
import { SignIn } from './sessions/sign-in';
import { startWorker } from './worker/start';

export interface RunningServer {
  /** Base address: `http://127.0.0.1:4000`. */
  url: string;
  services: Services;
  /** Lets running requests finish, then closes everything. */
  close(): Promise<void>;
}

/** The database can't be served; `problems` has a sentence for each reason. */
export class GateClosedError extends Error {
  constructor(readonly problems: string[]) {
    super(`the gate is closed:\n${problems.join('\n')}`);
  }
}

export async function startServer(
  config: Config,
  location: Pick<DatabaseLocation, 'loginUrl' | 'signinUrl' | 'workerUrl' | 'secretKeys'>,
  logger: Logger,
  served = features,
): Promise<RunningServer> {
  const keyring = new Keyring(location.secretKeys);
  const entities = served.flatMap((feature) => feature.entities);
  const database = await Database.connect(location.loginUrl, config, logger, entities);
  const signIn = new SignIn(location.signinUrl, config, keyring, logger);
  const closeDatabases = async () => {
    await database.close();
    await signIn.close();
  };
  try {
    const problems = await fenceProblems((text, values) => database.asLogin(text, values));
    if (problems.length > 0) throw new GateClosedError(problems);

    const services: Services = {
      config,
      logger,
      database,
      signIn,
      partnerTokens: new PartnerTokens(database, signIn, logger),
      exportPlaces: new Places(
        config.EXPORTS_AT_ONCE,
        config.EXPORTS_PER_ACCOUNT,
        config.EXPORTS_PER_PRINCIPAL,
        {
          own: 'Another export of yours is still running. Wait for its end, or end it.',
          ofAccount: 'Other exports of your account are still running. Wait for their end.',
        },
      ),
      readingPlaces: new Places(
        config.FILE_READS_AT_ONCE,
        config.FILE_READS_PER_ACCOUNT,
        config.FILE_READS_PER_SESSION,
        {
          own: 'You are reading too many files at once. Wait for the end of some, or end them.',
          ofAccount: 'Too many files of your account are being read at once. Try again later.',
        },
      ),
      cursors: new CursorCodec([...keyring.derive('cursor').values()]),
      inputDigests: new InputDigests([...keyring.derive('idempotency').values()]),
      links: new Links(config, [...keyring.derive('link').values()]),
      fileUrls: new FileUrls(config, [...keyring.derive('file').values()]),
      arrivals: new Arrivals(),
      storage: openStorage(config),
      mailbox: showsMail(config) ? new Mailbox() : null,
    };
    const demo = config.DEMO
      ? { signIns: demoSignIns, password: demoPassword }
      : { signIns: [], password: null };
    await prepareStorage(services);
    const http = await createHttpServer(buildServedSchema(served), services, demo);
    const url = await http.app.listen({ host: config.HOST, port: config.PORT });
    const worker =
      config.WORKER && location.workerUrl !== null
        ? startWorker(config, location.workerUrl, services, logger)
        : null;
    return {
      url,
      services,
      close: async () => {
        await http.close();
        await worker?.stop();
        await services.partnerTokens.note();
        await closeDatabases();
      },
    };
  } catch (error) {
    await closeDatabases();
    throw error;
  }
}

/** Where it is not there, all but files is served; whoever asks for one is told UNAVAILABLE, and jobs come again. */
async function prepareStorage({ database, logger, storage }: Services): Promise<void> {
  try {
    await storage.prepare(async () => {
      const [answer] = await database.askAsLogin<{ kept: boolean }>(
        'select ringfence.files_are_kept() as kept',
        [],
      );
      return answer?.kept !== false;
    });
  } catch (error) {
    logger.error({ err: error }, 'the storage is not there');
  }
}
