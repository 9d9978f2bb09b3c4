import { Command } from 'commander';
import { type Cli, withAccess } from '../cli.ts';

const declared = (name: string, description: string): Command =>
  withAccess(new Command(name).description(description).argument('<name...>', 'names of SessionStores'));

export const declareSuspend = (cli: Cli): Command =>
  declared('suspend', 'Stop set-up and clean-up, a run that goes on included').action(
    cli.action(async () => (await import('../suspend.ts')).suspend),
  );

export const declareResume = (cli: Cli): Command =>
  declared('resume', 'Let set-up and clean-up of stores go on').action(
    cli.action(async () => (await import('../suspend.ts')).resume),
  );
