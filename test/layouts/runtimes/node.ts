import { execFile } from 'node:child_process';
import { cp, readdir, symlink } from 'node:fs/promises';
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

/** The libraries of the lock file, apart from the drivers: half a gigabyte, which a change of a driver leaves alone. */
const packages = () =>
  builtOnce('node/packages', async (folder, sources) => {
    await cp(sources, folder, { recursive: true });
    // No library here needs what its dependencies build or download at installation.
    await run('npm', ['ci', '--ignore-scripts'], { cwd: folder });
    for (const schema of await readdir(path.join(folder, 'prisma'))) await generateClient(folder, schema);
  });

/** The session libraries of npm, in one process; test/layouts/drivers/node/driver.mjs says how one is added. */
export const node: Runtime = {
  name: 'node',
  prepare: async () => {
    const folder = await builtOnce('node', async (fresh, sources) => {
      await cp(sources, fresh, { recursive: true });
      const built = await packages();
      for (const name of ['node_modules', 'clients'])
        await symlink(path.join(built, name), path.join(fresh, name));
    });
    return { command: process.execPath, args: [path.join(folder, 'driver.mjs')] };
  },
};
