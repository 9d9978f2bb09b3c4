import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { repository } from '../../scripts/cluster/paths.ts';
import { runCli } from '../../src/cli/program.ts';
import { usage } from '../../src/operator/flags.ts';
import { read } from './markdown.ts';

/** Finds the fault of a command by its words; undefined if it could be run. */
type Check = (words: readonly string[]) => string | undefined | Promise<string | undefined>;

const exists = (file: string): boolean => existsSync(path.join(repository, file));

const makeTargets: readonly string[] = [...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(
  ([, target = '']) => target,
);
const { scripts, version } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  version: string;
};

/** Files that a release has: it is written by `make release`. */
const releaseFiles = ['install.yaml', `session-store-operator-${version}.tgz`, 'SHA256SUMS'];

/** True for a file of the repository or a release; and for one without a folder, which a page asks its reader to make. */
const isFile = (file: string): boolean =>
  file === '-' ||
  !file.includes('/') ||
  exists(file) ||
  releaseFiles.some((name) => file === `dist-release/${name}`);

const filesNamed = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, index) => {
    if (/^(-f|-k|--filename|--kustomize|--patch-file)$/.test(words[index - 1] ?? '')) return [word];
    const [, value] =
      /^(?:-f|-k|--filename|--kustomize|--patch-file|--from-file)=(?:[^=]+=)?(.+)$/.exec(word) ?? [];
    return value === undefined ? [] : [value];
  });

const missingFile = (words: readonly string[]): string | undefined => {
  const missing = filesNamed(words).find((file) => !isFile(file));
  return missing && `there is no ${missing}`;
};

const values = () => parse(read('deploy/chart/values.yaml')) as Record<string, unknown>;

/** A value of the chart by its path, such as flags.logLevel. */
const hasValue = (name: string): boolean =>
  name
    .split('.')
    .reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], values()) !==
  undefined;

const helm: Check = (words) => {
  const set = words.flatMap((word, index) =>
    word.startsWith('--set=') ? word.slice(6) : words[index - 1] === '--set' ? word : [],
  );
  const unknown = set.map((word) => word.replace(/^'|=.*/g, '')).find((name) => !hasValue(name));
  const chart = words.find((word) => word.endsWith('.tgz'));
  if (chart !== undefined && !isFile(chart)) return `there is no ${chart}`;
  return unknown && `the chart has no value ${unknown}`;
};

/** The help of a command of this project's program; undefined if there is no such command. */
async function helpOf(command: readonly string[]): Promise<string | undefined> {
  let help = '';
  const output = { write: (text: string) => (help += text) };
  const terminal = { stdout: output, stderr: output, stdin: process.stdin, env: {} };
  await runCli([...command, '--help'], terminal);
  // For an unknown command, the help is that of the program.
  return help.includes(`sessionstore ${command.join(' ')}`) ? help : undefined;
}

const sessionstore: Check = async ([, ...words]) => {
  const [command] = words;
  if (command === undefined || command.startsWith('-')) return undefined;
  const help = command === 'operator' ? `${usage()} --help` : await helpOf([command]);
  if (help === undefined) return `there is no command ${command}`;
  const flags = words.filter((word) => word.startsWith('-')).map((word) => word.replace(/=.*/, ''));
  const known = new Set(help.match(/(?<=[\s,])--?[\w-]+/g));
  const unknown = flags.find((flag) => !known.has(flag));
  return unknown && `${command} has no flag ${unknown}`;
};

const kubectlCommands = new Set(
  (
    'annotate apply create delete describe exec explain get kustomize label logs patch port-forward replace rollout ' +
    'scale wait config edit version cluster-info api-resources auth cp drain cordon taint'
  ).split(' '),
);

const kubectl: Check = (words) => {
  const command = words.find((word, index) => index > 0 && !word.startsWith('-')) ?? '';
  if (command === 'sessionstore') return sessionstore(words.slice(1));
  // Krew is a plugin; test/krew runs this command.
  if (command === 'krew') return words.includes('install') ? undefined : 'pages install only';
  if (!kubectlCommands.has(command)) return `kubectl has no command ${command}`;
  return missingFile(words);
};

/** The tools that pages use, each with its check; any other command is refused. */
const checks: Readonly<Record<string, Check>> = {
  kubectl,
  helm,
  sessionstore,
  make: (words) => words.slice(1).find((word) => !word.includes('=') && !makeTargets.includes(word)),
  npm: ([, command = '', script = '']) =>
    command === 'run' && !(script in scripts) ? `package.json has no script ${script}` : undefined,
  npx: (words) => words.find((word) => word.startsWith('test/') && !word.includes('<') && !exists(word)),
  node: ([, file = '']) => (exists(file) ? undefined : `there is no ${file}`),
  docker: () => undefined,
  kind: () => undefined,
  export: () => undefined,
  curl: () => undefined,
  grep: () => undefined,
};

export const isCommand = (line: string): boolean => Object.hasOwn(checks, line.split(/\s/)[0] ?? '');

const wordsOf = (command: string): readonly string[] => command.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];

/** Faults of a line of a shell: of each of its commands, which may be joined by pipes or `&&`. */
export async function faultsOf(line: string): Promise<readonly string[]> {
  const commands = line.split(/\s+(?:\||&&)\s+(?=[a-z])/).map((command) => wordsOf(command));
  const faults = await Promise.all(
    commands.map((words) => {
      // Variables of the environment come first.
      const own = words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word)));
      const check = checks[own[0] ?? ''];
      return check ? check(own) : `${own[0]} is not a command that pages use`;
    }),
  );
  return faults.flatMap((fault) => (fault === undefined ? [] : [`${line}: ${fault}`]));
}
