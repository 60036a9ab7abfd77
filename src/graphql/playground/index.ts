import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { javascript, serveAssets, setPageHeaders, stylesheet, type AssetFile } from '../../http/assets';

// The playground: GraphiQL with a sign-in above it, served by this process from its own disk. The page asks nobody but this
// server for anything, so it works offline and tells nobody who uses it.

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

const ownFolder = join(__dirname, 'assets');

/** Everything the page may load. A file that is not listed here does not exist. */
const assetFiles: AssetFile[] = [
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

const nonceBytes = 16;

export async function registerPlayground(app: FastifyInstance, options: PlaygroundOptions): Promise<void> {
  const template = await readFile(join(ownFolder, 'playground.html'), 'utf8');
  const assetsPath = await serveAssets(app, `${options.path}/assets`, assetFiles);

  app.get(options.path, async (_request, reply) => {
    const styleNonce = randomBytes(nonceBytes).toString('base64');
    // The nonce is for the one style element that GraphiQL's dialogs insert. Everything else styles through the object
    // model, which the policy does not concern.
    return setPageHeaders(reply, styleNonce)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(renderPage(template, assetsPath, styleNonce, options));
  });
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

function inPackage(packageName: string, file: string): string {
  return join(dirname(require.resolve(`${packageName}/package.json`)), file);
}
