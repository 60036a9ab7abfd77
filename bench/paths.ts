// Where things are. The benchmark runs compiled, from a folder that git ignores, and finds its own files through the project.
import { join } from 'node:path';
import { projectRoot } from '../src/project';

export const benchFolder = join(projectRoot, 'bench');
/** Databases, compiled code and profiles; may be deleted at any time. */
export const workFolder = join(projectRoot, '.ringfence/bench');
export const compiledFolder = join(workFolder, 'compiled');
