import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { basePython } from '../../../scripts/cluster/venv.ts';
import { builtOnce, type Runtime, sourcesOf } from '../runtime.ts';

const run = promisify(execFile);

/** Every package is pinned, so that pip need not look for what else it needs. */
const pinned = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target'];

/** The last cachelib whose names are md5: Debian 12 has it. */
const oldCachelib = 'cachelib==0.9.0';

export const python: Runtime = {
  name: 'python',
  async prepare() {
    const command = await basePython();
    const folder = await builtOnce('python', async (folder, sources) => {
      const requirements = path.join(sources, 'requirements.txt');
      await run(command, [...pinned, path.join(folder, 'packages'), '--requirement', requirements]);
      await run(command, [...pinned, path.join(folder, 'old-cachelib'), oldCachelib]);
    });
    return {
      command,
      args: [path.join(sourcesOf('python'), 'driver.py')],
      env: {
        PYTHONPATH: path.join(folder, 'packages'),
        OLD_CACHELIB: path.join(folder, 'old-cachelib'),
        // The folder of the sources is hashed.
        PYTHONDONTWRITEBYTECODE: '1',
      },
    };
  },
};
