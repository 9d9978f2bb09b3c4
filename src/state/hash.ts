import { createHash } from 'node:crypto';
import { backendIn, effectiveSetup, layoutIn, type StoreSpec } from '../api/effective.ts';

/** JSON with sorted keys: the same value has the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Eight hex digits of a value's SHA-256. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 8);
}

/**
 * The hash of what shapes the store, and of nothing else: no image, no Secret's name, no pod settings, no default that a
 * later version adds. Another hash means that set-up has to run.
 */
export function specHash(spec: StoreSpec): string {
  const backend = backendIn(spec);
  const layout = layoutIn(spec);
  const setup = effectiveSetup(spec);
  const location = Object.entries(backend.kind.location(backend.spec, layout));
  return hashOf({
    backend: backend.name,
    location: Object.fromEntries(location.map(([key, { value }]) => [key, value])),
    layout: layout.name,
    ...(setup.createIndex && { createIndex: true }),
    ...(setup.migrate && { migrate: true }),
    ...(setup.ifExists.value === 'Overwrite' && { overwriteToken: setup.overwriteToken }),
  });
}
