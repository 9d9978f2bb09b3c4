import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Block, blocksIn, linesOf } from './blocks.ts';
import { Reader } from './reader.ts';

let reader: Reader;
beforeAll(async () => {
  reader = await Reader.start();
});
afterAll(() => reader.stop());
beforeEach(() => reader.prepare());
afterEach(() => reader.tidy());

const pagesToRead = [
  'README.md',
  'docs/quick-start.md',
  'docs/moving-in.md',
  'docs/operations.md',
  'docs/stores.md',
  'docs/troubleshooting.md',
  'docs/runbook.md',
  'docs/gitops.md',
] as const;

/** Reasons that a page may give for a block that no test runs. */
const excuses = ['needs docker', 'needs a node', 'either this or the last'];

/** Commands of this project's program that need neither a node nor the operator's Deployment. */
const runnable =
  /^(kubectl|helm|export|sessionstore (status|request|suspend|resume|version|completion))( |$)/;

const canRun = ({ language, notRun, text }: Block): boolean =>
  language === 'sh' && notRun === undefined && linesOf(text).every((line) => runnable.test(line));

/** A file that the page asks its reader to write: a block with its name as a comment in the first line. */
const fileOf = ({ text }: Block): string | undefined => /^# ([\w-]+\.yaml)\n/.exec(text)?.[1];

/** Placeholders of general advice. */
const filledIn = (text: string): string =>
  text.replaceAll('NAMESPACE', 'default').replaceAll('NAME', 'shop').replaceAll('…', 'secret');

test.each(pagesToRead)('the commands of %s work one after the other', async (page) => {
  let commands = 0;
  if (page === 'docs/moving-in.md') {
    const [handWritten] = blocksIn(page).filter((block) => fileOf(block) === 'delete-old-sessions.yaml');
    await reader.write('delete-old-sessions.yaml', handWritten?.text ?? '');
    await reader.type('kubectl apply -f delete-old-sessions.yaml');
  }
  for (const block of blocksIn(page)) {
    const file = fileOf(block);
    if (file !== undefined) await reader.write(file, block.text);
    if (block.notRun !== undefined) expect(excuses).toContain(block.notRun);
    if (!canRun(block)) continue;
    await reader.type(filledIn(block.text));
    commands += linesOf(block.text).length;
  }
  expect(commands).toBeGreaterThan(0);
});

test('the command line of this project is at hand', async () => {
  expect(await reader.type('sessionstore status web -n shop')).toContain('Ready');
});

test('a command that fails is an error', async () => {
  await expect(reader.type('kubectl get sessionstore missing')).rejects.toThrow('not found');
});
