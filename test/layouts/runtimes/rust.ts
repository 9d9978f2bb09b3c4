import { cp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../../scripts/cluster/run.ts';
import { builtOnce, type Runtime } from '../runtime.ts';

const program = 'session-libraries';

/** tower-sessions, for Rust. */
export const rust: Runtime = {
  name: 'rust',
  async prepare() {
    const folder = await builtOnce('rust', async (fresh, sources) => {
      await requireCargo();
      // Cargo writes its lock file beside the manifest.
      const crate = path.join(fresh, 'crate');
      await cp(sources, crate, { recursive: true });
      await run('cargo', ['build', '--quiet', '--target-dir', path.join(crate, 'target')], { cwd: crate });
      await rename(path.join(crate, 'target/debug', program), path.join(fresh, program));
      await rm(crate, { recursive: true });
    });
    return { command: path.join(folder, program), args: [] };
  },
};

/** Debian 12's package cargo has an older Rust than the libraries need. */
async function requireCargo(): Promise<void> {
  const found = await run('cargo', ['--version']).catch(() => 'no cargo');
  const minor = Number(/^cargo 1\.(\d+)/.exec(found)?.[1] ?? 0);
  if (minor < 88)
    throw new Error(`Expected cargo 1.88 or newer, got ${found.trim()}: install Debian's cargo-web`);
}
