// An export under way: kind after kind out of one snapshot, looking from time to time whether it may go on. However it ends,
// the last that is written of it says whether it is complete.
import { copyStatement, type Kind, type Reader } from './kinds';
import { RowReader, type CopiedRow } from './rows';

/** Why an export ended before it was complete. */
export type Reason =
  'REVOKED' | 'TOKEN_EXPIRED' | 'CLIENT_DELETING' | 'TOO_LONG' | 'SHUTTING_DOWN' | 'FAILED' | 'CUT_OFF';

/** One state of the database, read as whoever may read it. */
export interface Snapshot {
  readonly reader: Reader;
  copyOut(statement: string): AsyncIterable<Buffer>;
  /** Ends it; throws where it did not hold to the end. */
  close(): Promise<void>;
}

/** A kind that is left out: the permission that it would take, or that the client would have to be restored. */
export type Withheld = { kind: string; permission: string } | { kind: string; reason: 'CLIENT_ARCHIVED' };

/** What an export says of itself before the first row. */
export interface About {
  clientId: string;
  /** What is in it belongs to this time. */
  snapshotAt: string;
  kinds: string[];
  /** Kinds that are left out. */
  withheld: Withheld[];
}

/** What it says after the last. */
export interface End {
  complete: boolean;
  reason?: Reason;
  /** Rows that were written, by kind. */
  counts: Record<string, number>;
}

export interface Guard {
  /** Why it may not go on; null: it may. Asked before rows are handed out, and at `last` before it is called complete. */
  look(last: boolean): Promise<Reason | null>;
  /** What the failure of a read means. */
  reasonOf(error: unknown): Reason;
  /** Writes down how it went. */
  ended(end: End): Promise<void>;
}

export class Run {
  readonly counts: Record<string, number> = {};
  private reason: Reason | null = null;

  constructor(
    readonly about: About,
    readonly kinds: readonly Kind[],
    private readonly snapshot: Snapshot,
    private readonly guard: Guard,
  ) {}

  /** Whether nothing more is read. */
  get over(): boolean {
    return this.reason !== null;
  }

  /** Ends it for a reason; the first counts. */
  stop(reason: Reason): void {
    this.reason ??= reason;
  }

  /** The rows of a kind as they come, each lot written by `write`; fewer than there are where it had to end. */
  async *written(kind: Kind, write: (rows: CopiedRow[]) => string): AsyncGenerator<Buffer> {
    if (this.over) return;
    this.counts[kind.name] = 0;
    const reader = new RowReader();
    try {
      for await (const piece of this.snapshot.copyOut(copyStatement(kind, this.snapshot.reader))) {
        await this.look(false);
        if (this.over) return;
        yield this.write(kind, reader.take(piece), write);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** At once, so that nothing but bytes is kept while they wait to be taken: a million rows leave little behind. */
  private write({ name }: Kind, rows: CopiedRow[], write: (rows: CopiedRow[]) => string): Buffer {
    this.counts[name] = (this.counts[name] ?? 0) + rows.length;
    return Buffer.from(write(rows));
  }

  /** Ends the snapshot, and answers how it went. */
  async end(): Promise<End> {
    try {
      await this.snapshot.close();
      await this.look(true);
    } catch (error) {
      this.fail(error);
    }
    const { reason, counts } = this;
    const end = reason === null ? { complete: true, counts } : { complete: false, reason, counts };
    await this.guard.ended(end);
    return end;
  }

  private async look(last: boolean): Promise<void> {
    const reason = this.over ? null : await this.guard.look(last);
    if (reason !== null) this.stop(reason);
  }

  private fail(error: unknown): void {
    if (!this.over) this.stop(this.guard.reasonOf(error));
  }
}
