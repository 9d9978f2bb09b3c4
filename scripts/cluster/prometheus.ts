import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { goBuild } from './go-program.ts';
import { withLock } from './lock.ts';
import { cacheDirectory, inputHash } from './paths.ts';
import { step } from './run.ts';

/** The programs of Prometheus: the server, without its pages, and the one that checks and tests rules. */
const programs = ['prometheus', 'promtool'] as const;
type Program = (typeof programs)[number];

const source = path.join(import.meta.dirname, 'prometheus');

/**
 * The path of a program of Prometheus; the first time both are built from their published Go module, which takes minutes.
 * Any number of processes may ask at once: one of them builds.
 */
export async function prometheusProgram(program: Program): Promise<string> {
  const inputs = ['go.mod', 'go.sum'].map((name) => path.join(source, name));
  const directory = path.join(cacheDirectory, `prometheus-${inputHash(inputs)}`);
  if (!programs.every((name) => existsSync(path.join(directory, name)))) {
    await mkdir(directory, { recursive: true });
    await step('Prometheus from its Go module (once, some minutes)', () =>
      withLock(`${directory}.lock`, () => build(directory)),
    );
  }
  return path.join(directory, program);
}

async function build(directory: string): Promise<void> {
  const partial = `${directory}.partial/`;
  // Without the clouds' discovery of targets, of which each brings its vendor's library.
  const options = ['-tags', 'remove_all_sd'];
  const packages = programs.map((name) => `github.com/prometheus/prometheus/cmd/${name}`);
  if (programs.every((name) => existsSync(path.join(directory, name)))) return;
  await goBuild(source, partial, packages, { options });
  for (const name of programs) await rename(path.join(partial, name), path.join(directory, name));
  await rm(partial, { recursive: true });
}
