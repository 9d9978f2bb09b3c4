import { hash } from 'node:crypto';
import { backendIn, effectiveSetup, layoutIn, type StoreSpec } from '../api/effective.ts';
import { memoizePerObject } from '../api/memoize.ts';

/** The value with the keys of its objects sorted. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) result[key] = sorted((value as Record<string, unknown>)[key]);
  return result;
}

/** Eight hex digits of a value's SHA-256. */
export function hashOf(value: unknown): string {
  return hash('sha256', JSON.stringify(sorted(value))).slice(0, 8);
}

const digest = /^sha256:[0-9a-f]{64}$/;

/** Stands for a list that is compared and not read; the digest of a digest is the same. */
export function digestOf(list: unknown): unknown {
  if (!Array.isArray(list)) return undefined;
  const isDigest = list.length === 1 && digest.test(String(list[0]));
  return isDigest ? list : [`sha256:${hash('sha256', JSON.stringify(list))}`];
}

/** The description itself; customLayout.confirmed is not part of it. */
function descriptionIn({ customLayout }: StoreSpec) {
  const { confirmed, ...custom } = customLayout ?? {};
  return custom;
}

/**
 * The hash of a custom layout's description and options: a count by one is not a count by another. Undefined for the
 * layout of a library.
 */
export const descriptionHash = memoizePerObject(
  (spec: StoreSpec): string | undefined =>
    spec.customLayout && hashOf({ custom: descriptionIn(spec), layoutOptions: spec.layoutOptions ?? {} }),
);

/** The application's settings that change the store's shape. */
function shapeOf(spec: StoreSpec) {
  const { layoutOptions, customLayout } = spec;
  const { columns } = layoutOptions ?? {};
  const custom = descriptionIn(spec);
  return {
    ...(columns && { columns }),
    ...(customLayout && { custom }),
  };
}

/**
 * The hash of the fields that shape the store, but not of the image, a Secret's name, pod settings or
 * a default that a later version adds. A changed hash means that set-up has to run.
 */
export const specHash = memoizePerObject((spec: StoreSpec): string => {
  const backend = backendIn(spec);
  const layout = layoutIn(spec);
  const setup = effectiveSetup(spec);
  const location = Object.entries(backend.kind.location(backend.spec, layout));
  return hashOf({
    backend: backend.name,
    location: Object.fromEntries(location.map(([key, { value }]) => [key, value])),
    layout: layout.name,
    ...shapeOf(spec),
    ...(setup.createIndex && { createIndex: true }),
    ...(setup.migrate && { migrate: true }),
    ...(setup.ifExists.value === 'Overwrite' && { overwriteToken: setup.overwriteToken }),
  });
});
