import { Document } from 'yaml';
import { defaultSchema } from '../../api/backends/postgres.ts';
import { apiVersion, kind } from '../../api/group.ts';
import { type SessionStoreSpec, specSchema } from '../../api/spec.ts';
import { layoutOf } from '../../layouts/index.ts';
import { settingsOf } from '../../layouts/layout.ts';
import type { Finding } from '../../stores/discover/finding.ts';
import { placeOf, summaryOf } from './report.ts';

/** A SessionStore to be applied, and what a reader should know of it. */
export interface Manifest {
  readonly store: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly spec: SessionStoreSpec;
  };
  readonly comments: readonly string[];
}

/** The folder that was looked into may be anywhere in the claim. */
const seenFromFolder = 'path: as seen from --folder; correct it to the path inside the claim';

/** The comment of a manifest with `dryRun: true`. */
export const countsOnly = 'Set dryRun to false once the counts of its runs are as expected';

export interface ManifestOptions {
  /** The Secret, or the claim. */
  readonly referTo: string;
  readonly namespace?: string | undefined;
  /** Where the findings' paths begin inside the claim. */
  readonly subPath?: string | undefined;
  /** Name of the folder that was looked into, for sessions in it itself. */
  readonly folder?: string | undefined;
}

/** Names of children are made from a store's name, which is short for that. */
const longestName = 44;

/** A DNS label that is made of the text. */
export function labelOf(text: string): string {
  const label = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return label.slice(0, longestName).replace(/-+$/, '') || 'sessions';
}

/** Names after the tables or folders, with their schema where two would be the same. */
function namesOf(findings: readonly Finding[]): readonly string[] {
  const short = findings.map(({ table, path }) => labelOf(table ?? path ?? ''));
  const taken = new Set<string>();
  return findings.map(({ schema }, n) => {
    const own = short[n] ?? '';
    const isAlone = short.filter((name) => name === own).length === 1;
    const wish = isAlone || schema === undefined ? own : labelOf(`${schema}-${own}`);
    let name = wish;
    for (let count = 2; taken.has(name); count += 1) name = `${wish.slice(0, longestName - 4)}-${count}`;
    taken.add(name);
    return name;
  });
}

function backendOf(finding: Finding, layoutName: string, options: ManifestOptions): object {
  const { backend, schema, table } = finding;
  const { referTo, subPath, folder } = options;
  const layout = layoutOf(layoutName);
  if (backend === 'directory') {
    const path = [subPath, finding.path].filter(Boolean).join('/');
    return { directory: { claimName: referTo, path: path || folder || '' } };
  }
  const isDefaultTable = table === layout[backend]?.table;
  const place = {
    connection: { secretName: referTo },
    ...(backend === 'postgres' && schema !== (layout.postgres?.schema ?? defaultSchema) && { schema }),
    ...(!isDefaultTable && { table }),
  };
  return { [backend]: place };
}

function layoutOptionsOf({ assumed, candidates: [first] }: Finding): object {
  const { ttl, timeZone, depth } = assumed;
  const preserves = first && layoutOf(first.layout).mayPreserve;
  const { variant } = settingsOf(first?.layout ?? '');
  const options = {
    ...(variant !== undefined && { variant }),
    ...(timeZone !== undefined && { timeZone }),
    ...(first?.columns && { columns: first.columns }),
    ...(preserves && { deletePreserved: true }),
    ...(ttl !== undefined && { ttl }),
    ...(depth !== undefined && { depth }),
  };
  return Object.keys(options).length > 0 ? { layoutOptions: options } : {};
}

/** A finding’s manifest, or the reason why no SessionStore can describe its place. */
export type Written = { readonly manifest: Manifest } | { readonly why: string };

/**
 * The outcome of each finding with a layout and without an owner, in their order. A manifest only counts, so that a
 * first look at its runs is safe.
 */
export function writtenOf(findings: readonly Finding[], options: ManifestOptions): readonly Written[] {
  const known = findings.filter(
    ({ candidates, claimedBy }) => candidates.length > 0 && claimedBy === undefined,
  );
  const names = namesOf(known);
  return known.map((finding, n) => written(finding, names[n] ?? '', options));
}

function written(finding: Finding, name: string, options: ManifestOptions): Written {
  const { namespace, folder } = options;
  const { layout: shape = '' } = finding.candidates[0] ?? {};
  const { unmodifiedFor } = finding.assumed;
  const spec = specSchema.safeParse({
    backend: backendOf(finding, shape, options),
    layout: settingsOf(shape).layout,
    ...layoutOptionsOf(finding),
    cleanup: { ...(unmodifiedFor !== undefined && { unmodifiedFor }), dryRun: true },
  });
  if (!spec.success) return { why: whyNone(finding, options, spec.error.issues[0]?.path ?? []) };
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const comments = [
    summaryOf(finding),
    ...finding.notes,
    ...(folder === undefined ? [] : [seenFromFolder]),
    countsOnly,
  ];
  return { manifest: { store: { apiVersion, kind, metadata, spec: spec.data }, comments } };
}

/** `field`: the part of the spec that cannot have the value of the place. */
function whyNone(
  finding: Finding,
  { subPath }: ManifestOptions,
  field: readonly (string | number | symbol)[],
): string {
  const head = `No manifest is made for ${placeOf(finding)}`;
  if (finding.backend === 'directory' && !subPath && finding.path === '')
    return `${head}: the root of a claim cannot be the folder of a store; move the sessions one level down`;
  return `${head}: spec.${field.join('.')} of a SessionStore cannot have this value`;
}

export const manifestsIn = (written: readonly Written[]): readonly Manifest[] =>
  written.flatMap((one) => ('manifest' in one ? one.manifest : []));

/** A sentence for each finding that no SessionStore can describe. */
export const whyNoManifestIn = (written: readonly Written[]): readonly string[] =>
  written.flatMap((one) => ('why' in one ? one.why : []));

/** The manifest in YAML, the comments at its head. */
export function manifestText({ store, comments }: Manifest): string {
  const document = new Document(store);
  document.commentBefore = comments.map((comment) => ` ${comment}`).join('\n');
  return document.toString();
}
