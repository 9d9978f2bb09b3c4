import { effectiveCleanup, whyOnlyCounted } from '../api/effective.ts';
import { run } from '../runner/run.ts';
import { openStore } from '../stores/index.ts';
import { StoreError } from '../stores/store-error.ts';

/** Enough for the longest statement or slice, and less than a pod's default grace period of 30 s. */
const graceMs = 20_000;

/** Deletes a store's old sessions; returns the exit code. */
export const deleteOld = (args: readonly string[]): Promise<number> =>
  run(
    {
      name: 'delete-old',
      graceMs,
      open: openStore,
      work: async (store, { owner, store: spec, recordedTimeZone, marked, counted }, run) => {
        const cleanup = effectiveCleanup(spec);
        if (!cleanup) {
          throw new StoreError(
            'InvalidInput',
            'Expected --store to contain cleanup, which defines the age of old sessions',
          );
        }
        const { ageSeconds, pace } = cleanup;
        const why = whyOnlyCounted(spec, counted);
        const dryRun = cleanup.dryRun || why !== undefined;
        const report = await store.deleteOldSessions({
          owner,
          ageSeconds,
          dryRun,
          pace: pace.value,
          ...run,
          hasOwnConnection: spec.cleanup?.connection !== undefined,
          ...(recordedTimeZone !== undefined && { recordedTimeZone }),
          ...(marked !== undefined && { marked }),
        });
        return {
          cleanup: why === undefined ? report : { ...report, notes: [...report.notes, why] },
        };
      },
    },
    args,
  );
