// Who a partner token is. What it may do changes with whoever it belongs to, so the database is asked at each request; what it
// answers is a hint like that of an access token, and opening the session decides.
import type { Logger } from 'pino';
import type { Database } from '../database/database';
import type { SealedKind } from '../database/transaction';
import type { SignedInPrincipal } from '../graphql/principal';
import type { SignIn } from '../sessions/sign-in';
import type { PresentedToken } from './token-text';

/** How long the use of tokens is kept before it is written: it is shown to the minute. */
const noteAfterMilliseconds = 30_000;

export class PartnerTokens {
  private used = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly signIn: SignIn,
    private readonly logger: Logger,
  ) {}

  /** Whom a token stands for; null: it opens nothing. */
  async resolve({ id, secretDigest }: PresentedToken): Promise<SignedInPrincipal | null> {
    const [found] = await this.database.askAsLogin<{
      kind: SealedKind;
      accountId: string;
      permissions: string[];
    }>('select kind, account_id as "accountId", permissions from ringfence.resolve_access_token($1, $2)', [
      id,
      secretDigest,
    ]);
    if (found === undefined) return null;
    this.used.add(id);
    this.timer ??= setTimeout(() => void this.note(), noteAfterMilliseconds).unref();
    const { kind, accountId, permissions } = found;
    return {
      kind,
      accountId,
      principalId: id,
      permissions: new Set(permissions),
      credential: { sessionId: id, secretDigest, kind },
    };
  }

  /** Writes what was used since the last time. What can't be written now is kept for the next time. */
  async note(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const used = this.used;
    if (used.size === 0) return;
    this.used = new Set();
    try {
      await this.signIn.noteTokenUse([...used]);
    } catch (error) {
      for (const id of used) this.used.add(id);
      this.logger.warn({ err: error }, 'the use of access tokens was not noted');
    }
  }
}
