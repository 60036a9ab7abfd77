// `npm run bench`: installs what only the benchmark needs into this folder, compiles the project as production does, and runs
// the benchmark from what was compiled; `npm run bench:soak` and `bench:export` need nothing more.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const benchFolder = dirname(fileURLToPath(import.meta.url));
const projectFolder = dirname(benchFolder);

/** @param {string} program @param {string[]} parameters @param {string} folder */
function run(program, parameters, folder) {
  // What they say is progress; stdout has the result alone.
  const { status } = spawnSync(program, parameters, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

/** What has a main of its own, and compares with nobody that would have to be installed. */
const alone = ['soak', 'export'].find((name) => name === process.argv[2]);
if (alone !== undefined) process.argv.splice(2, 1);

const lockDigest = createHash('sha256')
  .update(readFileSync(join(benchFolder, 'package-lock.json')))
  .digest('hex');
const installedFile = join(benchFolder, 'node_modules/.installed');
if (
  alone === undefined &&
  (!existsSync(installedFile) || readFileSync(installedFile, 'utf8') !== lockDigest)
) {
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], benchFolder);
  writeFileSync(installedFile, lockDigest);
}

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
run(process.execPath, [compiler, '-p', join(benchFolder, 'tsconfig.json')], projectFolder);
// What pages load from beside the code.
for (const assets of ['src/pages/assets', 'src/graphql/playground/assets'])
  cpSync(join(projectFolder, assets), join(projectFolder, '.ringfence/bench/compiled', assets), {
    recursive: true,
  });
await import(join(projectFolder, '.ringfence/bench/compiled/bench', alone ?? '.', 'main.js'));
