import { Command, Option } from 'commander';
import type { Cli } from '../cli.ts';

/** The options of `init`; those that answer a question are named after it. */
export interface InitOptions {
  readonly backend?: 'postgres' | 'mysql' | 'directory';
  readonly layout?: string;
  readonly secret?: string;
  readonly claim?: string;
  readonly path?: string;
  readonly age?: string;
  readonly ttl?: string;
  readonly timeZone?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly output?: string;
}

const after = `
Asks for what is not given. Where there is no terminal to ask on, all answers
have to be given as flags. The manifest goes to standard output, or to a file.

  sessionstore init -o shop.yaml
  sessionstore init --backend postgres --layout django --secret shop-db`;

export const declareInit = (cli: Cli): Command =>
  new Command('init')
    .description('Write the manifest of a SessionStore, by three questions')
    .addOption(
      new Option('--backend <kind>', 'place of the sessions').choices(['postgres', 'mysql', 'directory']),
    )
    .option('--layout <library>', 'library that writes them, such as django or aspnet-cache/community')
    .option('--secret <name>', 'Secret with the connection to the database')
    .option('--claim <name>', 'PersistentVolumeClaim with the folder')
    .option('--path <path>', 'folder inside the claim')
    .option('--age <age>', 'time since the last change, or since the end, of a session that may go')
    .option('--ttl <age>', 'lifetime of sessions, where files of the library do not tell it')
    .option('--time-zone <zone>', 'zone of the application’s times, where the server does not tell it')
    .option('--schema <name>', 'schema in PostgreSQL; default: the library’s')
    .option('--table <name>', 'table; default: the library’s')
    .option('--name <name>', 'name of the SessionStore; default: after the table or folder')
    .option('-n, --namespace <namespace>', 'namespace in the manifest; default: none')
    .option('-o, --output <file>', 'file to write; default: standard output')
    .addHelpText('after', after)
    .action(cli.action<InitOptions>(async () => (await import('../init/init.ts')).init));
