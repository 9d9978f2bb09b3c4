import type { Command } from 'commander';
import { Cli } from '../src/cli/cli.ts';
import { type ExitCode, exitCodes } from '../src/cli/exit-codes.ts';
import { programOf } from '../src/cli/program.ts';

const introduction = `# The command line

\`sessionstore\` is one program for people, and a plugin of kubectl under the name \`kubectl sessionstore\`. It uses your kubeconfig and
your rights; a command that lacks a right names it as the rule of a Role. It needs Node 22.19 or newer. \`sessionstore completion\` prints
scripts that complete its commands in a shell.

In a checkout, \`npm ci && npm run build && npm link\` puts \`sessionstore\` and the plugin into npm's folder of the PATH.
\`make release\` writes the plugin, \`sessionstore-VERSION.tar.gz\`, and its manifest for [Krew](https://krew.sigs.k8s.io),
\`sessionstore.yaml\`: \`kubectl krew install --manifest=sessionstore.yaml --archive=sessionstore-VERSION.tar.gz\`. Without Krew, unpack
the archive and link its \`kubectl-sessionstore\` and \`completion/kubectl_complete-sessionstore\` into a folder of the PATH.

Tables fit the terminal: a wide one shows more columns, and \`-o wide\` shows all. In a pipe the columns stay the same, and \`-o json\` and
\`-o yaml\` print objects as kubectl does. Colours are for terminals, and \`NO_COLOR\` turns them off.`;

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'The command did its work, and all is well.',
  notWell:
    'The command did its work, and something is not well: a store that is not Ready, a run that failed.',
  usage: 'The command line is wrong, or names an object that does not exist.',
  unavailable: 'The cluster does not answer, or not as expected.',
  software: 'A fault of this program; with `DEBUG=1` it prints where.',
  forbidden: 'A right is missing, or the cluster refuses the request: a policy, a webhook, a quota.',
  interrupted: 'Ctrl+C.',
  brokenPipe: 'The reader of the output has gone, as `head` does once it has seen enough.',
};

function exitCodeTable(): string {
  const rows = Object.entries(exitCodes).map(
    ([name, code]: [string, ExitCode]) => `| ${code} | ${meanings[name as keyof typeof meanings]} |`,
  );
  return ['| Exit code | Meaning |', '| --- | --- |', ...rows].join('\n');
}

/** The whole help of a command as a terminal of 80 columns shows it. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return help.trim().replace(/ +$/gm, '');
}

/** docs/command-line.md, from the model of the commands. */
export function commandReference(): string {
  const ignored = { write: () => undefined };
  const terminal = { stdout: ignored, stderr: ignored, stdin: process.stdin, env: {} };
  const root = programOf(new Cli(terminal), 'sessionstore');
  const sections = root.commands.map(
    (command) => `## ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``,
  );
  return `${[introduction, `## Exit codes\n\n${exitCodeTable()}`, ...sections].join('\n\n')}\n`;
}
