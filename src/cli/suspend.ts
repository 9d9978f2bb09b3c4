import { type AccessOptions, openAccess } from './access.ts';
import type { Work } from './cli.ts';
import { exitCodes } from './exit-codes.ts';
import { qualifiedName } from './output.ts';
import { patchSessionStore } from './session-stores.ts';

const setSuspend =
  (suspended: boolean, done: string): Work<AccessOptions> =>
  async ({ args, options, terminal }) => {
    await using access = await openAccess(options);
    for (const name of args) {
      const store = await patchSessionStore(access, name, { spec: { suspend: suspended } });
      terminal.stdout.write(`${qualifiedName(store)} ${done}\n`);
    }
    return exitCodes.ok;
  };

export const suspend = setSuspend(true, 'suspended');
export const resume = setSuspend(false, 'resumed');
