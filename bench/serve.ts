// `npm run bench -- serve`: only Ringfence, on the database of the benchmark, to profile or to try things by hand.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workFolder } from './paths';
import { say } from './say';
import type { Stage } from './stage';
import type { Work } from './works';

export async function serve({ start, accessToken, sample, urls }: Stage, works: Work[]): Promise<void> {
  const server = await start('ringfence');
  say(`API       ${server.url}`);
  say(`database  ${urls.adminUrl}`);
  const header = join(workFolder, 'authorization');
  writeFileSync(header, `authorization: Bearer ${accessToken}\n`);
  for (const work of works) {
    const body = join(workFolder, `${work.id}.json`);
    writeFileSync(body, (work.bodies(sample).ringfence[0] ?? '').replaceAll('%n%', '0'));
    say(`${work.id}        curl -H @${header} -H 'content-type: application/json' -d @${body} ${server.url}`);
  }
  say('Ctrl-C stops everything.');
  await new Promise(() => undefined);
}
