// Postgres goes away while mails are being sent, as when it is restarted: the server lives, and the mails arrive.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { until } from '../support/activity';
import { environmentOf, printed, startMain } from '../support/command';
import { startMailServer } from '../support/mail-server';
import { startTestServer } from '../support/server';
import { createWorld } from '../support/world';
import { outbox } from './outbox';

/** A way to Postgres that can be closed, and opened again at the same port. */
class Way {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  port = 0;

  constructor(private readonly target: URL) {}

  async open(): Promise<void> {
    const server = createServer((incoming) => {
      const outgoing = connect(Number(this.target.port), this.target.hostname);
      incoming.pipe(outgoing).pipe(incoming);
      for (const socket of [incoming, outgoing]) {
        this.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => [incoming, outgoing].forEach((end) => end.destroy()));
      }
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  close(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }
}

test('an outage of Postgres ends neither the server nor a mail that is under way', async () => {
  const mailServer = await startMailServer();
  const server = await startTestServer();
  const world = await createWorld(server);
  const way = new Way(new URL(server.database.workerUrl));
  await way.open();
  const through = new URL(server.database.workerUrl);
  through.hostname = '127.0.0.1';
  through.port = String(way.port);
  const main = startMain(
    environmentOf(server.database, {
      PORT: '0',
      WORKER: 'true',
      DEMO: 'false',
      WORKER_DATABASE_URL: through.href,
      SMTP_URL: mailServer.url,
      MAIL_FROM: 'hello@ringfence.example',
      SECRET_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    }),
  );
  let exited: number | null | undefined;
  main.on('exit', (code) => (exited = code));
  try {
    const url = /API\s+(\S+)\/graphql/.exec(await printed(main, /\/graphql\n/))?.[1] ?? '';
    mailServer.plan('stalled', 'stalled', 'stalled');
    await server.owner.query('begin; reset role; set local role ringfence_definer');
    await server.owner.query(
      `select fence.post_mail($1, 'PASSWORD_CHANGED', l.id) from fence.logins l, generate_series(1, 3) where l.member_id = $2`,
      [world.accountId, world.members.powerless.id],
    );
    await server.owner.query('commit; set role ringfence_owner');
    await mailServer.delivered(3);
    way.close();
    mailServer.release();
    // Whether a worker that cannot note what it did takes the process with it shows within this time.
    const outageEnds = Date.now() + 4000;
    await until(() => exited !== undefined || Date.now() > outageEnds);
    expect(exited).toBeUndefined();
    await way.open();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const waiting = async () =>
      (await outbox(server.owner)).filter(({ state }) => state === 'waiting').length;
    for (const deadline = Date.now() + 60_000; (await waiting()) > 0 && Date.now() < deadline;);
    expect((await outbox(server.owner)).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
  } finally {
    main.kill('SIGKILL');
    way.close();
    await server.close();
    await mailServer.close();
  }
}, 120_000);
