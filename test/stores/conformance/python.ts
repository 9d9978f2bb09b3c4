import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../scripts/cluster/run.ts';
import { venvPython } from '../../../scripts/cluster/venv.ts';
import { contentsOf, outsideOf } from './directory.ts';
import type { Location, MakeStore, OldSession } from './store-kind.ts';

const packageFolder = fileURLToPath(new URL('../../../python', import.meta.url));

/** Runs a program on the package, its arguments the path and what follows. */
export async function runPython(code: string, ...args: readonly (string | number)[]): Promise<void> {
  const program = `import sys; sys.path.insert(0, ${JSON.stringify(packageFolder)}); path = sys.argv[1]\n${code}`;
  await run(await venvPython(), ['-B', '-c', program, ...args.map(String)]);
}

/** An interpreter with a clock that is behind by the seconds in a file. */
async function slowPython(path: string, seconds: string): Promise<string> {
  const program = [
    'import os, runpy, sys, time',
    'now = time.time',
    `time.time = lambda: now() - float(open("${seconds}").read())`,
    'sys.argv = sys.argv[-1:]',
    'sys.path.insert(0, os.path.dirname(sys.argv[0]))',
    'runpy.run_path(sys.argv[0], run_name="__main__")',
  ];
  await writeFile(path, `#!/bin/sh\nexec '${await venvPython()}' -s -B -c '${program.join('\n')}' "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** Saves sessions by one process, with its clock set back for each of them; the folder holds its program. */
export async function saveOld(
  make: MakeStore,
  options: object,
  folder: string,
  sessions: readonly OldSession[],
): Promise<void> {
  const clock = join(folder, 'clock');
  await writeFile(clock, '0');
  await using store = make({ ...options, python: await slowPython(join(folder, 'slow-python'), clock) });
  for (const { id, payload, ageSeconds } of sessions) {
    await writeFile(clock, String(ageSeconds));
    await store.saveSession(id, payload);
  }
}

export interface PythonParts {
  readonly form: 'Session3' | 'Safe';
  readonly many: Location['many'];
  /** Additional options. */
  readonly options?: object;
  readonly isMultiprocessSafe: boolean;
  readonly make: MakeStore;
  readonly makeUnmarked: (path: string) => Promise<void>;
  readonly loseMark: (path: string) => Promise<void>;
  readonly makeUnlike: (path: string) => Promise<void>;
  readonly fill: (options: object, count: number, bytes: number) => Promise<void>;
}

/** A folder that stands for a volume, a store in it. */
export async function pythonLocation(parts: PythonParts): Promise<Location> {
  const root = await mkdtemp('/var/tmp/sessionstore-');
  const path = join(root, 'shop/sessions');
  const options = { path, python: await venvPython(), form: parts.form, ...parts.options };
  await mkdir(join(root, 'shop'));
  await writeFile(join(root, 'shop/other'), 'of somebody else');
  const tools = await mkdtemp('/var/tmp/sessionstore-');
  return {
    options,
    isMultiprocessSafe: parts.isMultiprocessSafe,
    many: parts.many,
    // From session3's form to the safe one, which no other program makes.
    adopting: parts.form === 'Safe' ? { migrate: true } : {},
    makeUnmarked: () => parts.makeUnmarked(path),
    loseMark: () => parts.loseMark(path),
    makeUnlike: () => parts.makeUnlike(path),
    unlike: () => contentsOf(join(root, 'shop'), (name) => name.startsWith('/sessions')),
    saveOld: (sessions) => saveOld(parts.make, options, tools, sessions),
    fill: (count, bytes) => parts.fill(options, count, bytes),
    outside: () => outsideOf(root),
    [Symbol.asyncDispose]: async () => {
      await rm(root, { recursive: true, force: true });
      await rm(tools, { recursive: true, force: true });
    },
  };
}
