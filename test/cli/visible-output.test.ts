import { expect, test } from 'vitest';
import { reportLines, summaryOf } from '../../src/cli/discover/report.ts';
import { linesOfFields } from '../../src/cli/fields.ts';
import { linesOfTable } from '../../src/cli/table.ts';
import type { Finding } from '../../src/stores/discover/finding.ts';
import { useFakeApiServer } from './fake-api-server.ts';
import { cliOutcome } from './fake-terminal.ts';

/** Clears the screen of a terminal, or is read from right to left. */
const hostile = 'a\u001b[2Jb\u009b2J\u202e';
const shown = 'a␛[2Jb\\u009b2J\\u202e';

const server = useFakeApiServer([
  [
    /\/sessionstores/,
    (_url, response) => {
      response.writeHead(502);
      return `<html>${hostile}</html>`;
    },
  ],
]);

test('names of a database, and notes that quote it, are shown with every character visible', () => {
  const finding: Finding = {
    backend: 'postgres',
    schema: 'public',
    table: `session${hostile}`,
    candidates: [],
    assumed: {},
    notes: [`has also ${hostile}`],
  };
  const text = reportLines([finding]).join('\n');
  expect(text).toContain(`public.session${shown}`);
  expect(text).toContain(`has also ${shown}`);
  expect(summaryOf(finding)).toBe(`Found public.session${shown}`);
});

test('tables and fields show every character of what another program has written', () => {
  expect(linesOfTable({ headings: ['MESSAGE'], rows: [[hostile]] })).toEqual(['MESSAGE', shown]);
  const fields = [{ label: 'Why', text: hostile }];
  expect(linesOfFields(fields, 80, (_tone, text) => text)).toEqual([`Why  ${shown}`]);
});

test('an answer that is not the API server’s is quoted with every character visible', async () => {
  const { exitCode, stderr } = await cliOutcome(['status', '--kubeconfig', server.kubeconfig]);
  expect(exitCode).toBe(69);
  expect(stderr).toContain(`<html>${shown}</html>`);
});
