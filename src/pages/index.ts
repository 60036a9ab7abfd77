// Pages for the links in mails: accepting an invitation, choosing a new password, confirming an address. For those who have no front
// end of their own for them. The token stays behind the `#` of the address, which browsers send to nobody.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { javascript, serveAssets, setPageHeaders, stylesheet, type AssetFile } from '../http/assets';

const ownFolder = join(__dirname, 'assets');
const playgroundFolder = join(__dirname, '../graphql/playground/assets');

const pages = ['accept-invitation', 'reset-password', 'verify-identity'];

const assetFiles: AssetFile[] = [
  { name: 'pages.css', file: join(ownFolder, 'pages.css'), contentType: stylesheet },
  { name: 'icon.svg', file: join(playgroundFolder, 'icon.svg'), contentType: 'image/svg+xml' },
  { name: 'api.js', file: join(playgroundFolder, 'api.js'), contentType: javascript },
  ...['page.js', ...pages.map((page) => `${page}.js`)].map((name) => ({
    name,
    file: join(ownFolder, name),
    contentType: javascript,
  })),
];

/** Serves the pages; `home` is where they lead on. */
export async function registerPages(app: FastifyInstance, home: string): Promise<void> {
  const assetsPath = await serveAssets(app, '/pages', assetFiles);
  for (const page of pages) {
    const template = await readFile(join(ownFolder, `${page}.html`), 'utf8');
    const html = template.replaceAll('{{assets}}', assetsPath).replaceAll('{{home}}', home);
    app.get(`/${page}`, (_request, reply) =>
      setPageHeaders(reply).type('text/html; charset=utf-8').send(html),
    );
  }
}
