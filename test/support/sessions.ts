// Sessions as clients hold them: a pair of tokens.
import { codeOf, dataOf, post, postDocument } from './http';
import {
  type RefreshSessionMutation,
  RefreshSessionDocument,
  type SignInMutation,
  SignInDocument,
  type SignInMutationVariables,
  ViewerDocument,
} from './documents.generated';
import { Caller } from './client';
import { password } from './arrange';

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** Signs in with the refresh token in the body. */
export async function startSession(
  url: string,
  { email }: { email: string },
  more: Partial<SignInMutationVariables['input']> = {},
): Promise<Tokens> {
  const answer = await postDocument(url, SignInDocument, { input: { email, password, ...more } });
  return tokensOf(dataOf<SignInMutation>(answer).signIn);
}

/** Exchanges a refresh token; fails the test when it is refused. */
export async function refreshed(url: string, refreshToken: string): Promise<Tokens> {
  const answer = await postDocument(url, RefreshSessionDocument, { input: { refreshToken } });
  return tokensOf(dataOf<RefreshSessionMutation>(answer).refreshSession);
}

/** The code with which a refresh token is refused; undefined: it was exchanged. Asks for nothing that could fail by itself. */
export async function refreshCode(url: string, refreshToken: string): Promise<string | undefined> {
  const query = 'mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { accessToken } }';
  return codeOf(await post(url, { query, variables: { input: { refreshToken } } }));
}

/** What `viewer` says to a token: a kind, or the code of a refusal. */
export async function viewerOf(url: string, accessToken: string | null): Promise<string | undefined> {
  const { data, errors } = await new Caller(url, accessToken).ask(ViewerDocument);
  return errors?.[0]?.extensions.code ?? data?.viewer.kind;
}

function tokensOf({
  accessToken,
  refreshToken,
}: {
  accessToken: string;
  refreshToken: string | null;
}): Tokens {
  if (refreshToken === null) throw new Error('the refresh token is not in the body');
  return { accessToken, refreshToken };
}
