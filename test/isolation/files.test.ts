// Files, below the API: what the address of one proves, and that it opens nothing else, for whoever has the API's own login.
import { randomUUID } from 'node:crypto';
import { createArena, principalNames, type Arena, type PrincipalName } from './arena';
import type { Outcome } from './login-connection';
import type { Session } from './sessions';

interface Proof {
  session: string;
  subject: string;
  expiresAt: Date;
  proof: Buffer;
}

let arena: Arena;
let everyFile: string[];
/** Of alpha, which the owner reaches; and of beta. */
let calls: { alpha: string; beta: string };

beforeAll(async () => {
  arena = await createArena();
  const { rows } = await arena.owner.query<{ id: string }>('select id from ringfence.files order by id');
  everyFile = rows.map(({ id }) => id);
  const callOf = async (account: string) =>
    (
      await arena.owner.query<{ id: string }>(
        'select call_id as id from ringfence.recordings where account_id = $1 order by call_id limit 1',
        [account],
      )
    ).rows[0]?.id ?? '';
  calls = { alpha: await callOf(arena.alpha.id), beta: await callOf(arena.beta.id) };
});
afterAll(() => arena.close());

async function proofsOf(session: Session, files: string[], seconds = 600): Promise<Proof[]> {
  const rows = await arena.login.as(session, () =>
    arena.login.rows(
      'select file_id as subject, expires_at as "expiresAt", proof from ringfence.prove_reading($1, $2)',
      [files, seconds],
    ),
  );
  return rows.map((row) => ({ ...(row as unknown as Proof), session: session.credential.sessionId }));
}

const proofOf = async (session: Session, file: string, seconds?: number): Promise<Proof> => {
  const [proof] = await proofsOf(session, [file], seconds);
  if (proof === undefined) throw new Error('there is no proof');
  return proof;
};

/** Asks as the login does, in no session. */
const read = ({ session, subject, expiresAt, proof }: Proof): Promise<Outcome> =>
  arena.login.outside('select name from ringfence.file_to_read($1, $2, $3, $4)', [
    session,
    subject,
    expiresAt,
    proof,
  ]);

const session = (name: PrincipalName) => arena.principals[name];

/** Announces an upload, for good, and answers its proof. */
async function announce(by: Session, call: string, seconds = 600): Promise<Proof> {
  const { login } = arena;
  await login.begin(by);
  const [upload] = await login.rows(
    'select upload as subject from ringfence.create_recording_upload($1, null, null, null, $2)',
    [call, seconds],
  );
  const [proof] = await login.rows(
    'select expires_at as "expiresAt", proof from ringfence.prove_uploading($1)',
    [upload?.subject],
  );
  await login.rows('commit');
  return { ...upload, ...proof, session: by.credential.sessionId } as Proof;
}

const begin = ({ session: of, subject, expiresAt, proof }: Proof): Promise<Outcome> =>
  arena.login.outside('select file_id from ringfence.begin_upload($1, $2, $3, $4)', [
    of,
    subject,
    expiresAt,
    proof,
  ]);

const finishing =
  "select ringfence.finish_upload($1, $2, $3, $4, $5, 'wav', 'audio/wav', 10, sha256('x')) as finished";
const finish = ({ session: of, subject, expiresAt, proof }: Proof, file: unknown): Promise<Outcome> =>
  arena.login.outside(finishing, [of, subject, expiresAt, proof, file]);

describe.each(principalNames)('%s', (name) => {
  test('reads by an address exactly the files whose rows it sees', async () => {
    const who = session(name);
    const seen = await arena.login.as(who, () =>
      arena.login.rows('select id from ringfence.files order by id'),
    );
    const readable: string[] = [];
    for (const proof of await proofsOf(who, everyFile)) {
      const outcome = await read(proof);
      if (outcome.length === 1) readable.push(proof.subject);
      else expect(outcome).toEqual([]);
    }
    expect(readable.sort()).toEqual(seen.map(({ id }) => String(id)));
  });
});

test('a proof is good for its own session, file, purpose and expiry, and for no other', async () => {
  const owner = session('the owner');
  const [file = '', other = ''] = (
    await arena.login.as(owner, () => arena.login.rows('select id from ringfence.files'))
  ).map(({ id }) => String(id));
  const proof = await proofOf(owner, file);
  expect(await read(proof)).toHaveLength(1);
  const administrator = session('an administrator').credential.sessionId;
  const flipped = Buffer.from(proof.proof);
  flipped.writeUInt8(flipped.readUInt8(31) ^ 1, 31);
  for (const changed of [
    { subject: other },
    { session: administrator },
    { session: randomUUID() },
    { expiresAt: new Date(proof.expiresAt.getTime() + 1000) },
    { proof: flipped },
    { proof: Buffer.alloc(0) },
    { proof: Buffer.alloc(32) },
  ])
    expect(await read({ ...proof, ...changed })).toEqual([]);
  expect(await begin(proof)).toEqual([]);
  expect(await read(await announce(owner, calls.alpha))).toEqual([]);
});

test('a proof expires by the clock of the database, at the latest after an hour', async () => {
  const owner = session('the owner');
  const [file = ''] = (
    await arena.login.as(owner, () => arena.login.rows('select id from ringfence.files'))
  ).map(({ id }) => String(id));
  expect(await read(await proofOf(owner, file, 0))).toEqual([]);
  expect(await begin(await announce(owner, calls.alpha, 0))).toEqual([]);
  expect(await begin(await announce(owner, calls.alpha, 60))).toHaveLength(1);
  const longest = await proofOf(owner, file, 1_000_000_000);
  expect(longest.expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(3_600_000);
});

test('a proof of before is worth nothing when the key is replaced', async () => {
  const owner = session('the owner');
  const [file = ''] = (
    await arena.login.as(owner, () => arena.login.rows('select id from ringfence.files'))
  ).map(({ id }) => String(id));
  const proof = await proofOf(owner, file);
  await arena.owner.query('begin');
  const { rows } = await arena.owner.query<{ file_inner_pad: Buffer }>(
    'select file_inner_pad from fence.seal_keys where retired_at is null',
  );
  await arena.owner.query(
    "update fence.seal_keys set file_inner_pad = sha256('another') where retired_at is null",
  );
  await arena.owner.query('commit');
  expect(await read(proof)).toEqual([]);
  await arena.owner.query('update fence.seal_keys set file_inner_pad = $1 where retired_at is null', [
    rows[0]?.file_inner_pad,
  ]);
  expect(await read(proof)).toHaveLength(1);
});

test('nobody who is served uses a proof, and the login makes none', async () => {
  const anybody = [randomUUID(), randomUUID(), new Date(), Buffer.alloc(32)];
  for (const name of ['the owner', 'a portal user', 'a token for all clients of the account'] as const) {
    await arena.login.as(session(name), async () => {
      for (const statement of [
        'select ringfence.file_to_read($1, $2, $3, $4)',
        'select ringfence.begin_upload($1, $2, $3, $4)',
      ])
        expect(await arena.login.attempt(statement, anybody)).toBe('42501');
    });
  }
  expect(await arena.login.outside("select ringfence.prove_reading('{}', 60)")).toBe('42501');
  expect(await arena.login.outside('select ringfence.prove_uploading($1)', [randomUUID()])).toBe('42501');
});

test('a proof for another session cannot be had, whatever is written into the settings', async () => {
  const mine = session('a scoped member, everything');
  const theirs = session('the owner');
  await arena.login.as(mine, async () => {
    const forged = await arena.login.attempt(
      `with forged as materialized (
         select set_config('ringfence.identity',
           overlay(current_setting('ringfence.identity') placing $2::text from 79 for 36), true))
       select p.* from forged, ringfence.prove_reading($1, 60) p`,
      [everyFile, theirs.credential.sessionId],
    );
    expect(forged).toBe('RF001');
  });
});

test('presenting a proof opens no session', async () => {
  const proof = await announce(session('the owner'), calls.alpha);
  const [row] = (await begin(proof)) as Record<string, unknown>[];
  const { login } = arena;
  await login.begin(null);
  const { session: of, subject, expiresAt, proof: bytes } = proof;
  const values = [of, subject, expiresAt, bytes];
  expect(await login.attempt(finishing, [...values, row?.file_id])).toEqual([{ finished: true }]);
  for (const role of ['ringfence_admin', 'ringfence_member_all', 'ringfence_portal']) {
    await login.rows(`set local role ${role}`);
    expect(await login.attempt('select from ringfence.clients')).toBe('RF001');
    await login.rows('reset role');
  }
  await login.rows('rollback');
});

test('what was uploaded is noted as done by whom the address was given to', async () => {
  const who = session('an administrator');
  const proof = await announce(who, calls.alpha);
  const [row] = (await begin(proof)) as Record<string, unknown>[];
  expect(await finish(proof, row?.file_id)).toEqual([{ finished: true }]);
  // Asked again, because the first answer was lost.
  expect(await finish(proof, row?.file_id)).toEqual([{ finished: true }]);
  const { rows } = await arena.owner.query(
    `select actor_kind, actor_id, session_id, action from ringfence.audit_entries
     where subject_id = $1 and action like 'RECORDING%' order by created_at desc limit 1`,
    [calls.alpha],
  );
  expect(rows).toEqual([
    {
      actor_kind: 'ADMIN',
      actor_id: who.principalId,
      session_id: who.credential.sessionId,
      action: 'RECORDING_REPLACED',
    },
  ]);
});

test('only the last try of an upload is kept, and only as what it began', async () => {
  const proof = await announce(session('the owner'), calls.alpha);
  const [first] = (await begin(proof)) as Record<string, unknown>[];
  const [second] = (await begin(proof)) as Record<string, unknown>[];
  expect(await finish(proof, first?.file_id)).toEqual([{ finished: false }]);
  expect(await finish(proof, everyFile[0])).toEqual([{ finished: false }]);
  expect(await finish(proof, second?.file_id)).toEqual([{ finished: true }]);
  expect(await begin(proof)).toEqual([]);
});

test('nobody is given the address of what somebody else announced', async () => {
  const proof = await announce(session('the owner'), calls.alpha);
  for (const name of ['an administrator', 'the owner of another account'] as const) {
    const given = await arena.login.as(session(name), () =>
      arena.login.rows('select * from ringfence.prove_uploading($1)', [proof.subject]),
    );
    expect(given).toEqual([]);
  }
});

test('a call of another account or out of reach is answered like one that is not there', async () => {
  const statements = [
    'select * from ringfence.create_recording_upload($1, null, null, null, 60)',
    'select ringfence.delete_recording($1, null, null)',
  ];
  for (const name of ['the owner', 'a token for some clients, everything'] as const) {
    for (const statement of statements)
      await arena.login.as(session(name), async () => {
        for (const call of [calls.beta, randomUUID()])
          expect(await arena.login.attempt(statement, [call])).toBe('RF006');
      });
  }
});
