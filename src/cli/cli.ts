import { type Command, Option } from 'commander';
import { visible } from '../api/visible.ts';
import { commandFailureOf } from './command-failure.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { outputFormats } from './output-format.ts';
import type { Terminal } from './terminal.ts';

/** A command's work: its arguments and options as commander read them. */
export interface Invocation<Options> {
  readonly args: readonly string[];
  readonly options: Options;
  readonly terminal: Terminal;
  /** The name by which the program was called: `sessionstore`, or `kubectl sessionstore`. */
  readonly program: string;
}

export type CommandHandler<Options> = (invocation: Invocation<Options>) => Promise<ExitCode>;

/** Declares a command: its arguments, options and help, and where its work is loaded from. */
export type Declare = (cli: Cli) => Command;

/** One call of the program: what commands get from it, and the exit code that they leave. */
export class Cli {
  readonly terminal: Terminal;
  exitCode: ExitCode = exitCodes.ok;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /**
   * An action that loads the command's work when it is called: completion and help load no Kubernetes client and no
   * driver. Errors become a sentence and an exit code.
   */
  action<Options>(load: () => Promise<CommandHandler<Options>>): (...args: unknown[]) => Promise<void> {
    return async (...args) => {
      const command = args.at(-1) as Command;
      const { terminal } = this;
      try {
        const handler = await load();
        this.exitCode = await handler({
          args: command.args,
          options: command.opts<object>() as Options,
          terminal,
          program: command.parent?.name() ?? 'sessionstore',
        });
      } catch (error) {
        const { exitCode, message } = commandFailureOf(error);
        this.exitCode = exitCode;
        terminal.stderr.write(`${command.parent?.name()} ${command.name()}: ${visible(message)}\n`);
        if (terminal.env['DEBUG'] && exitCode === exitCodes.software)
          terminal.stderr.write(`${(error as Error).stack}\n`);
      }
    };
  }
}

/** Adds the options of a command that talks to the cluster: those that kubectl has, by its names. */
export function withAccess(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', 'namespace; default: that of the context')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig; default: $KUBECONFIG, then ~/.kube/config');
}

/** Adds the options that choose among many stores. */
export function withSelection(command: Command): Command {
  return command
    .option('-A, --all-namespaces', 'the stores of all namespaces')
    .option('-l, --selector <selector>', 'the stores with these labels, as in kubectl');
}

/** The option of a command that prints objects or figures: `-o table|wide|json|yaml|name`. */
export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'format of the output').choices(outputFormats).default('table');
