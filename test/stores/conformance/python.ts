import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../cluster/run.ts';
import { venvPython } from '../python/venv.ts';
import { outsideOf } from './directory.ts';
import type { MakeStore, Place } from './subject.ts';

const packageFolder = fileURLToPath(new URL('../../../python', import.meta.url));

/** Runs a program on the package, its arguments the path and what follows. */
export async function runPython(code: string, ...args: readonly (string | number)[]): Promise<void> {
  const program = `import sys; sys.path.insert(0, ${JSON.stringify(packageFolder)}); path = sys.argv[1]\n${code}`;
  await run(await venvPython(), ['-B', '-c', program, ...args.map(String)]);
}

/** An interpreter whose clock is behind by so many seconds. */
async function slowPython(folder: string, seconds: number): Promise<string> {
  const path = join(folder, `python-${seconds}`);
  const program = [
    'import os, runpy, sys, time',
    'now = time.time',
    `time.time = lambda: now() - ${seconds}`,
    'sys.argv = sys.argv[-1:]',
    'sys.path.insert(0, os.path.dirname(sys.argv[0]))',
    'runpy.run_path(sys.argv[0], run_name="__main__")',
  ];
  await writeFile(path, `#!/bin/sh\nexec '${await venvPython()}' -s -B -c '${program.join('\n')}' "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

export interface PythonParts {
  readonly form: 'Session3' | 'Safe';
  readonly isMultiprocessSafe: boolean;
  readonly make: MakeStore;
  /** Python that makes the store at `path`, and that fills it with sys.argv[2] sessions of sys.argv[3] bytes. */
  readonly unmarked: string;
  readonly filled: string;
}

/** A folder that stands for a volume, a store in it. */
export async function pythonPlace(parts: PythonParts): Promise<Place> {
  const root = await mkdtemp('/var/tmp/sessionstore-');
  const path = join(root, 'shop/sessions');
  const options = { path, python: await venvPython(), form: parts.form };
  await mkdir(join(root, 'shop'));
  await writeFile(join(root, 'shop/other'), 'of somebody else');
  const tools = await mkdtemp('/var/tmp/sessionstore-');
  return {
    options,
    isMultiprocessSafe: parts.isMultiprocessSafe,
    // From session3's form to the safe one, which no other program makes.
    adopting: parts.form === 'Safe' ? { migrate: true } : {},
    makeUnmarked: () => runPython(parts.unmarked, path),
    saveOld: async (id, payload, ageSeconds) => {
      await using store = parts.make({ ...options, python: await slowPython(tools, ageSeconds) });
      await store.saveSession(id, payload);
    },
    fill: (count, bytes) => runPython(parts.filled, path, count, bytes),
    outside: () => outsideOf(root),
    [Symbol.asyncDispose]: async () => {
      await rm(root, { recursive: true, force: true });
      await rm(tools, { recursive: true, force: true });
    },
  };
}
