import type { Command } from 'commander';
import { allOf } from '../../kube/list.ts';
import { namespacesPath } from '../../kube/paths.ts';
import { type Access, type AccessOptions, openAccess } from '../access.ts';
import { sessionStores } from '../session-stores.ts';
import type { Terminal } from '../terminal.ts';
import { type Candidate, type Completions, completionsOf, type NameSource } from './candidates.ts';

/** Seconds that a shell waits for names, which are a help and not more; for a slow cluster, this variable changes it. */
const limit = { variable: 'SESSIONSTORE_COMPLETION_SECONDS', default: 2 } as const;

/** The value of an option among words: `-n shop`, `--namespace shop`, `--namespace=shop`. */
function valueIn(words: readonly string[], ...flags: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (flags.includes(word)) return words[index + 1];
    const flag = flags.find((each) => word.startsWith(`${each}=`));
    if (flag !== undefined) return word.slice(flag.length + 1);
  }
  return undefined;
}

function accessOptionsIn(words: readonly string[]): AccessOptions {
  const namespace = valueIn(words, '-n', '--namespace');
  const context = valueIn(words, '--context');
  const kubeconfig = valueIn(words, '--kubeconfig');
  return {
    ...(namespace !== undefined && { namespace }),
    ...(context !== undefined && { context }),
    ...(kubeconfig !== undefined && { kubeconfig }),
  };
}

const readers: Readonly<
  Record<Exclude<NameSource, 'contexts'>, (access: Access) => Promise<readonly string[]>>
> = {
  stores: async (access) =>
    (await sessionStores(access, access.namespace)).map(({ metadata }) => metadata.name),
  namespaces: async ({ server }) =>
    (await allOf<{ readonly metadata: { readonly name: string } }>(server, namespacesPath)).map(
      ({ metadata }) => metadata.name,
    ),
};

async function contextsOf({ kubeconfig }: AccessOptions): Promise<readonly string[]> {
  const { newKubeconfig } = await import('../../commands/kubeconfig.ts');
  const config = newKubeconfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  return config.getContexts().map(({ name }) => name);
}

/** The names of a source; empty where they cannot be read, or not in time. */
async function namesOf(source: NameSource, options: AccessOptions): Promise<readonly string[]> {
  if (source === 'contexts') return contextsOf(options);
  await using access = await openAccess(options);
  return readers[source](access);
}

async function inTime(names: Promise<readonly string[]>, env: Terminal['env']): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(resolve, 1000 * (Number(env[limit.variable]) || limit.default), []);
  });
  try {
    return await Promise.race([names, late]);
  } catch {
    // A shell has no place for an error beside what is being typed.
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** Directives of cobra, which kubectl reads: the shell itself adds names of files, or no further word. */
const directives = { files: ':0', noFiles: ':4' } as const;

/** Candidates as kubectl's plugins print them: a line each, its description after a tab, and a directive at the end. */
export function protocolText({ candidates, isFile, prefix }: Completions, last: string): string {
  const lines = candidates
    .map(({ word, description }) => ({ word: `${prefix}${word}`, description }))
    .filter(({ word }) => word.startsWith(last))
    .map(({ word, description }) => (description === undefined ? word : `${word}\t${description}`));
  return [...lines, isFile ? directives.files : directives.noFiles].map((line) => `${line}\n`).join('');
}

/** Prints the words that may stand at the place of the last one, for the scripts of shells and for kubectl. */
export async function complete(
  root: Command,
  words: readonly string[],
  { stdout, env }: Terminal,
): Promise<void> {
  const completions = completionsOf(root, words);
  const names = completions.names
    ? await inTime(namesOf(completions.names, accessOptionsIn(words)), env)
    : [];
  const known: readonly Candidate[] = names
    .filter((name) => completions.names !== 'stores' || !words.slice(0, -1).includes(name))
    .map((word) => ({ word }));
  const candidates = [...completions.candidates, ...known];
  stdout.write(protocolText({ ...completions, candidates }, words.at(-1) ?? ''));
}
