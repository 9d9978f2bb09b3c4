import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { builtOnce, type Runtime } from '../runtime.ts';

const run = promisify(execFile);

/** The session libraries of npm, in one process; test/layouts/drivers/node/driver.mjs says how one is added. */
export const node: Runtime = {
  name: 'node',
  prepare: async () => {
    const folder = await builtOnce('node', async (fresh, sources) => {
      await cp(sources, fresh, { recursive: true });
      // No library here needs what its dependencies build or download at installation.
      await run('npm', ['ci', '--ignore-scripts'], { cwd: fresh });
    });
    return { command: process.execPath, args: [path.join(folder, 'driver.mjs')] };
  },
};
