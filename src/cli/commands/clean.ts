import { Command } from 'commander';
import { type Cli, outputOption, withAccess } from '../cli.ts';

export const declareClean = (cli: Cli): Command =>
  withAccess(
    new Command('clean')
      .description('Delete old sessions now, and follow the run')
      .argument('[name...]', 'names of SessionStores'),
  )
    .option('--all', 'every SessionStore of the namespace that has cleanup')
    .option('-l, --selector <labels>', 'SessionStores with these labels')
    .option('--dry-run', 'count what would be deleted, and delete nothing')
    .option('--no-wait', 'start the run and do not follow it')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
The run is a Job from the store's CronJob, as kubectl create job --from makes
one. If a run with the current spec is active, the command follows that run
instead of starting another. Ctrl+C asks whether the run is to stop, and ends
with exit code 130; a pipe leaves the run alone. A run that failed or did not
check the whole store ends with exit code 1.`,
    )
    .action(cli.action(async () => (await import('../clean/clean.ts')).clean));
