import { Command, InvalidArgumentError } from 'commander';
import { type Cli, withAccess } from '../cli.ts';

const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number of seconds.');
  return value;
};

export const declareRequest = (cli: Cli): Command =>
  withAccess(
    new Command('request')
      .description('Have stores looked at, and set-up retried, now')
      .argument('<name...>', 'names of SessionStores')
      .option('--no-wait', 'do not wait until the operator has handled it')
      .option('--timeout <seconds>', 'longest time to wait', seconds, 60),
  ).action(cli.action(async () => (await import('../request.ts')).request));
