// Files that pages of this server load, from its own disk: each has a route of its own, there is no folder that is served. A
// page asks nobody but this server for anything, and runs no script that stands in it.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';

export interface AssetFile {
  name: string;
  file: string;
  contentType: string;
}

interface Asset {
  name: string;
  contentType: string;
  content: Buffer;
  compressed: Buffer;
}

export const javascript = 'text/javascript; charset=utf-8';
export const stylesheet = 'text/css; charset=utf-8';

const oneYearInSeconds = 31_536_000;
const versionLength = 12;

/** Serves files below a path, and answers the address of their folder. */
export async function serveAssets(
  app: FastifyInstance,
  path: string,
  files: readonly AssetFile[],
): Promise<string> {
  const assets = await Promise.all(files.map(readAsset));
  // One version for all files, in the folder's name: modules import each other by relative address, and a change in one of
  // them must not meet a cached other.
  const folder = `${path}/${versionOf(assets)}`;
  for (const asset of assets) {
    app.get(`${folder}/${asset.name}`, async (request, reply) => {
      setPageHeaders(reply);
      reply
        .header('cache-control', `public, max-age=${oneYearInSeconds}, immutable`)
        .header('vary', 'accept-encoding')
        .type(asset.contentType);
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(asset.content);
      return reply.header('content-encoding', 'gzip').send(asset.compressed);
    });
  }
  return folder;
}

/**
 * What a page may do. Set on the reply and not by a plugin: a header of the reply wins over the one that a policy for the
 * whole server has put on the raw response. `styleNonce`: for style elements that a script of the page inserts.
 */
export function setPageHeaders(reply: FastifyReply, styleNonce?: string): FastifyReply {
  const styleSources = styleNonce === undefined ? "'self'" : `'self' 'nonce-${styleNonce}'`;
  return reply
    .header(
      'content-security-policy',
      [
        "default-src 'none'",
        "script-src 'self'",
        `style-src ${styleSources}`,
        "connect-src 'self'",
        "img-src data: 'self'",
        "font-src data: 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; '),
    )
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer');
}

async function readAsset({ name, file, contentType }: AssetFile): Promise<Asset> {
  const content = await readFile(file);
  return { name, contentType, content, compressed: await promisify(gzip)(content) };
}

function versionOf(assets: Asset[]): string {
  const hash = createHash('sha256');
  for (const asset of assets) hash.update(asset.name).update(asset.content);
  return hash.digest('hex').slice(0, versionLength);
}
