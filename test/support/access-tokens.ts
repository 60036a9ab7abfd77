// Partner tokens over HTTP: minted as somebody would, and used as a program does.
import { Caller } from './client';
import {
  AccessTokensDocument,
  CreateAccessTokenDocument,
  ClientsDocument,
  ViewerDocument,
  type CreateAccessTokenInput,
  type CreateAccessTokenMutation,
} from './documents.generated';

export interface Minted {
  id: string;
  text: string;
  accessToken: CreateAccessTokenMutation['createAccessToken']['accessToken'];
  /** Acts with it. */
  caller: Caller;
}

export const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** What it takes to mint a token for these clients; left out: all. */
export function tokenInput(
  permissions: CreateAccessTokenInput['permissions'],
  clientIds?: string[],
  more: Partial<CreateAccessTokenInput> = {},
): CreateAccessTokenInput {
  const clients = clientIds === undefined ? { allClients: true } : { clientIds };
  return { name: 'Nightly sync', permissions, expiresAt: inDays(30), ...clients, ...more };
}

/** Mints a token; fails the test when it is refused. */
export async function mint(by: Caller, input: CreateAccessTokenInput): Promise<Minted> {
  const { token, accessToken } = (await by.get(CreateAccessTokenDocument, { input })).createAccessToken;
  if (token === null) throw new Error('the token was not shown');
  return { id: accessToken.id, text: token, accessToken, caller: new Caller(by.url, token) };
}

/** Names of the clients that somebody sees, archived ones left out; or the code of a refusal. */
export async function clientsSeenBy(caller: Caller): Promise<string[] | string> {
  const { data, errors } = await caller.ask(ClientsDocument, { first: 100 });
  return errors?.[0]?.extensions.code ?? data?.clients.nodes.map(({ name }) => name).sort() ?? 'nothing';
}

/** What somebody may do now; or the code of a refusal. */
export async function permissionsOf(caller: Caller): Promise<string[] | string> {
  const { data, errors } = await caller.ask(ViewerDocument);
  return errors?.[0]?.extensions.code ?? [...(data?.viewer.permissions ?? [])].sort();
}

/** Ids of the tokens that somebody lists. */
export async function tokensListedBy(caller: Caller): Promise<string[]> {
  const { accessTokens } = await caller.get(AccessTokensDocument, { first: 100 });
  return accessTokens.nodes.map(({ id }) => id);
}
