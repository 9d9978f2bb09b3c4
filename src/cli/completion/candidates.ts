import type { Argument, Command, Option } from 'commander';

/** A word that may stand at the place of the last one. */
export interface Candidate {
  readonly word: string;
  readonly description?: string;
}

/** Names that only the cluster or the kubeconfig knows. */
export type NameSource = 'stores' | 'namespaces' | 'contexts';

/** Everything that may stand there; `prefix` is the part of the last word before the value: `--output=`. */
export interface Completions {
  readonly candidates: readonly Candidate[];
  readonly names?: NameSource;
  readonly isFile?: true;
  readonly prefix: string;
}

/** Options with names as values. */
const namesOfOption: Readonly<Record<string, NameSource>> = {
  namespace: 'namespaces',
  context: 'contexts',
};

/** Options with the name of a file as a value. */
const ofFile: ReadonlySet<string> = new Set(['kubeconfig', 'filename', 'file']);

interface Position {
  readonly command: Command;
  /** The option that waits for its value. */
  readonly pending?: Option;
  /** Arguments of the command so far. */
  readonly count: number;
}

const optionOf = (command: Command, word: string): Option | undefined =>
  command.options.find(({ short, long }) => word === short || word === long);

const takesValue = (option: Option | undefined): option is Option =>
  option?.required === true || option?.optional === true;

/** Follows the words before the last one. */
function positionAfter(root: Command, words: readonly string[]): Position {
  return words.reduce<Position>(
    ({ command, pending, count }, word) => {
      if (pending) return { command, count };
      const option = optionOf(command, word);
      if (takesValue(option)) return { command, count, pending: option };
      if (word.startsWith('-')) return { command, count };
      const child = command.commands.find((candidate) => candidate.name() === word);
      return child ? { command: child, count: 0 } : { command, count: count + 1 };
    },
    { command: root, count: 0 },
  );
}

const candidate = (word: string, description = ''): Candidate => ({
  word,
  ...(description !== '' && { description }),
});

function valuesOf(option: Option, prefix: string): Completions {
  const names = namesOfOption[option.attributeName()];
  return {
    candidates: (option.argChoices ?? []).map((choice) => candidate(choice)),
    prefix,
    ...(names && { names }),
    ...(ofFile.has(option.attributeName()) && { isFile: true }),
  };
}

const optionsOf = (command: Command): readonly Candidate[] => [
  ...command.options
    .filter(({ hidden }) => !hidden)
    .flatMap(({ short, long, description }) =>
      [long, short].filter((flag) => flag !== undefined).map((flag) => candidate(flag, description)),
    ),
  candidate('--help', 'display help for command'),
];

/** The argument at this place; the last one takes all further words if it is variadic. */
function argumentAt({ registeredArguments }: Command, count: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[count] ?? (last?.variadic ? last : undefined);
}

/** An argument called `name` is that of a SessionStore. */
function argumentsAt(command: Command, count: number): Completions {
  const argument = argumentAt(command, count);
  return {
    candidates: (argument?.argChoices ?? []).map((choice) => candidate(choice)),
    prefix: '',
    ...(argument?.name() === 'name' && { names: 'stores' }),
  };
}

const commandsOf = (root: Command): readonly Candidate[] =>
  root
    .createHelp()
    .visibleCommands(root)
    .map((command) => candidate(command.name(), command.description()));

/** All that may stand at the place of the last word, whatever it begins with. */
export function completionsOf(root: Command, words: readonly string[]): Completions {
  const last = words.at(-1) ?? '';
  const { command, pending, count } = positionAfter(root, words.slice(0, -1));
  if (pending) return valuesOf(pending, '');
  const flag = /^--[^=]+(?==)/.exec(last)?.[0];
  const assigned = flag === undefined ? undefined : optionOf(command, flag);
  if (takesValue(assigned)) return valuesOf(assigned, `${flag}=`);
  if (last.startsWith('-')) return { candidates: optionsOf(command), prefix: '' };
  return command === root ? { candidates: commandsOf(root), prefix: '' } : argumentsAt(command, count);
}
