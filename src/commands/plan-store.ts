import { effectiveCleanup, effectiveSetup } from '../api/effective.ts';
import { run } from '../runner/run.ts';
import { openPlanned } from '../stores/planned.ts';

/**
 * Reports what set-up and the first clean-up would do, and leaves the store as it is; returns the exit code. Its name is not
 * `plan`, which is the command of people that runs it in a Job.
 */
export const planStore = (args: readonly string[]): Promise<number> =>
  run(
    {
      name: 'plan-store',
      graceMs: 0,
      open: openPlanned,
      work: async (store, { owner, store: spec, spentTokens, recordedTimeZone }) => {
        const { ifExists, createIndex, migrate, overwriteToken } = effectiveSetup(spec);
        const cleanup = effectiveCleanup(spec);
        const plan = await store.plan({
          setup: {
            owner,
            ifExists: ifExists.value,
            createIndex,
            migrate,
            ...(overwriteToken !== undefined && { overwriteToken }),
            ...(spentTokens && { spentTokens }),
          },
          ...(cleanup && {
            cleanup: {
              ageSeconds: cleanup.ageSeconds,
              ...(recordedTimeZone !== undefined && { recordedTimeZone }),
            },
          }),
        });
        return { plan };
      },
    },
    args,
  );
