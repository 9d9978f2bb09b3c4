import { customLayoutOf, customName } from '../layouts/custom.ts';
import { defaultLayout, layoutOf } from '../layouts/index.ts';
import type { Layout } from '../layouts/layout.ts';
import { resolvedLayout } from '../layouts/resolve.ts';
import type { BackendSpec, Resolved } from './backends/backend-spec.ts';
import { type BackendName, backendNames, backendOf } from './backends/index.ts';
import { secondsOf } from './duration.ts';
import { memoizePerObject } from './memoize.ts';
import type { SessionStoreSpec } from './spec.ts';

/** The part of a spec that says which sessions are stored where, and when they are too old. */
export type StoreSpec = Pick<
  SessionStoreSpec,
  'backend' | 'layout' | 'layoutOptions' | 'customLayout' | 'setup' | 'cleanup'
>;

export interface EffectiveBackend {
  readonly name: BackendName;
  readonly kind: BackendSpec<unknown>;
  readonly spec: unknown;
}

/** The one backend that the spec names; the API server has refused specs with no backend and with two. */
export const backendIn = memoizePerObject((spec: StoreSpec): EffectiveBackend => {
  const name = backendNames.find((candidate) => spec.backend[candidate] !== undefined);
  if (!name)
    throw new Error(`Expected spec.backend to name one of ${backendNames.join(', ')}; it names none`);
  return { name, kind: backendOf(name), spec: spec.backend[name] };
});

/** The layout with the application's settings in it. */
export const layoutIn = memoizePerObject((spec: StoreSpec): Layout => {
  const { layout = defaultLayout, layoutOptions = {}, customLayout } = spec;
  if (layout !== customName) {
    const ttl = layoutOptions.ttl === undefined ? undefined : secondsOf(layoutOptions.ttl);
    return resolvedLayout(layoutOf(layout, layoutOptions.variant), { ...layoutOptions, ttl });
  }
  if (!customLayout) throw new Error('Expected spec.customLayout, which the layout custom needs; found none');
  return customLayoutOf(customLayout);
});

/**
 * The reason why a run by a custom layout only counts; undefined for any other run. `counted` tells whether status shows
 * a count by this very description: counts that do not exist cannot be confirmed.
 */
export function whyOnlyCounted({ layout, customLayout }: StoreSpec, counted = false): string | undefined {
  if (layout !== customName) return undefined;
  if (customLayout?.confirmed !== true)
    return 'only counted, as customLayout.confirmed is not true: set it once these counts are what you expect';
  return counted
    ? undefined
    : 'only counted, as this is the first run by this customLayout: the next one deletes, unless you set ' +
        'customLayout.confirmed to false because these counts are not what you expect';
}

const defaults = {
  ifExists: 'Adopt',
  expiredFor: '5m',
  schedule: 'H * * * *',
  timeZone: 'Etc/UTC',
  pace: 'polite',
} as const;

function resolve<T extends string>(value: T | undefined, fallback: T): Resolved & { readonly value: T } {
  return value === undefined ? { value: fallback, source: 'Default' } : { value, source: 'Spec' };
}

/** The schedule as written, its time zone and the age limit, defaults resolved. */
export const effectiveCleanup = memoizePerObject((spec: StoreSpec) => {
  const { cleanup } = spec;
  if (!cleanup) return undefined;
  const age =
    layoutIn(spec).age === 'expiry'
      ? { field: 'expiredFor' as const, ...resolve(cleanup.expiredFor, defaults.expiredFor) }
      : { field: 'unmodifiedFor' as const, ...resolve(cleanup.unmodifiedFor, '') };
  if (age.value === '')
    throw new Error('Expected cleanup.unmodifiedFor, which this layout requires; it is missing');
  return {
    age,
    ageSeconds: secondsOf(age.value),
    schedule: resolve(cleanup.schedule, defaults.schedule),
    timeZone: resolve(cleanup.timeZone, defaults.timeZone),
    pace: resolve(cleanup.pace, defaults.pace),
    dryRun: (cleanup.dryRun ?? false) || whyOnlyCounted(spec, true) !== undefined,
    suspend: cleanup.suspend ?? false,
  };
});

export const effectiveSetup = memoizePerObject(({ setup }: StoreSpec) => ({
  ifExists: resolve(setup?.ifExists, defaults.ifExists),
  createIndex: setup?.createIndex ?? false,
  migrate: setup?.migrate ?? false,
  overwriteToken: setup?.overwriteToken,
}));

/** Every resolved value and its source, by its path in the spec: what status.effective shows. */
export const effectiveValues = memoizePerObject((spec: StoreSpec): Readonly<Record<string, Resolved>> => {
  const backend = backendIn(spec);
  const location = Object.entries(backend.kind.location(backend.spec, layoutIn(spec)));
  const cleanup = effectiveCleanup(spec);
  return {
    layout: resolve(spec.layout, defaultLayout),
    ...Object.fromEntries(location.map(([key, value]) => [`backend.${backend.name}.${key}`, value])),
    ...(spec.layoutOptions?.variant && {
      'layoutOptions.variant': { value: spec.layoutOptions.variant, source: 'Spec' as const },
    }),
    ...(spec.layoutOptions?.timeZone && {
      'layoutOptions.timeZone': { value: spec.layoutOptions.timeZone, source: 'Spec' as const },
    }),
    'setup.ifExists': effectiveSetup(spec).ifExists,
    ...(cleanup && {
      [`cleanup.${cleanup.age.field}`]: { value: cleanup.age.value, source: cleanup.age.source },
      'cleanup.schedule': cleanup.schedule,
      'cleanup.timeZone': cleanup.timeZone,
      'cleanup.pace': cleanup.pace,
    }),
  };
});

/** One line for people: `postgres: table public.session (connect-pg-simple)`. */
export const describeStore = memoizePerObject((spec: StoreSpec): string => {
  const backend = backendIn(spec);
  return `${backend.name}: ${backend.kind.describe(backend.spec, layoutIn(spec))}`;
});
