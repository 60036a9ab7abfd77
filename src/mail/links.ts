// Links in mails. They begin with what the settings say, never with what a request says its host is. A token in one is derived
// from a key of the server's: nothing is stored, a mail that is sent again carries the same one, and raising the generation of
// what it is about voids it. A valid token proves that we made it, nothing more.
import type { KeyObject } from 'node:crypto';
import type { Config } from '../config';
import { idBytes, idOf, openPayload, signPayload } from '../sessions/signed-payload';

/** What a link is for: the token of one is none of another. */
export type LinkKind = 'invitation' | 'password-reset' | 'identity-verification';

/** What a token names: an id, and the generation of it that the link was made for. */
export interface LinkSubject {
  id: string;
  generation: number;
}

/** Where each leads: to our page, unless a setting names one of the front end. */
const pages = {
  invitation: { page: 'accept-invitation', setting: 'INVITATION_URL' },
  'password-reset': { page: 'reset-password', setting: 'PASSWORD_RESET_URL' },
  'identity-verification': { page: 'verify-identity', setting: 'IDENTITY_VERIFICATION_URL' },
} as const satisfies Record<LinkKind, { page: string; setting: keyof Config }>;

type PageSettings = Pick<Config, 'PUBLIC_URL' | (typeof pages)[LinkKind]['setting']>;

const idLength = 16;
const payloadBytes = idLength + 4;

export class Links {
  /** `keys`: of the keyring, for the purpose `link`; the first makes tokens, all of them verify. */
  constructor(
    private readonly config: PageSettings,
    private readonly keys: readonly KeyObject[],
  ) {}

  /** The front end itself. */
  home(): string {
    return `${this.config.PUBLIC_URL}/`;
  }

  /** A page with a token behind the `#`, which browsers send to nobody. */
  to(kind: LinkKind, id: string, generation: number): string {
    const { page, setting } = pages[kind];
    return `${this.config[setting] ?? this.home() + page}#${this.token(kind, id, generation)}`;
  }

  /** What a token names; null: it is none of ours, or of another kind. */
  read(kind: LinkKind, token: string): LinkSubject | null {
    const payload = openPayload(this.keys, kind, token);
    if (payload?.length !== payloadBytes) return null;
    return { id: idOf(payload.subarray(0, idLength)), generation: payload.readUInt32BE(idLength) };
  }

  private token(kind: LinkKind, id: string, generation: number): string {
    const payload = Buffer.alloc(payloadBytes);
    idBytes(id).copy(payload);
    payload.writeUInt32BE(generation, idLength);
    return signPayload(this.keys, kind, payload);
  }
}
