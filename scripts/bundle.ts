/** Bundles the program into a folder: `node scripts/bundle.ts dist/program`. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type OutputChunk, type Plugin, type PreRenderedChunk, rolldown } from 'rolldown';
import { licencesOf } from './licences.ts';

const repository = path.resolve(import.meta.dirname, '..');
const source = path.join(repository, 'src');

/**
 * Programs in one folder, each with its own copy of the modules that several use, so that it loads only what it needs
 * of them.
 * A worker thread is started with a file of its own, which loads no zod.
 */
const programs = {
  main: 'main.ts',
  'worker-thread': 'stores/directory/cleanup/worker-thread.ts',
  operator: 'commands/operator.ts',
  cli: 'cli/main.ts',
} as const;

export type ProgramName = keyof typeof programs;

/** The programs that images hold: all but the commands for people. */
export const programsOfImages: readonly ProgramName[] = ['main', 'worker-thread', 'operator'];

/**
 * Modules that only define functions and classes when they are loaded: those of the pure core and of the stores, and
 * those of client-node, with a package.json that does not state that. Unused modules are left out: of client-node only
 * KubeConfig and its dependencies stay.
 */
const definitions = [/[\\/]src[\\/](api|layouts|stores)[\\/]/, /[\\/]@kubernetes[\\/]client-node[\\/]/];
const treeshake = { moduleSideEffects: definitions.map((test) => ({ test, sideEffects: false })) };

/** A command that is a program of its own is loaded by that program's name. */
const othersApart: Plugin = {
  name: 'others-apart',
  resolveId: (id) => {
    const other = (['operator', 'cli'] as const).find((name) => id === `./${programs[name]}`);
    return other && { id: `./${other}.js`, external: true };
  },
};

/** A file for each command, store and package that is loaded when it is needed, named after it: `postgres-store.js`. */
function fileName({ name, isDynamicEntry, facadeModuleId }: PreRenderedChunk): string {
  if (!isDynamicEntry || !facadeModuleId) return `${name}.js`;
  const installed = /node_modules[\\/](?:@[^\\/]+[\\/])?([^\\/]+)/.exec(facadeModuleId)?.[1];
  if (installed) return `${installed}.js`;
  const { dir, name: module } = path.parse(facadeModuleId);
  return `${path.basename(dir)}-${module}.js`;
}

/** The modules of one store, and its driver, are in no file that all share: a run loads those of its own store alone. */
const ofNoStore = /^(?!.*[\\/](?:node_modules|stores[\\/](?:postgres|mysql|directory))[\\/])/;

/**
 * One file of all that several commands or stores share: each file costs the runner's start half a millisecond. The
 * commands for people have a file for each set that shares a module, so that help and completion load no schema.
 */
const codeSplitting = {
  groups: [
    { name: 'zod', test: /node_modules[\\/]zod[\\/]/ },
    { name: 'shared', minShareCount: 2, test: ofNoStore },
  ],
};

async function bundleOne(program: ProgramName, folder: string): Promise<readonly OutputChunk[]> {
  await using build = await rolldown({
    input: { [program]: path.join(source, programs[program]) },
    platform: 'node',
    treeshake,
    external: ['pg-native'],
    plugins: program === 'main' ? [othersApart] : [],
  });
  const { output } = await build.write({
    dir: folder,
    chunkFileNames: (chunk) => `${program === 'main' ? 'runner' : program}-${fileName(chunk)}`,
    ...(program !== 'cli' && { codeSplitting }),
    comments: { legal: true, jsdoc: false },
  });
  return output.filter((file) => file.type === 'chunk');
}

/**
 * Writes the program with all that it needs of its dependencies, and their licences, into the folder, and removes all
 * other files from it; returns the files of each program. Names stay as they are in the source, so that a stack can be
 * read.
 */
export async function bundle(
  folder: string,
  names = Object.keys(programs) as readonly ProgramName[],
): Promise<ReadonlyMap<ProgramName, readonly OutputChunk[]>> {
  await rm(folder, { recursive: true, force: true });
  const bundled = await Promise.all(
    names.map(async (name) => [name, await bundleOne(name, folder)] as const),
  );
  const modules = bundled.flatMap(([, chunks]) => chunks.flatMap(({ moduleIds }) => moduleIds));
  await writeFile(path.join(folder, 'THIRD-PARTY-LICENCES.txt'), await licencesOf(modules));
  return new Map(bundled);
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Expected the folder to bundle the program into');
  await bundle(folder);
}
