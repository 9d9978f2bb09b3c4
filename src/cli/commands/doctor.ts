import { Command } from 'commander';
import { type Cli, withAccess } from '../cli.ts';

export const declareDoctor = (cli: Cli): Command =>
  withAccess(
    new Command('doctor')
      .description('Find out why a store or the operator does not work')
      .argument('[name]', 'name of a SessionStore; without one, the operator')
      .option('--operator', 'look into the operator itself'),
  )
    .addHelpText(
      'after',
      '\nIt reads with your own rights and skips what they do not allow. Of a Secret it shows\nthe keys, never a value. The exit code is 1 if a step failed.',
    )
    .action(cli.action(async () => (await import('../doctor/doctor.ts')).doctor));
