import { Command } from 'commander';
import { type Cli, withAccess } from '../cli.ts';
import { seconds } from './seconds.ts';

const declared = (name: string, description: string, until: string): Command =>
  withAccess(
    new Command(name)
      .description(description)
      .argument('<name...>', 'names of SessionStores')
      .option('--no-wait', `do not wait until ${until}`)
      .option('--timeout <seconds>', 'longest time to wait', seconds, 60),
  );

export const declareSuspend = (cli: Cli): Command =>
  declared('suspend', 'Stop set-up and clean-up, a run that goes on included', 'each run has stopped').action(
    cli.action(async () => (await import('../suspend.ts')).suspend),
  );

export const declareResume = (cli: Cli): Command =>
  declared('resume', 'Let set-up and clean-up of stores go on', 'the operator has acted on it').action(
    cli.action(async () => (await import('../suspend.ts')).resume),
  );
