// The load of the soak, in a process of its own: sends a batch of requests when it is told to, looks at every answer, and
// says what was wrong.
import process from 'node:process';
import { Asker, type Parsed, type SoakRequest } from './requests';
import type { SoakPrincipal } from './stage';
import { Wire } from './wire';

export type ToLoad =
  | { begin: { url: string; principals: SoakPrincipal[]; concurrency: number; cancelledShare: number } }
  | { batch: number };

export interface BatchResult {
  sent: number;
  cancelled: number;
  /** By kind. */
  answered: Record<string, number>;
  wrong: number;
  firstWrong: string[];
}

const longestCancelMilliseconds = 20;
const keptWrong = 5;
const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const names = /\ba\d (?:client \d\d|organization \d|account|owner|admin|all|scoped|looking)\b/g;

interface Visible {
  ids: Set<string>;
  names: Set<string>;
}

let wire: Wire;
let askers: Asker[] = [];
let concurrency = 0;
let cancelledShare = 0;
let number = 0;
const visible = new Map<SoakPrincipal, Visible>();

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToLoad) => {
  if ('begin' in message) begin(message.begin);
  else void run(message.batch).then((result) => process.send?.(result));
});

function begin(given: Extract<ToLoad, { begin: unknown }>['begin']): void {
  ({ concurrency, cancelledShare } = given);
  wire = new Wire(given.url, concurrency);
  askers = given.principals.map((principal) => new Asker(principal, given.principals));
  for (const principal of given.principals) {
    const own = [...principal.clients, ...principal.organizations].map(({ name }) => name);
    visible.set(principal, {
      ids: new Set(principal.ids),
      names: new Set([...own, ...principal.memberNames, `${principal.account} account`]),
    });
  }
  process.send?.('begun');
}

async function run(requests: number): Promise<BatchResult> {
  const result: BatchResult = { sent: 0, cancelled: 0, answered: {}, wrong: 0, firstWrong: [] };
  const seat = async () => {
    while (result.sent < requests) {
      result.sent += 1;
      await one(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, seat));
  return result;
}

async function one(result: BatchResult): Promise<void> {
  const asker = askers[Math.floor(Math.random() * askers.length)] as Asker;
  const request = asker.next((number += 1));
  const { query, variables, idempotencyKey, principal } = request;
  const message = {
    accessToken: principal.accessToken,
    body: JSON.stringify({ query, variables }),
    idempotencyKey,
  };
  let problem: string | null;
  try {
    let answer;
    if (Math.random() < cancelledShare) {
      result.cancelled += 1;
      const share = Math.random() < 0.3 ? Math.random() : 1;
      answer = await wire.giveUp(message, share, Math.random() * longestCancelMilliseconds);
      if (answer === null) return;
    } else answer = await wire.send(message);
    result.answered[request.kind] = (result.answered[request.kind] ?? 0) + 1;
    problem = problemOf(request, answer.status, answer.text);
  } catch (error) {
    problem = `there was no answer: ${String(error)}`;
  }
  if (problem === null) return;
  result.wrong += 1;
  if (result.firstWrong.length < keptWrong)
    result.firstWrong.push(`${principal.name} asked for ${request.kind}: ${problem}`);
}

/** First whether anything in it belongs to somebody else, then whether it is what was asked for. */
function problemOf(request: SoakRequest, status: number, text: string): string | null {
  const { ids, names: visibleNames } = visible.get(request.principal) as Visible;
  const own = text.replaceAll(/"requestId":"[^"]*"/g, '');
  for (const [id] of own.matchAll(uuids))
    if (!ids.has(id)) return `a row that is not theirs, ${id}, was answered: ${text.slice(0, 1000)}`;
  for (const [name] of own.matchAll(names))
    if (!visibleNames.has(name))
      return `a row that is not theirs, ${name}, was answered: ${text.slice(0, 1000)}`;
  const { data = null, errors = [], extensions = {} } = JSON.parse(text) as Partial<Parsed>;
  return request.check({ status, data, errors, extensions });
}
