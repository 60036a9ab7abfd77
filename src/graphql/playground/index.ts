import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';

/*
 * The playground: GraphiQL with a sign-in above it, served by this process from its own disk.
 *
 * It guards two things. The page asks nobody but this server for anything, so it works offline and tells
 * nobody who uses it. And of node_modules only the files in the list below can be fetched: each has a route
 * of its own, there is no folder that is served.
 */

export type PlaygroundOptions = {
  /** Where the page stands, for example '/playground'. */
  path: string;
  /** The address of the GraphQL API on the same origin, for example '/graphql'. */
  endpoint: string;
  /** Principals that one click signs in as. Empty hides the menu. */
  demoSignIns: { label: string; email: string }[];
  /** The password of all demo principals. It stands in the page, so it is null unless this is a demo. */
  demoPassword: string | null;
};

type Asset = { name: string; contentType: string; content: Buffer; compressed: Buffer };

const javascript = 'text/javascript; charset=utf-8';
const stylesheet = 'text/css; charset=utf-8';

const ownFolder = join(__dirname, 'assets');

/** Everything the page may load. A file that is not listed here does not exist. */
const assetFiles: { name: string; file: string; contentType: string }[] = [
  { name: 'react.js', file: inPackage('react', 'umd/react.production.min.js'), contentType: javascript },
  {
    name: 'react-dom.js',
    file: inPackage('react-dom', 'umd/react-dom.production.min.js'),
    contentType: javascript,
  },
  { name: 'graphiql.js', file: inPackage('graphiql', 'graphiql.min.js'), contentType: javascript },
  { name: 'graphiql.css', file: inPackage('graphiql', 'graphiql.min.css'), contentType: stylesheet },
  { name: 'playground.css', file: join(ownFolder, 'playground.css'), contentType: stylesheet },
  { name: 'icon.svg', file: join(ownFolder, 'icon.svg'), contentType: 'image/svg+xml' },
  ...[
    'playground.js',
    'act-as-menu.js',
    'api.js',
    'code-step.js',
    'editor-storage.js',
    'examples.js',
    'fetcher.js',
    'headers.js',
    'session.js',
    'token-bridge.js',
    'top-bar.js',
  ].map((name) => ({ name, file: join(ownFolder, name), contentType: javascript })),
];

const oneYearInSeconds = 31_536_000;
const versionLength = 12;
const nonceBytes = 16;

export async function registerPlayground(app: FastifyInstance, options: PlaygroundOptions): Promise<void> {
  const assets = await Promise.all(assetFiles.map(readAsset));
  const template = await readFile(join(ownFolder, 'playground.html'), 'utf8');
  // One version for all files, in the folder's name: the modules import each other by relative address, and
  // a change in one of them must not meet a cached other.
  const assetsPath = `${options.path}/assets/${versionOf(assets)}`;

  app.get(options.path, async (_request, reply) => {
    const styleNonce = randomBytes(nonceBytes).toString('base64');
    setSecurityHeaders(reply, styleNonce);
    return reply
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(renderPage(template, assetsPath, styleNonce, options));
  });

  for (const asset of assets) {
    app.get(`${assetsPath}/${asset.name}`, async (request, reply) => {
      setSecurityHeaders(reply);
      reply
        .header('cache-control', `public, max-age=${oneYearInSeconds}, immutable`)
        .header('vary', 'accept-encoding')
        .type(asset.contentType);
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(asset.content);
      return reply.header('content-encoding', 'gzip').send(asset.compressed);
    });
  }
}

/**
 * Set on the reply and not by a plugin: a header of the reply wins over the one that a policy for the whole
 * server has put on the raw response.
 *
 * The nonce is for the one style element that GraphiQL's dialogs insert. Everything else styles through the
 * object model, which the policy does not concern.
 */
function setSecurityHeaders(reply: FastifyReply, styleNonce?: string): void {
  const styleSources = styleNonce === undefined ? "'self'" : `'self' 'nonce-${styleNonce}'`;
  reply
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

function renderPage(
  template: string,
  assetsPath: string,
  styleNonce: string,
  { endpoint, demoSignIns, demoPassword }: PlaygroundOptions,
): string {
  // Without the password a click on a demo principal could do nothing, so none is offered.
  const offeredSignIns = demoPassword === null ? [] : demoSignIns;
  const config = JSON.stringify({ endpoint, demoSignIns: offeredSignIns, demoPassword, styleNonce })
    // A label that holds a closing tag must not end the element that the configuration stands in.
    .replaceAll('<', '\\u003c');
  return template.replaceAll('{{assets}}', () => assetsPath).replace('{{config}}', () => config);
}

async function readAsset(asset: (typeof assetFiles)[number]): Promise<Asset> {
  const content = await readFile(asset.file);
  return {
    name: asset.name,
    contentType: asset.contentType,
    content,
    compressed: await promisify(gzip)(content),
  };
}

function versionOf(assets: Asset[]): string {
  const hash = createHash('sha256');
  for (const asset of assets) hash.update(asset.name).update(asset.content);
  return hash.digest('hex').slice(0, versionLength);
}

function inPackage(packageName: string, file: string): string {
  return join(dirname(require.resolve(`${packageName}/package.json`)), file);
}
