import type { BackendName } from '../api/backends/index.ts';
import type { PlanReport } from '../api/plan-report.ts';
import type { OpenOptions } from './index.ts';
import type { CleanupOptions, SetupOptions } from './session-store.ts';

export interface PlanOptions {
  readonly setup: SetupOptions;
  /** Absent if sessions are never deleted. */
  readonly cleanup?: Pick<CleanupOptions, 'ageSeconds' | 'recordedTimeZone'>;
}

/**
 * A store that is opened to read only, for a report on what set-up and the first clean-up would do. It can write by no
 * means: the server refuses every write of its connection, and a volume is mounted read-only.
 */
export interface PlannedStore extends AsyncDisposable {
  plan(options: PlanOptions): Promise<PlanReport>;
}

export type OpenPlanned<Spec> = (options: OpenOptions<Spec>) => Promise<PlannedStore>;

/** Loads what a backend needs for a plan, and its driver, when it is opened. */
const openers: { readonly [Name in BackendName]?: () => Promise<OpenPlanned<never>> } = {
  postgres: async () => (await import('./postgres/store.ts')).openPlanned,
  mysql: async () => (await import('./mysql/store.ts')).openPlanned,
  directory: async () => (await import('./directory/store.ts')).openPlanned,
};

/** Opens a store of this backend for a plan. The caller disposes of it. */
export async function openPlanned(name: BackendName, options: OpenOptions<unknown>): Promise<PlannedStore> {
  const open = (await openers[name]?.()) as OpenPlanned<unknown> | undefined;
  if (!open) throw new Error(`Expected a backend that can be planned, got ${name}`);
  return open(options);
}
