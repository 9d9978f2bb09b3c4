import { Command } from 'commander';
import { type Cli, withAccess } from '../cli.ts';
import { seconds } from './seconds.ts';

export const declareRequest = (cli: Cli): Command =>
  withAccess(
    new Command('request')
      .description('Reconcile stores now, and retry a failed set-up')
      .argument('<name...>', 'names of SessionStores')
      .option('--no-wait', 'do not wait until the operator has handled it')
      .option('--timeout <seconds>', 'longest time to wait', seconds, 60),
  ).action(cli.action(async () => (await import('../request.ts')).request));
