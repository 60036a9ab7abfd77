// Links in mails. They begin with what the settings say, never with what a request says its host is. A token in one is derived
// from a key of the server's: nothing is stored, a mail that is sent again carries the same one, and raising the generation of
// what it is about voids it. A valid token proves that we made it, nothing more.
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Config } from '../config';

/** What a link is for: the token of one is none of another. */
export type LinkKind = 'invitation' | 'password-reset';

/** What a token names: an id, and the generation of it that the link was made for. */
export interface LinkSubject {
  id: string;
  generation: number;
}

const pages: Record<LinkKind, string> = {
  invitation: 'accept-invitation',
  'password-reset': 'reset-password',
};

const idBytes = 16;
const payloadBytes = idBytes + 4;

export class Links {
  /** `keys`: of the keyring, for the purpose `link`; the first makes tokens, all of them verify. */
  constructor(
    private readonly config: Pick<Config, 'PUBLIC_URL' | 'INVITATION_URL' | 'PASSWORD_RESET_URL'>,
    private readonly keys: readonly KeyObject[],
  ) {}

  /** The front end itself. */
  home(): string {
    return `${this.config.PUBLIC_URL}/`;
  }

  /** A page with a token behind the `#`, which browsers send to nobody. */
  to(kind: LinkKind, id: string, generation: number): string {
    const page = kind === 'invitation' ? this.config.INVITATION_URL : this.config.PASSWORD_RESET_URL;
    return `${page ?? this.home() + pages[kind]}#${this.token(kind, id, generation)}`;
  }

  /** What a token names; null: it is none of ours, or of another kind. */
  read(kind: LinkKind, token: string): LinkSubject | null {
    const [encoded = '', signature = '', ...more] = token.split('.');
    const payload = Buffer.from(encoded, 'base64url');
    const given = Buffer.from(signature, 'base64url');
    // In its one spelling: several texts decode to the same bytes.
    const spelled = `${payload.toString('base64url')}.${given.toString('base64url')}` === token;
    if (more.length > 0 || payload.length !== payloadBytes || !spelled) return null;
    const ours = this.keys.some((key) => {
      const expected = signatureOf(key, kind, payload);
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
    if (!ours) return null;
    const id = payload
      .subarray(0, idBytes)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    return { id, generation: payload.readUInt32BE(idBytes) };
  }

  private token(kind: LinkKind, id: string, generation: number): string {
    const [key] = this.keys;
    if (key === undefined) throw new Error('there is no key for links');
    const payload = Buffer.alloc(payloadBytes);
    payload.write(id.replaceAll('-', ''), 'hex');
    payload.writeUInt32BE(generation, idBytes);
    return `${payload.toString('base64url')}.${signatureOf(key, kind, payload).toString('base64url')}`;
  }
}

function signatureOf(key: KeyObject, kind: LinkKind, payload: Buffer): Buffer {
  return createHmac('sha256', key).update(`${kind}|`).update(payload).digest();
}
