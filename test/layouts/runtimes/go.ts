import path from 'node:path';
import { run } from '../../../scripts/cluster/run.ts';
import { builtOnce, type Runtime } from '../runtime.ts';

const program = 'session-libraries';

/** scs, for Go. */
export const go: Runtime = {
  name: 'go',
  async prepare() {
    const folder = await builtOnce('go', async (fresh, sources) => {
      const env = { ...process.env, CGO_ENABLED: '0' };
      await run('go', ['build', '-trimpath', '-o', path.join(fresh, program), '.'], { cwd: sources, env });
    });
    return { command: path.join(folder, program), args: [] };
  },
};
