import { Command } from 'commander';
import { type Cli, withAccess } from '../cli.ts';

export const declareVersion = (cli: Cli): Command =>
  withAccess(
    new Command('version')
      .description('Print the versions of this program and the operator')
      .option('--client', 'print only the version of this program'),
  ).action(cli.action(async () => (await import('../print-version.ts')).printVersion));
