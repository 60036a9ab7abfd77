// What a request costs in statements and round trips: each contender is started once more with a proxy between it and
// Postgres, which reads what goes by (https://www.postgresql.org/docs/current/protocol-message-formats.html). Works with any
// Postgres, and slows nothing that is measured.
import { connect, createServer, type AddressInfo } from 'node:net';
import { compareAnswers } from './compare';
import { contenderNames, type ContenderName } from './processes';
import type { Stage } from './stage';
import { ask } from './ask';
import type { Work, WorkId } from './works';

export interface RequestCost {
  statements: number;
  /** Times that Postgres was waited for. */
  roundTrips: number;
}

export type RequestCosts = Record<WorkId, Record<ContenderName, RequestCost>>;

/** Requests before the count, so that every connection is open and knows its statements. */
const before = 30;
const counted = 20;
const heldBackMilliseconds = 5;

/** Also shows that all answer the same: what follows measures nothing that was not compared. */
export async function countStatements(works: Work[], stage: Stage): Promise<Partial<RequestCosts>> {
  const { sample, accessToken } = stage;
  const database = new URL(stage.urls.adminUrl);
  const proxies = await Promise.all(contenderNames.map(() => startProxy(database)));
  const servers = Object.fromEntries(
    await Promise.all(
      contenderNames.map(async (name, index) => {
        const server = await stage.start(name, { databaseHost: proxies[index]?.host ?? '' });
        return [name, server] as const;
      }),
    ),
  );
  const costs: Partial<RequestCosts> = {};
  for (const work of works) {
    const all = contenderNames.map((who) => ({ who, name: who, url: servers[who]?.url ?? '', accessToken }));
    await compareAnswers(work, all, sample);
    const costOf = {} as Record<ContenderName, RequestCost>;
    for (const [index, name] of contenderNames.entries()) {
      const bodies = work.bodies(sample)[name];
      let number = 0;
      const send = async () => {
        const body = bodies[number % bodies.length] ?? '';
        await ask(servers[name]?.url ?? '', accessToken, body.replaceAll('%n%', `-${(number += 1)}`));
      };
      const proxy = proxies[index];
      if (proxy === undefined) continue;
      for (let sent = 0; sent < before; sent += 1) await send();
      const start = { ...proxy.count };
      for (let sent = 0; sent < counted; sent += 1) await send();
      costOf[name] = {
        statements: (proxy.count.statements - start.statements) / counted,
        roundTrips: (proxy.count.roundTrips - start.roundTrips) / counted,
      };
      if (work.writes) await sample.undo();
    }
    costs[work.id] = costOf;
  }
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  for (const proxy of proxies) proxy.close();
  return costs;
}

interface Proxy {
  host: string;
  count: RequestCost;
  close(): void;
}

function startProxy(database: URL): Promise<Proxy> {
  const count: RequestCost = { statements: 0, roundTrips: 0 };
  const server = createServer((client) => {
    const upstream = connect(Number(database.port || 5432), database.hostname);
    const messages = new MessageReader((type) => {
      if (type === 'Q' || type === 'E') count.statements += 1;
    });
    // A round trip begins when the client speaks after the server has, or first of all. Answers are held back for a moment, so
    // that what the client sends at once arrives before the answer to its first part.
    let serverSpoke = true;
    let answers: Buffer[] = [];
    const forward = () => {
      serverSpoke = true;
      client.write(Buffer.concat(answers));
      answers = [];
    };
    client.on('data', (chunk) => {
      messages.read(chunk);
      if (serverSpoke) count.roundTrips += 1;
      serverSpoke = false;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (answers.length === 0) setTimeout(forward, heldBackMilliseconds);
      answers.push(chunk);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ host: `127.0.0.1:${port}`, count, close: () => server.close() });
    });
  });
}

/** Finds the messages of a client in what it sends: a letter and a length each, but for the first, which has no letter. */
class MessageReader {
  private rest = Buffer.alloc(0);
  private started = false;

  constructor(private readonly onMessage: (type: string) => void) {}

  read(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (;;) {
      const letter = this.started ? 1 : 0;
      if (this.rest.length < letter + 4) return;
      const size = letter + this.rest.readInt32BE(letter);
      if (this.rest.length < size) return;
      if (this.started) this.onMessage(String.fromCharCode(this.rest[0] ?? 0));
      this.started = true;
      this.rest = this.rest.subarray(size);
    }
  }
}
