/** Bundles the program into a folder: `node scripts/bundle.ts dist/program`. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { licencesOf } from './licences.ts';

const repository = path.resolve(import.meta.dirname, '..');
const inSource = (name: string) => path.join(repository, 'src', name);

/** A worker thread is started with a file of its own. */
const input = { main: inSource('main.ts'), 'worker-thread': inSource('stores/directory/worker-thread.ts') };

/**
 * The modules of client-node define classes and functions and do nothing else when they are loaded, which its package.json
 * does not say: with it said here, only KubeConfig and what that needs of it stay in the bundle.
 */
const treeshake = { moduleSideEffects: [{ test: /@kubernetes[\\/]client-node[\\/]/, sideEffects: false }] };

/** A file for each command and each store, named after its source: `postgres-byte-store.js`. */
function fileName({ name, isDynamicEntry, facadeModuleId }: PreRenderedChunk): string {
  if (!isDynamicEntry || !facadeModuleId) return `${name}.js`;
  const { dir, name: module } = path.parse(facadeModuleId);
  return `${path.basename(dir)}-${module}.js`;
}
type PreRenderedChunk = Pick<OutputChunk, 'name' | 'isDynamicEntry' | 'facadeModuleId'>;

/**
 * Writes the program with all that it needs of its dependencies, and their licences, into the folder, which holds nothing else
 * afterwards. Names stay as they are in the source, so that a stack can be read.
 */
export async function bundle(folder: string): Promise<readonly OutputChunk[]> {
  await using build = await rolldown({ input, platform: 'node', treeshake, external: ['pg-native'] });
  const { output } = await build.write({
    dir: folder,
    cleanDir: true,
    chunkFileNames: fileName,
    // Else the first module that two commands share gives its name to the file with zod in it.
    codeSplitting: { groups: [{ name: 'zod', test: /node_modules[\\/]zod[\\/]/ }] },
    comments: { legal: true, jsdoc: false },
  });
  const chunks = output.filter((file) => file.type === 'chunk');
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
  await writeFile(path.join(folder, 'THIRD-PARTY-LICENCES.txt'), await licencesOf(modules));
  return chunks;
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Expected the folder to bundle the program into');
  await bundle(folder);
}
