import { Command } from 'commander';
import { type Cli, withAccess } from '../cli.ts';

export const declareLogs = (cli: Cli): Command =>
  withAccess(
    new Command('logs')
      .description('Print the log of the newest run of a store')
      .argument('<name>', 'name of a SessionStore')
      .option('--setup', 'print the newest set-up’s log, even if a clean-up is newer')
      .option('-f, --follow', 'go on until the run ends'),
  )
    .addHelpText('after', '\nIn a pipe the lines are those of the run, one JSON object each.')
    .action(cli.action(async () => (await import('../logs/logs.ts')).logs));
