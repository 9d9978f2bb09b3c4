import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { repository } from '../../../scripts/cluster/paths.ts';

const execute = promisify(execFile);

/** The screen of `sessionstore init`, with each answer typed after the text that asks for it. */
async function typed(...answers: readonly (readonly [string, string])[]) {
  const script = join(import.meta.dirname, 'terminal.py');
  const command = [process.execPath, join(repository, 'src/main.ts'), 'init'];
  const { stdout } = await execute('python3', [script, JSON.stringify(answers), ...command]);
  const { screen, code } = JSON.parse(stdout) as { screen: string; code: number };
  return { code, screen: screen.replaceAll('\r\n', '\n') };
}

test('a person answers at a terminal: defaults by Enter, and again where an answer cannot be used', async () => {
  const { code, screen } = await typed(
    ['Where are the sessions? [postgres] ', ''],
    ['Which library writes them? [session3] ', 'lara'],
    ['got lara: laravel?\n> '.replace('\n', '\r\n'), 'laravel'],
    ['connection to the database? ', 'shop-db'],
    ['before it is deleted? [14d] ', '30d'],
  );
  expect(code).toBe(0);
  expect(screen).toContain('unmodifiedFor: 30d');
  expect(screen).toContain('secretName: shop-db');
  const lines = screen.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
}, 60_000);
