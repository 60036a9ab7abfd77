// The command line of operators: `npm run ringfence -- <command>`, or `ringfence <command>` where it is installed.
import 'reflect-metadata';
import { Command, Option } from 'commander';
import { Client } from 'pg';
import {
  createAccount,
  resetOwnerPassword,
  resetOwnerSecondFactor,
  setPlan,
} from './accounts/account.operator';
import { ConfigurationError, readConfig, type Config } from './config';
import { diagnose, extent, workerWarnings } from './database/doctor';
import { locateDatabase, type DatabaseLocation } from './database/locate';
import { addSealKey, migrate } from './database/migrate';
import { exportToFile } from './export/export.operator';
import { asOwner } from './database/owner';
import { loadDemo, loadVolume } from './demo/load';
import { openStorage } from './files/storage';
import { failedMails, retryMail } from './mail/mail.operator';
import { demoPassword } from './demo/sign-ins';
import { serverLogger } from './logger';
import { requireNode } from './node-version';
import { Keyring } from './sessions/keyring';
import { resealSecondFactors } from './sessions/second-factor.operator';
import { Links } from './mail/links';
import { startWorker } from './worker/start';

type AdministeredDatabase = DatabaseLocation & { adminUrl: string };

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Runs a command against the database of the settings, and stops the embedded one afterwards if it was started here. */
async function onDatabase(
  work: (location: DatabaseLocation, config: Config) => Promise<void>,
): Promise<void> {
  const config = readConfig(process.env);
  const location = await locateDatabase(config);
  try {
    await work(location, config);
  } finally {
    await location.stop();
  }
}

async function asAdministrator(work: (location: AdministeredDatabase) => Promise<void>): Promise<void> {
  await onDatabase(async (location) => {
    if (location.adminUrl === null) throw new Error('DATABASE_URL: is needed for this command');
    await work({ ...location, adminUrl: location.adminUrl });
  });
}

async function runMigrate(): Promise<void> {
  await asAdministrator(async ({ adminUrl, loginUrl, signinUrl, workerUrl }) => {
    const report = await migrate({ url: adminUrl, loginUrl, signinUrl, workerUrl });
    for (const name of report.migrations) say(`ran      ${name}`);
    say(report.fenceApplied ? 'applied  functions and policies' : 'nothing to do');
  });
}

async function runDoctor(): Promise<void> {
  await onDatabase(async ({ loginUrl, workerUrl }, config) => {
    const client = new Client({ connectionString: loginUrl });
    await client.connect().catch((error: unknown) => {
      throw new Error('ringfence_login cannot connect; run `ringfence migrate`, then try again', {
        cause: error,
      });
    });
    try {
      const { problems, warnings } = await diagnose(
        async (text, values) => (await client.query<{ problem: string }>(text, values)).rows,
      );
      warnings.push(...(await workerWarnings(config, workerUrl)));
      for (const problem of problems) say(`refused  ${problem}`);
      for (const warning of warnings) say(`warning  ${warning}`);
      say(
        problems.length === 0
          ? `healthy  the fence stands: ${extent()}`
          : 'The server will not start on this database.',
      );
      if (problems.length > 0) process.exitCode = 1;
    } finally {
      await client.end();
    }
  });
}

/** A process that works off jobs and answers no requests, until it is told to end. */
async function runWorker(): Promise<void> {
  await onDatabase(async ({ workerUrl, secretKeys }, config) => {
    if (workerUrl === null) throw new Error('WORKER_DATABASE_URL: is needed for this command');
    const logger = serverLogger(config);
    const links = new Links(config, [...new Keyring(secretKeys).derive('link').values()]);
    const worker = startWorker(
      config,
      workerUrl,
      { links, mailbox: null, storage: openStorage(config) },
      logger,
    );
    say('Ringfence works off jobs.');
    await signalled();
    await worker.stop();
  });
}

/** Resolves at the first signal to end; a second one ends the process at once. */
async function signalled(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
  });
}

async function listFailedMails(): Promise<void> {
  await asAdministrator(async ({ adminUrl }) => {
    const mails = await failedMails(adminUrl);
    for (const { id, slug, kind, failedAt, attempts, lastError } of mails)
      say(`${id}  ${failedAt.toISOString()}  ${slug}  ${kind}  attempts: ${attempts}  ${lastError ?? ''}`);
    if (mails.length === 0) say('No mail was given up.');
  });
}

async function runDemo(options: { accounts?: number; clients?: number }): Promise<void> {
  if (readConfig(process.env).production) throw new Error('there is no demo data in production');
  await asAdministrator(async ({ adminUrl, loginUrl, signinUrl, workerUrl }) => {
    await migrate({ url: adminUrl, loginUrl, signinUrl, workerUrl });
    if (options.accounts === undefined && options.clients === undefined) {
      say(
        (await loadDemo(adminUrl))
          ? `Loaded the demo accounts; password: ${demoPassword}`
          : 'There are accounts already; nothing was loaded.',
      );
      return;
    }
    const volume = { accounts: options.accounts ?? 1, clients: options.clients ?? 25 };
    const total = volume.accounts * volume.clients;
    const started = Date.now();
    const terminal = process.stdout.isTTY;
    await loadVolume(adminUrl, volume, (clients) => {
      const line = `${clients} of ${total} clients (${Math.floor((100 * clients) / total)} %)`;
      process.stdout.write(terminal ? `\r${line}` : `${line}\n`);
    });
    say(
      `${terminal ? '\n' : ''}Loaded ${volume.accounts} accounts with ${volume.clients} clients each in ${((Date.now() - started) / 1000).toFixed(1)} s; password: ${demoPassword}`,
    );
  });
}

async function runRotateSealKey(): Promise<void> {
  await asAdministrator(async ({ adminUrl }) => {
    await asOwner(adminUrl, addSealKey);
    say('Identities are sealed with a new key from now on.');
  });
}

async function runReseal(): Promise<void> {
  await asAdministrator(async ({ adminUrl, secretKeys }) => {
    const { resealed, lost } = await resealSecondFactors(adminUrl, secretKeys);
    say(`${resealed} secrets of second factors are encrypted with the first key of SECRET_KEYS.`);
    if (lost > 0) say(`${lost} are encrypted with a key that is not there: recovery codes still work.`);
  });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${text} is no whole number above zero`);
  return number;
}

function program(): Command {
  const root = new Command('ringfence').description(
    'Operates a Ringfence installation. Settings come from the environment: docs/settings.md.',
  );
  root.command('migrate').description('bring the database to this version').action(runMigrate);
  root.command('doctor').description('prove that isolation is on; the exit code tells').action(runDoctor);
  root
    .command('demo')
    .description('load the demo accounts, or accounts of a size of choice')
    .option('--accounts <number>', 'how many accounts to add', wholeNumber)
    .option('--clients <number>', 'clients in each', wholeNumber)
    .action(runDemo);
  root
    .command('rotate-seal-key')
    .description('seal identities with a new key, as after a restore')
    .action(runRotateSealKey);

  root
    .command('reseal-secrets')
    .description('encrypt secrets of second factors with the first of SECRET_KEYS, before another is removed')
    .action(runReseal);

  root
    .command('worker')
    .description('work off jobs in a process of its own; the servers then run with WORKER=false')
    .action(runWorker);

  const mail = root.command('mail').description('mail that was given up');
  mail.command('failed').description('list it, with the reason').action(listFailedMails);
  mail
    .command('retry')
    .description('have it sent again')
    .argument('<ids...>', 'which mails')
    .action(async (ids: string[]) => {
      await asAdministrator(async ({ adminUrl }) => {
        for (const id of ids) {
          await retryMail(adminUrl, id);
          say(`${id} is sent again.`);
        }
      });
    });

  root
    .command('export')
    .description('take data out')
    .command('client')
    .description('write all there is of a client into a file')
    .argument('<slug>', 'of which account')
    .argument('<id>', 'which client')
    .requiredOption('--output <file>', 'where to; nothing that is there is overwritten')
    .addOption(
      new Option('--format <format>', 'JSON lines, or a zip of CSVs')
        .choices(['ndjson', 'csv'])
        .default('ndjson'),
    )
    .action(async (slug: string, clientId: string, options: { output: string; format: string }) => {
      await asAdministrator(async ({ adminUrl }) => {
        const format = options.format === 'csv' ? 'CSV' : 'NDJSON';
        const { counts } = await exportToFile(adminUrl, { slug, clientId, format, output: options.output });
        const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
        say(`${options.output} is complete: ${rows} rows.`);
      });
    });

  const account = root.command('account').description('accounts');
  account
    .command('create')
    .description('open an account; prints the password of its owner')
    .requiredOption('--slug <slug>', 'short name, in lower case')
    .requiredOption('--name <name>', 'name of the account')
    .requiredOption('--owner <name>', 'name of its owner')
    .requiredOption('--email <email>', 'what the owner signs in with')
    .option('--plan <plan>', 'STARTER, GROWTH or AGENCY', 'STARTER')
    .action(async (options: { slug: string; name: string; owner: string; email: string; plan: string }) => {
      await asAdministrator(async ({ adminUrl }) => {
        const password = await createAccount(adminUrl, {
          ...options,
          ownerName: options.owner,
          ownerEmail: options.email,
          plan: options.plan.toUpperCase(),
        });
        say(`Opened ${options.slug}. ${options.email} signs in with the password ${password}`);
      });
    });
  account
    .command('plan')
    .description('give an account another plan')
    .argument('<slug>', 'which account')
    .argument('<plan>', 'STARTER, GROWTH or AGENCY')
    .action(async (slug: string, plan: string) => {
      await asAdministrator(async ({ adminUrl }) => {
        await setPlan(adminUrl, slug, plan.toUpperCase());
        say(`${slug} is on ${plan.toUpperCase()} now.`);
      });
    });

  const owner = root.command('owner').description('owners of accounts');
  owner
    .command('reset-password')
    .description("give an owner a new password, print it, and end the owner's sessions")
    .argument('<slug>', 'which account')
    .argument('<email>', 'which owner')
    .action(async (slug: string, email: string) => {
      await asAdministrator(async ({ adminUrl }) => {
        const password = await resetOwnerPassword(adminUrl, slug, email);
        say(`${email} signs in with the password ${password}`);
      });
    });
  owner
    .command('reset-second-factor')
    .description("remove the second factor of an owner who has lost it, and end the owner's sessions")
    .argument('<slug>', 'which account')
    .argument('<email>', 'which owner')
    .action(async (slug: string, email: string) => {
      await asAdministrator(async ({ adminUrl }) => {
        await resetOwnerSecondFactor(adminUrl, slug, email);
        say(`${email} signs in without a second factor, or sets up a new one where the account demands it.`);
      });
    });
  return root;
}

/** Messages of constraints, in words. */
const constraintMessages: Record<string, string> = {
  accounts_slug_key: 'there is an account of that slug',
  accounts_slug_check: 'a slug has 2 to 50 lower-case letters and digits, with single hyphens between',
  accounts_name_check: 'a name has 1 to 200 characters',
  accounts_plan_id_fkey: 'the plan is STARTER, GROWTH or AGENCY',
  members_name_check: 'a name has 1 to 200 characters',
  logins_email_check: 'the email is none',
};

async function main(): Promise<void> {
  requireNode();
  await program().parseAsync();
}

main().catch((error: unknown) => {
  const constraint =
    error instanceof Error && 'constraint' in error
      ? constraintMessages[String(error.constraint)]
      : undefined;
  const problems =
    error instanceof ConfigurationError
      ? error.problems
      : [constraint ?? (error instanceof Error ? error.message : String(error))];
  process.stderr.write(problems.map((problem) => `ringfence: ${problem}\n`).join(''));
  process.exit(1);
});
