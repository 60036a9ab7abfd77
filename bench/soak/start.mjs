// `npm run bench:soak`: compiles the project as production does, and runs the soak from what was compiled.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const benchFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const projectFolder = dirname(benchFolder);
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', join(benchFolder, 'tsconfig.json')], {
  cwd: projectFolder,
  stdio: ['ignore', 2, 2],
});
if (status !== 0) process.exit(status ?? 1);
await import(join(projectFolder, '.ringfence/bench/compiled/bench/soak/main.js'));
