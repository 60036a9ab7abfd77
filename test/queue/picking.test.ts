// Which lead comes next.
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { asWorker } from '../leads/people';
import { comeInOrder, next, setLead, setWorkflow } from './waiting';

let server: TestServer;
let world: World;
let worker: Caller;
let list: string;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  worker = await asWorker(server, world, { clients: [world.clients.one] });
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.owner.query('delete from ringfence.lead_holds');
  list = await world.arrange.list(world.accountId, world.clients.one);
});

/** A lead that was added so many days ago. */
const lead = async (name: string, daysAgo: number, columns: Record<string, string> = {}) => {
  const id = await world.arrange.lead(list, { name });
  await setLead(server, id, { created_at: `now() - interval '${daysAgo} days'`, ...columns });
  return id;
};
const tried = (attempts: number, minutesAgo: number) => ({
  state: "'IN_PROGRESS'",
  attempts: String(attempts),
  last_attempt_at: `now() - interval '${minutesAgo} minutes'`,
});
const callBack = (minutesAgo: number) => ({
  state: "'CALL_BACK'",
  call_back_at: `now() - interval '${minutesAgo} minutes'`,
});

describe('in their order', () => {
  const arrange = async () => {
    await lead('Middle', 2, tried(1, 600));
    await lead('Oldest', 3, tried(2, 500));
    await lead('Newest', 1);
    await lead('Second newest', 1.5);
  };

  test.each([
    ['OLDEST_FIRST', ['Oldest', 'Middle', 'Second newest', 'Newest']],
    ['NEWEST_FIRST', ['Newest', 'Second newest', 'Middle', 'Oldest']],
    ['FEWEST_ATTEMPTS_FIRST', ['Second newest', 'Newest', 'Middle', 'Oldest']],
  ])('%s is what it says', async (order, expected) => {
    await arrange();
    await setWorkflow(server, list, { queue_order: `'${order}'` });
    expect(await comeInOrder(server, worker, list)).toEqual(expected);
  });

  test('call-backs that are due come before all others, the longest due first, and others not before their time', async () => {
    await arrange();
    await lead('Due', 9, callBack(5));
    await lead('Long due', 0, { ...callBack(60), time_zone: "'Asia/Tokyo'", attempts: '2' });
    await lead('Not due', 9, callBack(-5));
    expect((await comeInOrder(server, worker, list)).slice(0, 3)).toEqual(['Long due', 'Due', 'Oldest']);
    expect(await next(worker, list)).toBeNull();
  });

  test('of those that were tried as often, the one that rests longest comes first', async () => {
    await lead('Older', 9, tried(1, 100));
    await lead('Younger', 3, tried(1, 200));
    expect(await comeInOrder(server, worker, list)).toEqual(['Younger', 'Older']);
  });
});

describe('nobody is given', () => {
  test('a lead that is won, lost or archived', async () => {
    await lead('Won', 3, { state: "'WON'" });
    await lead('Lost', 3, { state: "'LOST'" });
    await lead('Archived', 3, { state: "'ARCHIVED'", state_before_archive: "'NEW'" });
    expect(await next(worker, list)).toBeNull();
  });

  test('a lead that was tried as often as the list allows, also to be called back', async () => {
    await lead('Twice', 3, tried(2, 600));
    await lead('Twice, and due', 3, { ...callBack(5), attempts: '2' });
    await setWorkflow(server, list, { maximum_attempts: '2' });
    expect(await next(worker, list)).toBeNull();
    await setWorkflow(server, list, { maximum_attempts: '3' });
    expect(await comeInOrder(server, worker, list)).toEqual(['Twice, and due', 'Twice']);
  });

  test('a lead that has not rested as long as the list says since it was tried', async () => {
    await lead('Tired', 3, tried(1, 59));
    expect(await next(worker, list)).toBeNull();
    await setWorkflow(server, list, { call_back_delay_minutes: '58' });
    expect(await next(worker, list)).toBe('Tired');
  });

  test('a lead of another list', async () => {
    await world.arrange.lead(await world.arrange.list(world.accountId, world.clients.one));
    expect(await next(worker, list)).toBeNull();
  });
});

describe('calling hours', () => {
  /** Zones that are hours apart, so that it is never midnight in both; in the first it is noon or so. */
  const zones = async () => {
    const { rows } = await server.owner.query<{ awake: string; asleep: string; day: string }>(
      `select format('Etc/GMT%s', to_char(offset_hours, 'SGFM00')) as awake, format('Etc/GMT%s', to_char(offset_hours + case when offset_hours > 0 then -9 else 9 end, 'SGFM00')) as asleep,
         upper(to_char(now() - offset_hours * interval '1 hour', 'FMDay')) as day
       from (select extract(hour from now() at time zone 'UTC')::int - 12 as offset_hours) o`,
    );
    const [found] = rows;
    if (found === undefined) throw new Error('no zones');
    const short = (zone: string) => zone.replace(/([+-])0/, '$1');
    return { ...found, awake: short(found.awake), asleep: short(found.asleep) };
  };
  const accountsZone = (zone: string) =>
    server.owner.query('update ringfence.accounts set time_zone = $2 where id = $1', [world.accountId, zone]);
  afterEach(() => accountsZone('UTC'));

  test("are on the lead's clock, of one without a zone on the account's", async () => {
    const { awake, asleep } = await zones();
    await setWorkflow(server, list, { calling_from: "'10:00'", calling_until: "'15:00'" });
    await accountsZone(asleep);
    await lead('Asleep', 9, { time_zone: `'${asleep}'` });
    await lead('As the account', 8);
    await lead('Due, and asleep', 8, { ...callBack(5), time_zone: `'${asleep}'` });
    await lead('Awake', 1, { time_zone: `'${awake}'` });
    expect(await comeInOrder(server, worker, list)).toEqual(['Awake']);
    await accountsZone(awake);
    expect(await comeInOrder(server, worker, list)).toEqual(['As the account']);
  });

  test("are on the account's clock where the list says so", async () => {
    const { awake, asleep } = await zones();
    await setWorkflow(server, list, {
      calling_from: "'10:00'",
      calling_until: "'15:00'",
      calling_time_zone: "'ACCOUNT'",
    });
    await lead('Asleep', 9, { time_zone: `'${asleep}'` });
    await accountsZone(asleep);
    expect(await next(worker, list)).toBeNull();
    await accountsZone(awake);
    expect(await next(worker, list)).toBe('Asleep');
  });

  test('are on certain days', async () => {
    const { awake, day } = await zones();
    await lead('Somebody', 1, { time_zone: `'${awake}'` });
    await setWorkflow(server, list, { calling_days: `array_remove(calling_days, '${day}')` });
    expect(await next(worker, list)).toBeNull();
    await setWorkflow(server, list, { calling_days: `array['${day}']` });
    expect(await next(worker, list)).toBe('Somebody');
  });

  test("of a lead whose zone the database does not know are the account's, and keep no other from being given", async () => {
    const { awake, asleep } = await zones();
    await setWorkflow(server, list, { calling_from: "'10:00'", calling_until: "'15:00'" });
    await lead('Nowhere', 9, { time_zone: "'Mars/Olympus'" });
    await lead('Awake', 1, { time_zone: `'${awake}'` });
    await accountsZone(asleep);
    expect(await comeInOrder(server, worker, list)).toEqual(['Awake']);
    await accountsZone(awake);
    expect(await next(worker, list)).toBe('Nowhere');
  });
});
