import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../../../scripts/cluster/paths.ts';
import { atTerminal } from '../pseudo-terminal.ts';

const init = [process.execPath, join(repository, 'src/main.ts'), 'init'];

test('a person answers at a terminal: defaults by Enter, and again where an answer cannot be used', async () => {
  const { exitCode, output } = await atTerminal(init, {
    steps: [
      { wait: 'Where are the sessions\\? \\[postgres\\] ', send: '\n' },
      { wait: 'Which library writes them\\? \\[session3\\] ', send: 'lara\n' },
      { wait: 'got lara: laravel\\?\\r\\n> ', send: 'laravel\n' },
      { wait: 'connection to the database\\? ', send: 'shop-db\n' },
      { wait: 'before it is deleted\\? \\[14d\\] ', send: '30d\n' },
    ],
  });
  expect(exitCode).toBe(0);
  expect(output).toContain('unmodifiedFor: 30d');
  expect(output).toContain('secretName: shop-db');
  const lines = output.split('\r\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
}, 60_000);

test('an answer that the API server would refuse is asked for again', async () => {
  const { exitCode, output } = await atTerminal([...init, '--layout', 'php-files'], {
    steps: [
      { wait: 'Where are the sessions', send: 'mysql\n' },
      { wait: 'php-files is one for directory\r\n> ', send: 'directory\n' },
      { wait: 'Which PersistentVolumeClaim', send: 'data\n' },
      { wait: 'Which folder of it', send: 'a/../../b\n' },
      { wait: 'got a/../../b\r\n> ', send: 'a/b\n' },
      { wait: 'before it is deleted', send: '\n' },
    ],
  });
  expect(output).toContain('path: a/b');
  expect(exitCode).toBe(0);
}, 60_000);

test('the end of the input ends the command without a manifest', async () => {
  const { exitCode, output } = await atTerminal(init, {
    steps: [{ wait: 'Where are the sessions', send: '\u0004' }],
  });
  expect(exitCode).toBe(130);
  expect(output).toContain('The input ended before all questions were answered');
  expect(output).not.toContain('apiVersion');
}, 60_000);
