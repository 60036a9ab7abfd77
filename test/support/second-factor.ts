// Second factors as people have them: an app with a secret, and the time, which is the database's.
import type { Client } from 'pg';
import { Secret, TOTP } from 'otpauth';
import { Caller, send, type GraphqlAnswer } from './client';
import {
  CompleteSignInDocument,
  ConfirmSecondFactorDocument,
  SignInDocument,
  StartSecondFactorDocument,
  type CompleteSignInMutation,
} from './documents.generated';
import { print } from 'graphql';
import { oneRow } from './stored';
import { password, type TestMember } from './arrange';
import { signInAs } from './world';
import type { TestServer } from './server';

const stepSeconds = 30;

/** The step of 30 seconds that it is, by the clock of the database. */
export async function presentStep(owner: Client): Promise<number> {
  const { seconds } = await oneRow<{ seconds: number }>(
    owner,
    'select extract(epoch from clock_timestamp())::float8 as seconds',
  );
  return Math.floor(seconds / stepSeconds);
}

export function codeOfStep(secret: string, step: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: step * stepSeconds * 1000 });
}

/** The code that an app shows now. */
export async function codeNow(owner: Client, secret: string): Promise<string> {
  return codeOfStep(secret, await presentStep(owner));
}

/** As if the last code had been used long ago: nobody waits 30 seconds for another one. */
export async function forgetUse(owner: Client, { id }: { id: string }): Promise<void> {
  await owner.query(
    `update fence.second_factors f set last_step = 0 from fence.logins l
     where l.account_id = f.account_id and l.id = f.login_id and $1 in (l.member_id, l.portal_user_id)`,
    [id],
  );
}

export interface Enrolled {
  secret: string;
  recoveryCodes: string[];
  /** The session that turned the factor on. */
  caller: Caller;
}

/** Signs a member in, and turns their second factor on; its code counts as used long ago. */
export async function enrol(
  server: Pick<TestServer, 'url' | 'owner'>,
  member: TestMember,
): Promise<Enrolled> {
  const caller = await signInAs(server, member);
  const { startSecondFactor } = await caller.get(StartSecondFactorDocument, { input: { password } });
  const secret = startSecondFactor.secret ?? '';
  const code = await codeNow(server.owner, secret);
  const { confirmSecondFactor } = await caller.get(ConfirmSecondFactorDocument, { input: { code } });
  await forgetUse(server.owner, member);
  return { secret, recoveryCodes: confirmSecondFactor.recoveryCodes ?? [], caller };
}

export interface Asked {
  challenge: string;
  setup: { secret: string; uri: string } | undefined;
}

/** Signs in with the password, and fails the test where no code is asked for. */
export async function asked(url: string, { email }: { email: string }, chosen = password): Promise<Asked> {
  const { errors, data } = await send(url, null, print(SignInDocument), {
    input: { email, password: chosen },
  });
  const { code, challenge, setup } = errors?.[0]?.extensions ?? {};
  if (code !== 'SECOND_FACTOR_REQUIRED' || challenge === undefined)
    throw new Error(`no code was asked for: ${JSON.stringify({ data, errors })}`);
  return { challenge, setup };
}

export function complete(
  url: string,
  challenge: string,
  code: string,
): Promise<GraphqlAnswer<CompleteSignInMutation>> {
  return new Caller(url, null).ask(CompleteSignInDocument, { input: { challenge, code } });
}

/** What completing is refused with; undefined: it was not. */
export async function completionCode(
  url: string,
  challenge: string,
  code: string,
): Promise<string | undefined> {
  return (await complete(url, challenge, code)).errors?.[0]?.extensions.code;
}
