import { effectiveSetup } from '../api/effective.ts';
import { run } from '../runner/run.ts';
import { openStore } from '../stores/index.ts';

/** Provisions a store; returns the exit code. */
export const setup = (args: readonly string[]): Promise<number> =>
  run(
    {
      name: 'setup',
      graceMs: 0,
      open: openStore,
      work: async (store, { owner, store: spec, spentTokens }) => {
        const { ifExists, createIndex, migrate, overwriteToken } = effectiveSetup(spec);
        const report = await store.setup({
          owner,
          ifExists: ifExists.value,
          createIndex,
          migrate,
          ...(overwriteToken !== undefined && { overwriteToken }),
          ...(spentTokens && { spentTokens }),
        });
        return { setup: report };
      },
    },
    args,
  );
