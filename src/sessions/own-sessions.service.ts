import type { RequestContext } from '../graphql/context';
import type { Session } from './own-sessions.types';

/** Where the principal is signed in, the session used last first. */
export function ownSessions(context: RequestContext): Promise<Session[]> {
  return context.transaction.query<Session>(
    `select id, created_at as "createdAt", last_used_at as "lastUsedAt", expires_at as "expiresAt",
            user_agent as "userAgent", address, current from ringfence.own_sessions()`,
  );
}

/** Ends one of one's own sessions, null: all but the one that asks. Answers how many were open. NOT_FOUND. */
export async function revokeOwnSessions(context: RequestContext, id: string | null): Promise<number> {
  const [answer] = await context.transaction.query<{ ended: number }>(
    'select ringfence.end_own_sessions($1) as ended',
    [id],
  );
  return answer?.ended ?? 0;
}
