import { expect, test } from 'vitest';
import { linesOfTable } from '../../src/cli/table.ts';
import { painter } from '../../src/cli/terminal.ts';
import { programVersion } from '../../src/cli/version.ts';
import { cliOutcome } from './fake-terminal.ts';

test('the help fits a terminal of 80 columns and 24 lines, and names each command with what it does', async () => {
  const { exitCode, stdout } = await cliOutcome(['--help'], { columns: 80 });
  expect(exitCode).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/^ {2}suspend .*Stop set-up and clean-up/m);
});

test('an unknown command, an unknown option and a missing argument are refused with exit code 64', async () => {
  const unknown = await cliOutcome(['statsu']);
  expect(unknown).toMatchObject({ exitCode: 64, stdout: '' });
  expect(unknown.stderr).toContain("unknown command 'statsu'");
  expect(await cliOutcome(['suspend', 'shop', '--all'])).toMatchObject({ exitCode: 64 });
  expect(await cliOutcome(['suspend'])).toMatchObject({ exitCode: 64 });
});

test('--version prints the version, as the command does', async () => {
  const option = await cliOutcome(['--version']);
  expect(option).toEqual({ exitCode: 0, stderr: '', stdout: `Program: ${programVersion}\n` });
  expect(await cliOutcome(['version', '--client'])).toEqual(option);
});

test('a kubeconfig that does not exist, and a context that it lacks, are said in one sentence', async () => {
  const missing = await cliOutcome(['suspend', 'shop', '--kubeconfig', '/nowhere/config']);
  expect(missing.exitCode).toBe(64);
  expect(missing.stderr).toBe(
    'sessionstore suspend: Expected a kubeconfig in /nowhere/config; the file does not exist\n',
  );
});

test('a table has two blanks between columns, and cuts its last column at the width of the terminal', () => {
  const table = {
    headings: ['NAME', 'MESSAGE'],
    rows: [
      ['shop', 'the password is wrong'],
      ['a-longer-name', ''],
    ],
  };
  expect(linesOfTable(table, 26)).toEqual([
    'NAME           MESSAGE',
    'shop           the passwo…',
    'a-longer-name',
  ]);
  expect(linesOfTable(table)[1]).toBe('shop           the password is wrong');
});

test('colours are for terminals, and for those who did not refuse them', () => {
  const output = { write: () => undefined, isTTY: true };
  expect(painter(output, {})('bad', 'no')).toBe('\u001b[31mno\u001b[39m');
  expect(painter(output, { NO_COLOR: '1' })('bad', 'no')).toBe('no');
  expect(painter({ ...output, isTTY: false }, {})('bad', 'no')).toBe('no');
});
