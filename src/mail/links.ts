// Links in mails. They begin with PUBLIC_URL, never with what a request says its host is. A token in one is derived from a
// key of the server's: nothing is stored, a mail that is sent again carries the same one, and raising the generation of what
// it is about voids it.
import { createHmac, type KeyObject } from 'node:crypto';

export class Links {
  /** `keys`: of the keyring, for the purpose `link`; the first makes tokens, all of them verify. */
  constructor(
    private readonly publicUrl: string,
    private readonly keys: readonly KeyObject[],
  ) {}

  /** The front end itself. */
  home(): string {
    return `${this.publicUrl}/`;
  }

  /** A page of the front end with a token behind the `#`, which browsers send to nobody. */
  withToken(page: string, kind: string, id: string, generation: number): string {
    const [token] = this.tokens(kind, id, generation);
    return `${this.publicUrl}/${page}#${token ?? ''}`;
  }

  /** The token of a link under each key, the one that is given out first: one of them must be what somebody presents. */
  tokens(kind: string, id: string, generation: number): string[] {
    return this.keys.map((key) =>
      createHmac('sha256', key).update(`${kind}|${id}|${generation}`).digest('base64url'),
    );
  }
}
