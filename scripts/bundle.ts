/** Bundles the program into a folder: `node scripts/bundle.ts dist/program`. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type OutputChunk, type Plugin, type PreRenderedChunk, rolldown } from 'rolldown';
import { licencesOf } from './licences.ts';

const repository = path.resolve(import.meta.dirname, '..');

/**
 * Programs in one folder: the name and the source of each file that others load. Each program has its own copy of the
 * modules that several use, so that it loads only what it needs of them. A worker thread is started with a file of its
 * own, which loads no zod.
 */
const programs = {
  main: { main: 'src/main.ts' },
  runner: {
    'runner-setup': 'src/commands/setup.ts',
    'runner-plan-store': 'src/commands/plan-store.ts',
    'runner-find-sessions': 'src/commands/find-sessions.ts',
    'runner-delete-old': 'src/commands/delete-old.ts',
  },
  'worker-thread': { 'worker-thread': 'src/stores/directory/cleanup/worker-thread.ts' },
  operator: { operator: 'src/commands/operator.ts' },
  cli: { cli: 'src/cli/main.ts' },
} as const;

export type ProgramName = keyof typeof programs;

/** The programs that images hold: all but the commands for people. */
export const programsOfImages: readonly ProgramName[] = ['main', 'runner', 'worker-thread', 'operator'];

/**
 * The programs of a run are CommonJS: for an ES module Node reads every export of each built-in module that it imports,
 * which loads worker_threads and others that a run does not use (docs/adr/0018).
 */
const formatOf = (program: ProgramName) =>
  program === 'runner' || program === 'worker-thread' ? ('cjs' as const) : ('esm' as const);

const extensionOf = (program: ProgramName) => (formatOf(program) === 'cjs' ? 'cjs' : 'js');

/**
 * Modules that only define functions and classes when they are loaded: those of the pure core and of the stores, and
 * those of client-node, with a package.json that does not state that. Unused modules are left out: of client-node only
 * KubeConfig and its dependencies stay.
 */
const definitions = [/[\\/]src[\\/](api|layouts|stores)[\\/]/, /[\\/]@kubernetes[\\/]client-node[\\/]/];
const treeshake = { moduleSideEffects: definitions.map((test) => ({ test, sideEffects: false })) };

/** The files of programs, by their sources as main.ts imports them. */
const filesOfOthers = new Map(
  (Object.keys(programs) as ProgramName[]).flatMap((program) =>
    Object.entries(programs[program]).map(([name, file]) => [
      file.replace('src/', './'),
      `./${name}.${extensionOf(program)}`,
    ]),
  ),
);

/** A command is loaded from the file of its program. */
const othersApart: Plugin = {
  name: 'others-apart',
  resolveId: (id) => {
    const other = filesOfOthers.get(id);
    return other === undefined ? undefined : { id: other, external: true };
  },
};

/** A file for each command, store and package that is loaded when it is needed, named after it: `postgres-store`. */
function nameOf({ name, isDynamicEntry, facadeModuleId }: PreRenderedChunk): string {
  if (!isDynamicEntry || !facadeModuleId) return name;
  const installed = /node_modules[\\/](?:@[^\\/]+[\\/])?([^\\/]+)/.exec(facadeModuleId)?.[1];
  if (installed) return installed;
  const { dir, name: module } = path.parse(facadeModuleId);
  return `${path.basename(dir)}-${module}`;
}

/** The modules of one store, and its driver, are in no file that others load: a run loads those of its own store alone. */
const ofNoStore = /^(?!.*[\\/](?:node_modules|stores[\\/](?:postgres|mysql|directory))[\\/])/;
/** A run on files loads no module of tables, and no TLS. */
const ofNoServer =
  /^(?!.*[\\/](?:node_modules|stores[\\/](?:postgres|mysql|directory|tables|discover|connection[\\/]tls(?:-connect)?\.ts))(?:[\\/]|$))/;

/**
 * One file of all that several commands or stores share, and one for stores on a server: each file costs the runner's
 * start half a millisecond. The commands for people have a file for each set that shares a module, so that help and
 * completion load no schema.
 */
const codeSplitting = {
  groups: [
    { name: 'zod', test: /node_modules[\\/]zod[\\/]/ },
    { name: 'shared', minShareCount: 2, test: ofNoServer },
    { name: 'servers', minShareCount: 2, test: ofNoStore },
  ],
};

async function bundleOne(program: ProgramName, folder: string): Promise<readonly OutputChunk[]> {
  await using build = await rolldown({
    input: programs[program],
    cwd: repository,
    platform: 'node',
    treeshake,
    external: ['pg-native'],
    plugins: program === 'main' ? [othersApart] : [],
  });
  const extension = extensionOf(program);
  const { output } = await build.write({
    dir: folder,
    format: formatOf(program),
    strict: true,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: (chunk) => `${program}-${nameOf(chunk)}.${extension}`,
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
