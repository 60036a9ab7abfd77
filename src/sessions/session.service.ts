import { randomBytes } from 'node:crypto';
import { accessToken } from '../access-tokens/access-token.service';
import { ownAccount } from '../accounts/account.service';
import { SealedKind } from '../database/transaction';
import type { Identity, RequestContext } from '../graphql/context';
import { deferred } from '../graphql/deferred';
import { ErrorCode, isApiError, unauthenticated, validationFailed } from '../graphql/errors';
import { isOfTeam, isPartner } from '../graphql/principal';
import { member } from '../members/member.service';
import { AccessScope, MemberRole } from '../members/member.types';
import type { Permission } from '../members/permission';
import { portalUser } from '../portal/portal-user.service';
import {
  type CompleteSignInInput,
  type CompleteSignInPayload,
  PrincipalKind,
  RefreshTokenPlace,
  type SignInInput,
  type SignUpInput,
  type SignInPayload,
  type Viewer,
} from './session.types';
import { lengthOf, maximumPasswordLength, requirePassword } from './password-policy';
import type { IssuedSession } from './sign-in';

/** Null: no member. */
const roleOf: Record<SealedKind, MemberRole | null> = {
  [SealedKind.OWNER]: MemberRole.OWNER,
  [SealedKind.ADMIN]: MemberRole.ADMIN,
  [SealedKind.MEMBER_ALL]: MemberRole.MEMBER,
  [SealedKind.MEMBER]: MemberRole.MEMBER,
  [SealedKind.PORTAL_USER]: null,
  [SealedKind.PARTNER_ALL]: null,
  [SealedKind.PARTNER]: null,
};

const anonymous: Viewer = {
  kind: PrincipalKind.ANONYMOUS,
  role: null,
  permissions: [],
  clientAccess: null,
  agentAccess: null,
  account: null,
  member: null,
  portalUser: null,
  accessToken: null,
  sessionExpiresAt: null,
};

/** Who the request acts for, as the database says. A token that is not valid is not the same as none. */
export async function viewer(context: RequestContext): Promise<Viewer> {
  if (context.principal === null) {
    if (context.rejectedToken) throw unauthenticated();
    return anonymous;
  }
  const identity = await context.identity();
  const role = roleOf[identity.kind];
  const kind = principalKindOf(identity);
  const scoped = [SealedKind.MEMBER, SealedKind.PORTAL_USER, SealedKind.PARTNER].includes(identity.kind);
  const { principalId } = identity;
  return {
    kind,
    role,
    permissions: [...identity.permissions] as Permission[],
    clientAccess: scoped ? AccessScope.ASSIGNED : AccessScope.ALL,
    agentAccess: () => agentAccessOf(context, identity.kind),
    account: () => ownAccount(context),
    member: kind === PrincipalKind.MEMBER ? deferred((info) => member(context, principalId, info)) : null,
    portalUser:
      kind === PrincipalKind.PORTAL_USER ? deferred((info) => portalUser(context, principalId, info)) : null,
    accessToken:
      kind === PrincipalKind.PARTNER_TOKEN
        ? deferred((info) => accessToken(context, principalId, info))
        : null,
    sessionExpiresAt: identity.sessionExpiresAt,
  };
}

/** What policies ask, by kind; null: nothing narrows it. */
const seesAllAgents: Record<SealedKind, string | null> = {
  [SealedKind.OWNER]: null,
  [SealedKind.ADMIN]: null,
  [SealedKind.MEMBER_ALL]: 'ringfence.member_sees_all_agents()',
  [SealedKind.MEMBER]: 'ringfence.member_sees_all_agents()',
  [SealedKind.PORTAL_USER]: 'ringfence.portal_sees_all_agents()',
  [SealedKind.PARTNER_ALL]: 'ringfence.partner_sees_all_agents()',
  [SealedKind.PARTNER]: 'ringfence.partner_sees_all_agents()',
};

async function agentAccessOf(context: RequestContext, kind: SealedKind): Promise<AccessScope> {
  const question = seesAllAgents[kind];
  if (question === null) return AccessScope.ALL;
  const [answer] = await context.transaction.query<{ all: boolean }>(`select ${question} as all`);
  return answer?.all === true ? AccessScope.ALL : AccessScope.ASSIGNED;
}

function principalKindOf(identity: Pick<Identity, 'kind'>): PrincipalKind {
  if (isPartner(identity)) return PrincipalKind.PARTNER_TOKEN;
  return isOfTeam(identity) ? PrincipalKind.MEMBER : PrincipalKind.PORTAL_USER;
}

export async function signIn(context: RequestContext, input: SignInInput): Promise<SignInPayload> {
  if (lengthOf(input.password) > maximumPasswordLength)
    throw validationFailed('input.password', `Has at most ${maximumPasswordLength} characters.`);
  const session = await context.services.signIn.signIn(
    { account: input.account?.toLowerCase() ?? null, email: input.email, password: input.password },
    context.http,
  );
  return becomeSignedIn(context, session, input.refreshTokenIn);
}

/** With the recovery codes where the code has confirmed a new factor: they are shown this once. */
export async function completeSignIn(
  context: RequestContext,
  { challenge, code, refreshTokenIn }: CompleteSignInInput,
): Promise<CompleteSignInPayload> {
  const { session, recoveryCodes } = await context.services.signIn.completeSignIn(
    challenge,
    code,
    context.http,
  );
  return { ...becomeSignedIn(context, session, refreshTokenIn), recoveryCodes };
}

export async function signUp(context: RequestContext, input: SignUpInput): Promise<SignInPayload> {
  await requirePassword('input.password', input.password, context.services.config.PASSWORD_MINIMUM);
  const session = await context.services.signIn.signUp(
    {
      slug: newSlug(input.accountName),
      accountName: input.accountName,
      timeZone: input.timeZone ?? 'UTC',
      locale: input.locale ?? 'en',
      currency: input.currency ?? 'EUR',
      name: input.name,
      email: input.email,
      password: input.password,
    },
    context.http,
  );
  return becomeSignedIn(context, session, input.refreshTokenIn);
}

export async function refreshSession(context: RequestContext, given: string | null): Promise<SignInPayload> {
  const token = given ?? context.http.refreshCookie;
  const session = token === null ? null : await context.services.signIn.refresh(token, context.http);
  if (session === null) throw unauthenticated();
  return becomeSignedIn(context, session, given === null ? RefreshTokenPlace.COOKIE : RefreshTokenPlace.BODY);
}

/** Ends the session of the access token and that of the refresh token, whichever were sent. A partner token has none. */
export async function signOut(context: RequestContext, given: string | null): Promise<boolean> {
  const token = given ?? context.http.refreshCookie;
  const byRefreshToken = token !== null && (await context.services.signIn.signOut(token));
  const byAccessToken =
    context.principal !== null && !isPartner(context.principal) && (await endOwnSession(context));
  context.http.setRefreshCookie(null);
  return byRefreshToken || byAccessToken;
}

/** False: it has ended already, which is all that was wanted. */
async function endOwnSession(context: RequestContext): Promise<boolean> {
  try {
    const [answer] = await context.transaction.query<{ ended: boolean }>(
      'select ringfence.sign_out() as ended',
    );
    return answer?.ended ?? false;
  } catch (error) {
    if (isApiError(error) && error.extensions.code === ErrorCode.UNAUTHENTICATED) return false;
    throw error;
  }
}

/** The rest of the operation acts as whoever has just signed in. */
export function becomeSignedIn(
  context: RequestContext,
  session: IssuedSession,
  place: RefreshTokenPlace,
): SignInPayload {
  context.principal = context.services.signIn.accessTokens.verify(session.accessToken);
  const inCookie = place === RefreshTokenPlace.COOKIE;
  if (inCookie)
    context.http.setRefreshCookie({ token: session.refreshToken, expiresAt: session.sessionExpiresAt });
  return {
    accessToken: session.accessToken,
    accessTokenExpiresAt: session.accessTokenExpiresAt.toISOString(),
    refreshToken: inCookie ? null : session.refreshToken,
    viewer: () => viewer(context),
  };
}

/** Never asked for and never guessable: that a slug is taken would tell of another account. */
function newSlug(accountName: string): string {
  const words = accountName
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  return `${words || 'account'}-${randomBytes(4).toString('hex')}`;
}
