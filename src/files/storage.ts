// Where bytes are kept, and nothing else about them: what a file is, and who may read it, stands in the database. Keys are made
// of ids alone, so nothing that somebody typed reaches a path or a bucket.
import type { Readable } from 'node:stream';
import { resolve } from 'node:path';
import type { Config } from '../config';
import { projectRoot } from '../project';
import { DiskStorage } from './disk-storage';
import { S3Storage } from './s3-storage';

/** Whose a file is, and which. */
export interface FileLocation {
  accountId: string;
  clientId: string;
  fileId: string;
}

/** Bytes of a file by position, both included. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface Storage {
  /**
   * Makes a place that nothing was kept in yet one that files are kept in; asks whether any are kept, so that a folder that is
   * not mounted is not taken for a new one. Throws where it is.
   */
  prepare(filesAreKept: () => Promise<boolean>): Promise<void>;
  /** Keeps what a stream brings: all of it, safe from a crash, when this resolves; nothing when it rejects. Nobody else writes the same key. */
  write(key: string, content: Readable): Promise<void>;
  /** Null: there is nothing under this key. */
  read(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Also what a write of it left that did not come to its end. Nothing under the key is no error. */
  delete(key: string): Promise<void>;
  /** Removes everything under a prefix, in batches, and answers how many files that were. Again after a failure: it goes on. */
  deletePrefix(prefix: string): Promise<number>;
  /** Keys under a prefix, in no particular order. */
  list(prefix: string): AsyncIterable<string>;
}

/** `<account id>/<client id>/<file id>`. */
export function fileKey({ accountId, clientId, fileId }: FileLocation): string {
  return `${clientPrefix({ accountId, clientId })}${fileId}`;
}

/** What all keys of a client's files begin with. */
export function clientPrefix({ accountId, clientId }: Omit<FileLocation, 'fileId'>): string {
  return `${accountId}/${clientId}/`;
}

/** The storage of a configuration. */
export function openStorage(config: Config): Storage {
  const { S3_BUCKET: bucket } = config;
  return bucket === undefined
    ? new DiskStorage(resolve(projectRoot, config.FILES_DIRECTORY))
    : new S3Storage({ ...config, bucket });
}
