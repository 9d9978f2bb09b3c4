import { Command } from 'commander';
import { type Cli, outputOption, withAccess } from '../cli.ts';

export const declarePlan = (cli: Cli): Command =>
  withAccess(
    new Command('plan')
      .description('Say what set-up and the first clean-up would do, and change nothing')
      .argument('[name...]', 'names of SessionStores that exist'),
  )
    .option(
      '-f, --filename <path>',
      'manifests of SessionStores, before they are applied: a file, a folder, or - for standard input',
    )
    .option('--runner-image <image>', 'image of the runner; default: that of a CronJob of a SessionStore')
    .option('--installation-id <id>', 'id of the installation in the marks of its stores')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
A Job looks into the database or folder with the store's own Secret and can
write nothing: its transactions are read-only, its volume is mounted
read-only. The command deletes the Job at the end. A set-up or clean-up that
would fail ends with exit code 1.`,
    )
    .action(cli.action(async () => (await import('../plan/plan.ts')).plan));
