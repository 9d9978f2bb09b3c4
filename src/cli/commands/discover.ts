import { Command, Option } from 'commander';
import type { Server } from '../../layouts/layout.ts';
import type { AccessOptions } from '../access.ts';
import { type Cli, withAccess } from '../cli.ts';

/** The options of `discover`, as commander reads them. */
export interface DiscoverOptions extends AccessOptions {
  readonly uri?: string;
  readonly uriFile?: string;
  readonly uriEnv?: string;
  readonly folder?: string;
  readonly secret?: string;
  readonly claim?: string;
  readonly subPath?: string;
  readonly backend?: Server;
  readonly schema?: string;
  readonly unmodifiedFor: string;
  readonly ttl: string;
  readonly timeZone?: string;
  readonly referTo?: string;
  readonly runnerImage?: string;
  readonly runAs?: string;
  readonly imagePullSecret?: string;
  readonly write?: string;
  readonly output: 'table' | 'json' | 'yaml';
}

const after = `
Looks into a database or a folder for the sessions of every library that is
known, and changes nothing there. Name one place: a database by --uri-env,
--uri-file, --uri or --secret, a folder by --folder or --claim. With --secret
and --claim, a Job in the cluster looks, with the Secret or the claim mounted.

  sessionstore discover --uri-env DATABASE_URL
  sessionstore discover --secret shop-db -n shop -o yaml | kubectl apply -f -`;

export const declareDiscover = (cli: Cli): Command =>
  withAccess(
    new Command('discover')
      .description('Find sessions in a database or folder, and print manifests for them')
      .option('--uri-file <file>', 'file with the URI of a database, or - for standard input')
      .option('--uri-env <name>', 'environment variable with the URI of a database')
      .option('--uri <uri>', 'URI of a database; other users of this machine can see a password in it')
      .option('--folder <path>', 'folder on this machine')
      .option('--secret <name>', 'Secret in the cluster with the connection to a database')
      .option('--claim <name>', 'PersistentVolumeClaim in the cluster')
      .option('--sub-path <path>', 'folder inside the claim to look into; default: all of it')
      .addOption(
        new Option('--backend <server>', 'server of the Secret, where it holds no URI').choices([
          'postgres',
          'mysql',
        ]),
      )
      .option('--schema <pattern>', 'schemas of PostgreSQL to look into, such as tenant_*; default: all')
      .option('--unmodified-for <age>', 'age of a stale session where a library stores no expiry', '14d')
      .option('--ttl <age>', 'lifetime of sessions in files without an expiry of their own', '14d')
      .option('--time-zone <zone>', 'zone of the application’s times, where they have none')
      .option('--refer-to <name>', 'Secret or claim that manifests name, for --uri… and --folder')
      .option('--runner-image <image>', 'image of the Job; default: that of the namespace’s CronJobs')
      .option('--image-pull-secret <name>', 'Secret to pull the image with; default: that of the CronJob')
      .option('--run-as <uid>', 'user of the Job; default: that of a pod that mounts the claim')
      .option('--write <folder>', 'write each manifest to a file in this folder')
      .addOption(
        new Option('-o, --output <format>', 'format of the output; yaml prints the manifests')
          .choices(['table', 'json', 'yaml'])
          .default('table'),
      )
      .addHelpText('after', after),
  ).action(cli.action<DiscoverOptions>(async () => (await import('../discover/discover.ts')).discover));
