import { execFile } from 'node:child_process';
import { cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { builtOnce, type Runtime } from '../runtime.ts';

const run = promisify(execFile);

/** Prisma's client; to generate it takes no engine, though Prisma downloads one unless it is named. */
const generateClient = (folder: string, schema: string) =>
  run(process.execPath, ['node_modules/prisma/build/index.js', 'generate', '--schema', `prisma/${schema}`], {
    cwd: folder,
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
  });

/** The session libraries of npm, in one process; test/layouts/drivers/node/driver.mjs says how one is added. */
export const node: Runtime = {
  name: 'node',
  prepare: async () => {
    const folder = await builtOnce('node', async (fresh, sources) => {
      await cp(sources, fresh, { recursive: true });
      // No library here needs what its dependencies build or download at installation.
      await run('npm', ['ci', '--ignore-scripts'], { cwd: fresh });
      for (const schema of await readdir(path.join(fresh, 'prisma'))) await generateClient(fresh, schema);
    });
    return { command: process.execPath, args: [path.join(folder, 'driver.mjs')] };
  },
};
