import type { GraphQLResolveInfo } from 'graphql';
import { selectList } from '../database/columns';
import { Conditions, containsPattern } from '../database/conditions';
import { defineRowLoader } from '../database/loaders';
import { defineOrderings, type Connection } from '../database/paging';
import { ShownOnce } from '../graphql/change';
import type { RequestContext } from '../graphql/context';
import { emailAt, invalidLink, notFound, unauthenticated } from '../graphql/errors';
import { pageOf } from '../graphql/reading';
import type { LinkSubject } from '../mail/links';
import { AccessScope, MemberRole } from '../members/member.types';
import { requirePassword } from '../sessions/password-policy';
import { becomeSignedIn } from '../sessions/session.service';
import type { SignInPayload } from '../sessions/session.types';
import type { Login } from '../sessions/sign-in';
import { Invitation, statusOf } from './invitation.entity';
import {
  type AcceptInvitationInput,
  type InvitationsArgs,
  type InviteMemberInput,
  type InvitePortalUserInput,
  type ReceivedInvitation,
} from './invitation.types';

const orderings = defineOrderings('invitations', {
  CREATED_AT: { sortKey: 'i.created_at', type: 'timestamptz' },
});

/** What the first link of an invitation carries. */
const firstGeneration = 1;

export const invitationById = defineRowLoader<Invitation>(Invitation, 'ringfence.invitations');

/** One invitation. NOT_FOUND. */
export async function invitation(
  context: RequestContext,
  id: string,
  info: GraphQLResolveInfo,
): Promise<Invitation> {
  const found = await invitationById(context.reading(info), info).load(id);
  if (found === null) throw notFound();
  return found;
}

export function invitations(
  context: RequestContext,
  args: InvitationsArgs,
  info: GraphQLResolveInfo,
): Promise<Connection<Invitation>> {
  const { accountId, kind: viewerKind } = context.signedIn;
  const conditions = new Conditions();
  conditions.add(`i.account_id = ${conditions.bind(accountId)}`);
  const { kind, status, clientId } = args.filter ?? {};
  if (kind != null) conditions.add(`i.kind = any (${conditions.bind(kind)})`);
  if (status != null) conditions.add(`${statusOf('i')} = any (${conditions.bind(status)})`);
  // Members are invited by the house client, which is nobody's to name.
  if (clientId != null)
    conditions.add(`i.kind = 'PORTAL_USER' and i.client_id = ${conditions.bind(clientId)}`);
  if (args.search != null && args.search.trim() !== '') {
    const pattern = conditions.bind(containsPattern(args.search.trim()));
    conditions.add(`(i.name ilike ${pattern} or i.email ilike ${pattern})`);
  }
  const list = {
    select: selectList(Invitation, 'i', viewerKind, info),
    from: 'ringfence.invitations i',
    id: 'i.id',
    conditions,
    ordering: orderings[args.orderBy],
  };
  return pageOf(context, list, args, info);
}

export type SentInvitation = { id: string; link: ShownOnce };

/** Adds a member who is invited. EMAIL_TAKEN, FORBIDDEN, NOT_FOUND (clientIds, agentIds). */
export async function inviteMember(
  context: RequestContext,
  input: InviteMemberInput,
): Promise<SentInvitation> {
  const { name, jobTitle = null, email, role, permissions, clientIds, agentAccess, agentIds } = input;
  const clientAccess = role === MemberRole.MEMBER ? input.clientAccess : AccessScope.ALL;
  const [sent] = await context.transaction.query<{ id: string }>(
    'select ringfence.invite_member($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as id',
    [
      name,
      jobTitle,
      email,
      role,
      permissions,
      clientAccess,
      clientIds,
      agentAccess,
      agentIds,
      lifetime(context),
    ],
  );
  if (sent === undefined) throw notFound();
  return withLink(context, sent.id, firstGeneration);
}

/** Adds a portal user who is invited. VALIDATION_FAILED (no email), EMAIL_TAKEN, FORBIDDEN, NOT_FOUND (clientId, agentIds), AGENT_IS_PUBLIC, CONFLICT. */
export async function invitePortalUser(
  context: RequestContext,
  input: InvitePortalUserInput,
  emailPath = 'input.email',
): Promise<SentInvitation> {
  const {
    clientId,
    name = null,
    email = null,
    viewsRecordings,
    viewsBillableMinutes,
    agentIds = null,
  } = input;
  const [sent] = await emailAt(
    emailPath,
    context.transaction.query<{ id: string }>(
      'select ringfence.invite_portal_user($1, $2, $3, $4, $5, $6, $7) as id',
      [clientId, name, email, viewsRecordings, viewsBillableMinutes, agentIds, lifetime(context)],
    ),
  );
  if (sent === undefined) throw notFound('clientId');
  return withLink(context, sent.id, firstGeneration);
}

/** Sends an invitation again; earlier links are void. FORBIDDEN, NOT_FOUND, CONFLICT. */
export async function resendInvitation(context: RequestContext, id: string): Promise<SentInvitation> {
  const [sent] = await context.transaction.query<{ generation: number }>(
    'select ringfence.resend_invitation($1, $2) as generation',
    [id, lifetime(context)],
  );
  if (sent === undefined) throw notFound();
  return withLink(context, id, sent.generation);
}

export async function cancelInvitation(context: RequestContext, id: string): Promise<void> {
  await context.transaction.query('select ringfence.cancel_invitation($1)', [id]);
}

/** What an invitation says to whoever holds its link. NOT_FOUND, whatever the reason. */
export function receivedInvitation(context: RequestContext, token: string): Promise<ReceivedInvitation> {
  return received(context, subjectOf(context, token));
}

async function received(
  { services: { signIn } }: RequestContext,
  subject: LinkSubject,
): Promise<ReceivedInvitation> {
  const [found] = await signIn.call<Omit<ReceivedInvitation, 'expiresAt'> & { expiresAt: Date }>(
    `select kind, account_name as "accountName", client_name as "clientName", invited_by as "invitedBy", name, email,
       password_minimum as "passwordMinimum", expires_at as "expiresAt" from signin.invitation($1, $2)`,
    [subject.id, subject.generation],
  );
  if (found === undefined) throw invalidLink();
  return { ...found, expiresAt: found.expiresAt.toISOString() };
}

/** Sets the password and signs in. NOT_FOUND, whatever the reason; VALIDATION_FAILED (password). */
export async function acceptInvitation(
  context: RequestContext,
  input: AcceptInvitationInput,
): Promise<SignInPayload> {
  const { signIn } = context.services;
  const subject = subjectOf(context, input.token);
  const { passwordMinimum } = await received(context, subject);
  await requirePassword('input.password', input.password, passwordMinimum);
  const passwordHash = await signIn.passwords.hash(input.password);
  const [accepted] = await signIn.call<Omit<Login, 'password_hash'>>(
    'select * from signin.accept_invitation($1, $2, $3)',
    [subject.id, subject.generation, passwordHash],
  );
  // Somebody else was faster, or it was cancelled meanwhile.
  if (accepted === undefined) throw invalidLink();
  const session = await signIn.startSession({ ...accepted, password_hash: passwordHash }, context.http);
  if (session === undefined) throw unauthenticated();
  return becomeSignedIn(context, session, input.refreshTokenIn);
}

function subjectOf({ services }: RequestContext, token: string): LinkSubject {
  const subject = services.links.read('invitation', token);
  if (subject === null) throw invalidLink();
  return subject;
}

function lifetime(context: RequestContext): number {
  return context.services.config.INVITATION_SECONDS;
}

function withLink({ services }: RequestContext, id: string, generation: number): SentInvitation {
  return { id, link: new ShownOnce(services.links.to('invitation', id, generation)) };
}
