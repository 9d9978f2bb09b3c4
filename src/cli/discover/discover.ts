import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ageSchema } from '../../api/duration.ts';
import type { Assumptions, Finding } from '../../stores/discover/finding.ts';
import { findingsIn } from '../../stores/discover/places.ts';
import type { CommandHandler } from '../cli.ts';
import { usageError } from '../cli-error.ts';
import type { DiscoverOptions } from '../commands/discover.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Terminal, widthOf } from '../terminal.ts';
import {
  type Manifest,
  type ManifestOptions,
  manifestsIn,
  manifestText,
  whyNoManifestIn,
  writtenOf,
} from './manifests.ts';
import { reportLines } from './report.ts';
import { localSource, type PlaceOption, placeOption, requireFits } from './source.ts';
import { asCliError } from './store-failure.ts';

function assumptionsOf({ unmodifiedFor, ttl, timeZone }: DiscoverOptions): Assumptions {
  for (const [option, age] of Object.entries({ 'unmodified-for': unmodifiedFor, ttl }))
    if (!ageSchema.safeParse(age).success)
      throw usageError(`Expected --${option} to be an age such as 90m, 12h or 30d; got ${age}`);
  return { unmodifiedFor, ttl, timeZone };
}

async function locally(
  option: Exclude<PlaceOption, 'secret' | 'claim'>,
  options: DiscoverOptions,
  terminal: Terminal,
): Promise<readonly Finding[]> {
  let uri: string | undefined;
  try {
    const source = await localSource(option, options, terminal);
    uri = source.uri;
    return await Array.fromAsync(findingsIn(source.place, assumptionsOf(options)));
  } catch (error) {
    throw asCliError(error, uri);
  }
}

/** A name that the person has to change. */
const toBeNamed = 'change-me';

interface Found {
  readonly findings: readonly Finding[];
  readonly manifests: ManifestOptions;
}

async function onThisMachine(
  option: Exclude<PlaceOption, 'secret' | 'claim'>,
  options: DiscoverOptions,
  terminal: Terminal,
): Promise<Found> {
  const { referTo = toBeNamed, namespace, folder } = options;
  return {
    findings: await locally(option, options, terminal),
    manifests: {
      referTo,
      namespace,
      ...(folder !== undefined && { folder: basename(resolve(folder)) }),
    },
  };
}

async function inCluster(options: DiscoverOptions, terminal: Terminal): Promise<Found> {
  const { secret: secretName, claim, backend, schema, subPath } = options;
  requireFits(secretName === undefined ? 'directory' : backend, options);
  const assumptions = assumptionsOf(options);
  const [{ openAccess }, { findInCluster }] = await Promise.all([
    import('../access.ts'),
    import('./in-cluster.ts'),
  ]);
  await using access = await openAccess(options);
  const place = secretName === undefined ? { claimName: claim ?? '' } : { secretName };
  const search = {
    ...assumptions,
    ...(secretName === undefined ? { backend: 'directory' as const } : backend && { backend }),
    ...(schema !== undefined && { schema }),
    ...(subPath !== undefined && { path: subPath }),
  };
  return {
    findings: await findInCluster(access, place, search, options, terminal),
    manifests: { referTo: secretName ?? claim ?? '', namespace: access.namespace, subPath },
  };
}

async function wasWritten(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw usageError(`${path} cannot be written: ${code}`);
  }
}

/** Writes each manifest whose file is not there; a person may have changed one that is. */
async function writeAll(
  manifests: readonly Manifest[],
  folder: string,
  { stdout, stderr }: Terminal,
): Promise<ExitCode> {
  await mkdir(folder, { recursive: true });
  const kept: string[] = [];
  for (const manifest of manifests) {
    const path = join(folder, `${manifest.store.metadata.name}.yaml`);
    if (await wasWritten(path, manifestText(manifest))) stdout.write(`${path} written\n`);
    else kept.push(path);
  }
  for (const path of kept)
    stderr.write(`Expected ${path} not to exist; the file was kept: remove it, or name another folder\n`);
  return kept.length === 0 ? exitCodes.ok : exitCodes.notWell;
}

async function print(
  findings: readonly Finding[],
  options: ManifestOptions,
  { output, write }: DiscoverOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout, stderr } = terminal;
  const written = writtenOf(findings, options);
  const manifests = manifestsIn(written);
  if (output === 'json') stdout.write(`${JSON.stringify(findings, undefined, 2)}\n`);
  else if (findings.length === 0) stderr.write('Found nothing that looks like sessions\n');
  else if (output === 'yaml') stdout.write(manifests.map(manifestText).join('---\n'));
  else stdout.write(`${reportLines(findings, widthOf(stdout)).join('\n')}\n`);
  for (const why of whyNoManifestIn(written)) stderr.write(`${why}\n`);
  if (write !== undefined) return writeAll(manifests, write, terminal);
  if (output === 'table' && manifests.length > 0)
    stdout.write('\nThe manifests: -o yaml prints them, --write FOLDER writes them to files\n');
  return exitCodes.ok;
}

export const discover: CommandHandler<DiscoverOptions> = async ({ options, terminal }) => {
  const option = placeOption(options);
  const { findings, manifests } =
    option === 'secret' || option === 'claim'
      ? await inCluster(options, terminal)
      : await onThisMachine(option, options, terminal);
  return print(findings, manifests, options, terminal);
};
