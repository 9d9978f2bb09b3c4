import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { connectionDefaults as mysqlDefaults } from '../../api/backends/mysql.ts';
import { connectionDefaults as postgresDefaults } from '../../api/backends/postgres.ts';
import { settingsOf } from '../../stores/connection/connection-settings.ts';
import type { ConnectionSource } from '../../stores/connection/connection-values.ts';
import { type Place, serverOfUri } from '../../stores/discover/places.ts';
import { isWantedBy } from '../../stores/discover/search.ts';
import { usageError } from '../cli-error.ts';
import type { DiscoverOptions } from '../commands/discover.ts';
import type { Terminal } from '../terminal.ts';

/** Options of which one names the place. */
const placeOptions = {
  'uri-file': 'uriFile',
  'uri-env': 'uriEnv',
  uri: 'uri',
  folder: 'folder',
  secret: 'secret',
  claim: 'claim',
} as const satisfies Readonly<Record<string, keyof DiscoverOptions>>;

export type PlaceOption = (typeof placeOptions)[keyof typeof placeOptions];

/** The one option that names the place. */
export function placeOption(options: DiscoverOptions): PlaceOption {
  const given = Object.values(placeOptions).filter((name) => options[name] !== undefined);
  const [only] = given;
  if (only && given.length === 1) return only;
  const names = Object.keys(placeOptions).map((name) => `--${name}`);
  throw usageError(`Expected one of ${names.join(', ')} to say where to look; found ${given.length}`);
}

async function uriOf(
  option: 'uri' | 'uriFile' | 'uriEnv',
  options: DiscoverOptions,
  { env, stdin, stderr }: Terminal,
): Promise<string> {
  if (option === 'uriFile') return uriIn(options.uriFile ?? '', stdin);
  if (option === 'uri') {
    const uri = options.uri ?? '';
    if (/^[^/]*\/\/[^/@]*:[^/@]+@/.test(uri))
      stderr.write(
        'Warning: a password on the command line can be seen by other users of this machine and stays in the shell’s history; --uri-file - and --uri-env hide it\n',
      );
    return uri;
  }
  const uri = env[options.uriEnv ?? ''];
  if (!uri)
    throw usageError(`Expected the environment variable ${options.uriEnv} to hold a URI; found nothing`);
  return uri;
}

async function uriIn(file: string, stdin: Terminal['stdin']): Promise<string> {
  try {
    return (file === '-' ? await text(stdin) : await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw usageError(
      `Expected ${file} to be a file with a URI; it cannot be read: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
}

export interface Source {
  readonly place: Place;
  /** The URI, so that no message shows a part of it. */
  readonly uri?: string;
}

/** The place on this machine, or that it reaches. */
export async function localSource(
  option: 'uri' | 'uriFile' | 'uriEnv' | 'folder',
  options: DiscoverOptions,
  terminal: Terminal,
): Promise<Source> {
  requireOutside(options);
  if (option === 'folder') {
    requireFits('directory', options);
    return { place: { backend: 'directory', root: options.folder ?? '' } };
  }
  const uri = await uriOf(option, options, terminal);
  const backend = serverOfUri(uri);
  if (!backend)
    throw usageError('Expected a URI that begins with postgresql:// or mysql://; found one that does not');
  requireFits(backend, options);
  if (backend === 'mysql')
    return { uri, place: { backend, settings: settingsOf({ uri }, mysqlDefaults, ofUri) } };
  const settings = settingsOf({ uri }, postgresDefaults, ofUri);
  const isWanted = options.schema === undefined ? {} : { isWanted: isWantedBy(options.schema) };
  return { uri, place: { backend, settings, ...isWanted } };
}

const partNames: Readonly<Record<string, string>> = {
  uri: 'given URI',
  username: 'user',
  dbname: 'database',
};

const ofUri: ConnectionSource = {
  reason: 'InvalidInput',
  value: 'The',
  lacks: 'The URI names no',
  whole: 'The URI',
  instead: 'where one is expected, as in mysql://user@host/database',
  nameOf: (key) => partNames[key] ?? key,
};

/** Options of the Job that looks into a place in the cluster. */
const jobOptions = {
  'sub-path': 'subPath',
  'run-as': 'runAs',
  'runner-image': 'runnerImage',
  backend: 'backend',
  'image-pull-secret': 'imagePullSecret',
} as const satisfies Readonly<Record<string, keyof DiscoverOptions>>;

/** Refuses options that change nothing here. */
function requireOutside(options: DiscoverOptions): void {
  const stray = Object.entries(jobOptions).find(([, name]) => options[name] !== undefined);
  if (stray)
    throw usageError(
      `Expected no --${stray[0]} without --secret or --claim: it is for the Job that looks there; leave it out`,
    );
}

export function requireFits(backend: Place['backend'] | undefined, { schema }: DiscoverOptions): void {
  if (schema === undefined || backend === 'postgres' || backend === undefined) return;
  throw usageError(
    backend === 'mysql'
      ? 'Expected no --schema for MySQL, whose Secret names one database: give the URI or the Secret of each database'
      : 'Expected no --schema for a folder',
  );
}
