// The addresses of files: whoever has one may read that file, or upload that one, and nothing else, until it expires. There is no
// credential in it. A proof is, which the database made for the session that asked (db/functions/77_files.sql) and which stands for
// whatever that session may at the moment of use; and our signature over all of it, so that rubbish is refused without asking.
import type { KeyObject } from 'node:crypto';
import type { Config } from '../config';
import { idBytes, idOf, openPayload, signPayload } from '../sessions/signed-payload';

/** What an address is for: one of the one kind is none of the other. */
export type FilePurpose = 'files' | 'uploads';

/** What an address says. */
export interface FileClaim {
  /** Of a partner token: the token. */
  sessionId: string;
  /** The file, or the upload. */
  subjectId: string;
  expiresAt: Date;
  proof: Buffer;
}

const idLength = 16;
const secondsLength = 6;
const proofLength = 32;
const payloadLength = 2 * idLength + secondsLength + proofLength;

export class FileUrls {
  /** `keys`: of the keyring, for the purpose `file`; the first signs, all of them verify. */
  constructor(
    private readonly config: Pick<Config, 'FILES_URL'>,
    private readonly keys: readonly KeyObject[],
  ) {}

  /** Also the path: `/files/…`, `/uploads/…`. */
  to(purpose: FilePurpose, { sessionId, subjectId, expiresAt, proof }: FileClaim): string {
    const seconds = Buffer.alloc(secondsLength);
    seconds.writeUIntBE(expiresAt.getTime() / 1000, 0, secondsLength);
    const payload = Buffer.concat([idBytes(sessionId), idBytes(subjectId), seconds, proof]);
    return `${this.config.FILES_URL}/${purpose}/${signPayload(this.keys, purpose, payload)}`;
  }

  /** What the last part of an address says; null: we did not make it. Whether it has expired, the database decides. */
  read(purpose: FilePurpose, token: string): FileClaim | null {
    const payload = openPayload(this.keys, purpose, token);
    if (payload?.length !== payloadLength) return null;
    const at = 2 * idLength;
    const expiresAt = new Date(payload.readUIntBE(at, secondsLength) * 1000);
    return {
      sessionId: idOf(payload.subarray(0, idLength)),
      subjectId: idOf(payload.subarray(idLength, at)),
      expiresAt,
      proof: payload.subarray(at + secondsLength),
    };
  }
}
