import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from './lock.ts';
import { cacheDirectory, inputHash } from './paths.ts';
import { run, step } from './run.ts';

/** The major versions of Helm that the chart is for. */
export const helmVersions = ['v3', 'v4'] as const;
export type HelmVersion = (typeof helmVersions)[number];

/**
 * The path of Helm; the first time it is built from its published Go module, which takes minutes. Any number of processes
 * may ask at once: one of them builds.
 */
export async function helmProgram(version: HelmVersion): Promise<string> {
  const source = path.join(import.meta.dirname, 'helm', version);
  const inputs = ['go.mod', 'go.sum'].map((name) => path.join(source, name));
  const directory = path.join(cacheDirectory, `helm-${version}-${inputHash(inputs)}`);
  const program = path.join(directory, 'helm');
  if (existsSync(program)) return program;
  await mkdir(directory, { recursive: true });
  await step(`Helm ${version} from its Go module (once, some minutes)`, () =>
    withLock(`${directory}.lock`, async () => {
      if (existsSync(program)) return;
      const target = `${program}.partial`;
      const options = ['-trimpath', '-ldflags', '-s -w', '-o', target, `helm.sh/helm/${version}/cmd/helm`];
      await run('go', ['build', ...options], { cwd: source });
      await rename(target, program);
    }),
  );
  return program;
}
