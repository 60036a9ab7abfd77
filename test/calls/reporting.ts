// Agents that do something, and a platform that reports it.
import { Caller } from '../support/client';
import type { TestServer } from '../support/server';
import type { AccessTokenOptions, TestAgent } from '../support/arrange';
import type { World } from '../support/world';

export interface Reporting {
  /** Of client `one`. */
  settled: TestAgent;
  /** Went from client `one` to `two`, at `movedAt`. */
  moved: TestAgent;
  movedAt: Date;
  /** Of client `two`. */
  elsewhere: TestAgent;
  /** Of the other account. */
  other: TestAgent;
  /** A token for all clients that may see them, and report. */
  asPlatform: Caller;
}

export async function startReporting(server: TestServer, world: World): Promise<Reporting> {
  const { arrange, accountId, clients, other } = world;
  const moved = await arrange.agent(accountId, clients.two, { name: 'Moved', movedFrom: clients.one });
  // A whole millisecond, which is as exact as a report can be.
  const movedAt = new Date(Date.now() - 60 * 60_000);
  await server.owner.query('update ringfence.agent_stays set ended_at = $2 where id = $1', [
    moved.earlierStayId,
    movedAt,
  ]);
  await server.owner.query('update ringfence.agent_stays set started_at = $2 where id = $1', [
    moved.stayId,
    movedAt,
  ]);
  return {
    settled: await arrange.agent(accountId, clients.one, { name: 'Settled' }),
    moved,
    movedAt,
    elsewhere: await arrange.agent(accountId, clients.two, { name: 'Elsewhere' }),
    other: await arrange.agent(other.accountId, other.clientId, { name: 'Other' }),
    asPlatform: await asToken(world, server, { permissions: ['VIEW_CLIENTS', 'RECORD_ACTIVITY'] }),
  };
}

export async function asToken(
  world: World,
  server: TestServer,
  options: AccessTokenOptions,
): Promise<Caller> {
  const { text } = await world.arrange.accessToken(world.accountId, options);
  return new Caller(server.url, text);
}
