// Files in a bucket of any service that speaks S3. A large file travels in parts, of which a few are in memory; it appears under
// its key when the last one has arrived, and parts of one that broke off are removed.
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Readable } from 'node:stream';
import type { Config } from '../config';
import type { ByteRange, Storage } from './storage';
import { requireKey, requirePrefix } from './storage-keys';

/** Each download holds a connection for as long as its reader takes; the default of 50 would let slow readers stop everybody. */
const downloadConnections = 500;
/** All else has connections of its own, so that no reader stops it. */
const otherConnections = 100;
const connectMilliseconds = 5000;
const tries = 3;
/** Of parts: the least that S3 takes, and the fewest at once, so that an upload costs 10 MiB of memory. */
const partBytes = 5 * 1024 * 1024;
const partsAtOnce = 2;

type S3Settings = Pick<
  Config,
  'S3_ENDPOINT' | 'S3_REGION' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY' | 'S3_ANSWER_MILLISECONDS'
> & {
  bucket: string;
};

/** How long to wait for an answer to begin; how long nothing may move. */
interface Timeouts {
  requestTimeout?: number;
  throwOnRequestTimeout?: boolean;
  socketTimeout?: number;
}

export class S3Storage implements Storage {
  /** Once it has begun, a download takes as long as its reader, whom the server watches. */
  private readonly downloads: S3Client;
  /** For all else: what moves there may never stall. */
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor(private readonly settings: S3Settings) {
    this.bucket = settings.bucket;
    const limit = settings.S3_ANSWER_MILLISECONDS;
    this.downloads = clientOf(settings, downloadConnections, {
      requestTimeout: limit,
      throwOnRequestTimeout: true,
    });
    this.client = clientOf(settings, otherConnections, { socketTimeout: limit });
  }

  /** There is nothing to be made: a bucket is there, or each request to it fails. */
  prepare(): Promise<void> {
    return Promise.resolve();
  }

  async write(key: string, content: Readable): Promise<void> {
    requireKey(key);
    const upload = new Upload({
      client: this.client,
      params: { Bucket: this.bucket, Key: key, Body: content },
      partSize: partBytes,
      queueSize: partsAtOnce,
      leavePartsOnError: false,
    });
    try {
      await upload.done();
    } catch (error) {
      content.destroy();
      // Removes the parts that have arrived, also where it was reading that failed.
      await upload.abort().catch(() => undefined);
      throw error;
    }
  }

  async read(key: string, range?: ByteRange): Promise<Readable | null> {
    requireKey(key);
    // Of the beginning alone: an answer that says that it cannot may stall as well.
    const beginning = new AbortController();
    const timer = setTimeout(() => beginning.abort(), tries * this.settings.S3_ANSWER_MILLISECONDS);
    try {
      const { Body } = await this.downloads.send(
        new GetObjectCommand({
          Bucket: this.bucket,
          Key: key,
          ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
        }),
        { abortSignal: beginning.signal },
      );
      return (Body as Readable | undefined) ?? null;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async delete(key: string): Promise<void> {
    requireKey(key);
    await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
  }

  async deletePrefix(prefix: string): Promise<number> {
    let removed = 0;
    // From the beginning each time: what was removed is not listed any more.
    for (;;) {
      const { keys } = await this.page(prefix);
      if (keys.length === 0) return removed;
      const { Errors: errors = [] } = await this.client.send(
        new DeleteObjectsCommand({
          Bucket: this.bucket,
          Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
        }),
      );
      const [error] = errors;
      if (error !== undefined) throw new Error(`${errors.length} files were not removed: ${error.Code}`);
      removed += keys.length;
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    let after: string | undefined;
    do {
      const { keys, next } = await this.page(prefix, after);
      yield* keys;
      after = next;
    } while (after !== undefined);
  }

  /** At most 1,000 keys, which is also how many are removed at once. */
  private async page(prefix: string, after?: string): Promise<{ keys: string[]; next: string | undefined }> {
    requirePrefix(prefix);
    const { Contents, NextContinuationToken } = await this.client.send(
      new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: after }),
    );
    return { keys: (Contents ?? []).flatMap(({ Key }) => Key ?? []), next: NextContinuationToken };
  }
}

function clientOf(settings: S3Settings, maxSockets: number, timeouts: Timeouts): S3Client {
  return new S3Client({
    region: settings.S3_REGION,
    maxAttempts: tries,
    requestHandler: {
      connectionTimeout: connectMilliseconds,
      ...timeouts,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets },
    },
    ...serviceOf(settings),
    ...credentialsOf(settings),
  });
}

/** Services other than AWS: the bucket stands in the path, and newer checksums are sent only where S3 demands one. */
function serviceOf({ S3_ENDPOINT: endpoint }: S3Settings) {
  return endpoint === undefined
    ? {}
    : {
        endpoint,
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED' as const,
        responseChecksumValidation: 'WHEN_REQUIRED' as const,
      };
}

/** Left out, the SDK looks where it always does: environment, profile, role of the machine. */
function credentialsOf({ S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey }: S3Settings) {
  return accessKeyId === undefined || secretAccessKey === undefined
    ? {}
    : { credentials: { accessKeyId, secretAccessKey } };
}
