import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { atTerminal } from './pseudo-terminal.ts';

test('the command line is at a terminal of that width, and Ctrl+C reaches it', async () => {
  const program = `
    process.on('SIGINT', () => process.exit(130));
    console.log('columns', process.stdout.columns, process.stdin.isTTY);
    setInterval(() => undefined, 1000);`;
  const { output, exitCode } = await atTerminal([process.execPath, '-e', program], {
    columns: 97,
    steps: [{ wait: 'columns', send: '\u0003' }],
  });
  expect(stripVTControlCharacters(output)).toContain('columns 97 true');
  expect(exitCode).toBe(130);
});
