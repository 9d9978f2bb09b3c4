import { type Argument, Command, CommanderError } from 'commander';
import { Cli, type Declare } from './cli.ts';
import { declareClean } from './commands/clean.ts';
import { declareCompletion } from './commands/completion.ts';
import { declareDiscover } from './commands/discover.ts';
import { declareDoctor } from './commands/doctor.ts';
import { declareInit } from './commands/init.ts';
import { declareLogs } from './commands/logs.ts';
import { declarePlan } from './commands/plan.ts';
import { declareRequest } from './commands/request.ts';
import { declareStatus } from './commands/status.ts';
import { declareResume, declareSuspend } from './commands/suspend.ts';
import { declareVersion } from './commands/version.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';
import { programVersion } from './version.ts';

/**
 * The commands, in the order of the help. Each is declared in `commands/`, in a file that loads nothing but commander;
 * its work is in a folder or file of its own beside it, loaded when the command is called:
 *
 *   commands/status.ts   declareStatus: arguments, options, help
 *   status/…             work: reads through Access, decides by pure functions, writes to Terminal
 *
 * Decisions (what a table shows, what a diagnosis says) are functions of values, tested by calling them.
 */
const declarations: readonly Declare[] = [
  declareDiscover,
  declareInit,
  declareStatus,
  declareDoctor,
  declareLogs,
  declareRequest,
  declarePlan,
  declareClean,
  declareSuspend,
  declareResume,
  declareCompletion,
  declareVersion,
];

const argumentText = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

/** The arguments as the usage of a command shows them: `<name...>`. */
const argumentsOf = (command: Command): string =>
  command.registeredArguments.map((argument) => argumentText(argument)).join(' ');

/** The program with all of its commands, as commander models it. */
export function programOf(cli: Cli, name: string): Command {
  const root = new Command(name)
    .description('Provisions session stores in Kubernetes, keeps them clean, and says how they are.')
    .version(`Program: ${programVersion}`, '--version')
    .exitOverride()
    // Options are in the help of each command.
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${argumentsOf(command)}`.trimEnd() })
    .configureOutput({
      writeOut: (text) => cli.terminal.stdout.write(text),
      writeErr: (text) => cli.terminal.stderr.write(text),
    });
  // The help lists the command of that name, and has no line left for both.
  for (const option of root.options) option.hideHelp();
  for (const declare of declarations) {
    const command = declare(cli);
    command.copyInheritedSettings(root);
    root.addCommand(command);
  }
  return root;
}

/** Runs the command line; returns the exit code. Called as a plugin of kubectl, the help names it so. */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  name = 'sessionstore',
): Promise<ExitCode> {
  const cli = new Cli(terminal);
  const root = programOf(cli, name);
  // Its words are those of other commands: commander would read them as its own.
  if (args[0] === '__complete') {
    const { complete } = await import('./completion/complete.ts');
    await complete(root, args.slice(1), terminal);
    return exitCodes.ok;
  }
  try {
    await root.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return cli.exitCode;
}
