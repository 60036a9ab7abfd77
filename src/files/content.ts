// What arrives: its first bytes, which say what it is, and all of it, measured while it passes.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { fileTypeFromBuffer } from 'file-type';

/** As many as the recognition of types looks at. */
const headBytes = 4100;

export interface ContentType {
  contentType: string;
  extension: string;
}

/** What is taken for a recording, by what is recognized: as browsers call it. */
const audioTypes: Record<string, ContentType> = {
  'audio/wav': { contentType: 'audio/wav', extension: 'wav' },
  'audio/mpeg': { contentType: 'audio/mpeg', extension: 'mp3' },
  'audio/ogg': { contentType: 'audio/ogg', extension: 'ogg' },
  'audio/flac': { contentType: 'audio/flac', extension: 'flac' },
  'audio/aac': { contentType: 'audio/aac', extension: 'aac' },
  'audio/mp4': { contentType: 'audio/mp4', extension: 'm4a' },
  'audio/x-m4a': { contentType: 'audio/mp4', extension: 'm4a' },
  'audio/amr': { contentType: 'audio/amr', extension: 'amr' },
};

/** The type of audio by its first bytes; null: it is none that we take. */
export async function audioTypeOf(head: Buffer): Promise<ContentType | null> {
  const recognized = await fileTypeFromBuffer(head);
  // Some carry the codec: `audio/ogg; codecs=opus`.
  const [name = ''] = recognized?.mime.split(';') ?? [];
  return audioTypes[name] ?? null;
}

/** The first bytes of a stream, and a stream that begins with them. Rejects when the first breaks off before. */
export async function peek(
  source: AsyncIterable<Buffer>,
): Promise<{ head: Buffer; whole: AsyncGenerator<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < headBytes && !ended) {
    const next = await chunks.next();
    if (next.done) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield head;
    while (!ended) {
      const next = await chunks.next();
      if (next.done) return;
      yield next.value;
    }
  }
  return { head, whole: whole() };
}

/** More arrived than may. */
export class TooLargeError extends Error {}

export class Measured {
  private readonly hash = createHash('sha256');
  byteCount = 0;

  /** Passes on what it measures; fails with TooLargeError beyond the limit. */
  stream(source: AsyncIterable<Buffer>, maximumBytes: number): Readable {
    return Readable.from(this.measure(source, maximumBytes), { objectMode: false });
  }

  /** sha256 of what has passed; when all of it has. */
  digest(): Buffer {
    return this.hash.digest();
  }

  private async *measure(source: AsyncIterable<Buffer>, maximumBytes: number): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.byteCount += chunk.length;
      if (this.byteCount > maximumBytes) throw new TooLargeError('the file is too large');
      this.hash.update(chunk);
      yield chunk;
    }
  }
}
