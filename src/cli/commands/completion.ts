import { Argument, Command } from 'commander';
import type { Cli } from '../cli.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export const declareCompletion = (cli: Cli): Command =>
  new Command('completion')
    .description('Print the script that completes commands in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
bash:  source <(sessionstore completion bash)
zsh:   source <(sessionstore completion zsh)
fish:  sessionstore completion fish | source

As a plugin of kubectl: put kubectl_complete-sessionstore into a folder of PATH;
the npm package installs it.

Names of stores and namespaces are asked for at most 2 seconds, or
SESSIONSTORE_COMPLETION_SECONDS.`,
    )
    .action(cli.action(async () => (await import('../completion/print-script.ts')).printScript));
