import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { venvPython } from '../../../scripts/cluster/venv.ts';

const folder = fileURLToPath(new URL('../../../python', import.meta.url));

async function output(...args: string[]): Promise<string> {
  const run = promisify(execFile);
  const end = await run(await venvPython(), ['-B', ...args], { cwd: folder, maxBuffer: 2 ** 26 }).catch(
    (error: Error & { stdout: string; stderr: string }) => error,
  );
  return `${end.stdout}${end.stderr}`;
}

test('the Python package passes mypy --strict', async () => {
  expect(await output('-m', 'mypy', '--strict', '--cache-dir=/dev/null')).toMatch(/^Success/);
});

/** Two halves of the test files, in processes beside each other, as most of them wait for others. */
const halves = ['test_s*.py', 'test_[!s]*.py'];

test('the Python package passes its own tests', { timeout: 600_000 }, async () => {
  const discover = ['-m', 'unittest', 'discover', '-t', '.', '-s', 'tests', '-p'];
  for (const told of await Promise.all(halves.map((half) => output(...discover, half)))) {
    expect(told.trimEnd().split('\n').at(-1), told.slice(-4000)).toBe('OK');
  }
});
