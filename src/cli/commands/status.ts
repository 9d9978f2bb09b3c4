import { Command } from 'commander';
import { type Cli, outputOption, withAccess, withSelection } from '../cli.ts';

const command = (): Command =>
  new Command('status')
    .description('Show if stores are ready, or why not, and their runs')
    .argument('[name]', 'name of a SessionStore; without one, a table of all')
    .addOption(outputOption())
    .option('-w, --watch', 'draw it again at each change, until Ctrl+C');

export const declareStatus = (cli: Cli): Command =>
  withAccess(withSelection(command()))
    .addHelpText('after', '\nThe exit code is 1 if a store is not Ready.')
    .action(cli.action(async () => (await import('../status/status.ts')).status));
