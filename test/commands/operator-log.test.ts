import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const source = path.join(import.meta.dirname, '../../src');

/** A process with the operator's log, which runs these statements. */
function logging(statements: string) {
  const program = `import { operatorLog } from '${source}/commands/operator-log.ts';
    import { exitWhenIdle } from '${source}/runner/exit-when-idle.ts';
    const log = operatorLog('info');
    ${statements}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: 'pipe',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { text: '' };
  const read = () =>
    child.stdout.on('data', (chunk: Buffer) => {
      said.text += chunk.toString();
    });
  return { child, read, said, ended: once(child, 'close') as Promise<[number | null]> };
}

const messagesOf = (text: string): readonly unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: unknown }).msg);

const thousand = Array.from({ length: 1000 }, (_, number) => `line ${number}`);
const logThousand = "for (let number = 0; number < 1000; number += 1) log.info('line ' + number);";

test.each([
  ['exits at once', 'process.exit(3);', 3],
  ['leaves as the operator does, while a thread writes', 'await exitWhenIdle(3);', 3],
  ['finishes', '', 0],
  ['throws', "throw new Error('unforeseen');", 1],
])('the last lines are there if the process %s', async (_how, end, code) => {
  const { read, said, ended } = logging(`${logThousand} ${end}`);
  read();
  expect(await ended).toEqual([code, null]);
  expect(messagesOf(said.text)).toEqual(thousand);
});

test('the last line is there if it is fatal', async () => {
  const { read, said, ended } = logging(
    "log.info('before'); log.fatal('over'); process.kill(process.pid, 'SIGKILL');",
  );
  read();
  await ended;
  expect(messagesOf(said.text)).toEqual(['before', 'over']);
});

test('one line is written without a further one, while the process goes on', async () => {
  const { child, read, said, ended } = logging("log.info('alone'); process.stdin.resume();");
  read();
  await once(child.stdout, 'data');
  expect(messagesOf(said.text)).toEqual(['alone']);
  expect(child.exitCode).toBeNull();
  child.stdin.end();
  await ended;
});

test('lines that came while the reader was slow are written, while the process goes on', async () => {
  const { child, read, said, ended } = logging(`
    for (let number = 0; number < 20_000; number += 1) log.info('line ' + number);
    setTimeout(() => process.stderr.write('late'), 500);
    process.stdin.resume();`);
  // By now the log tried to write the last lines, behind a write that waits for the reader.
  await once(child.stderr, 'data');
  read();
  while (!said.text.includes('line 19999')) await once(child.stdout, 'data');
  expect(messagesOf(said.text)).toHaveLength(20_000);
  expect(child.exitCode).toBeNull();
  child.stdin.end();
  await ended;
});

test('lines for which a slow reader leaves no room are dropped and counted, so that they do not fill the memory', async () => {
  const { child, read, said, ended } = logging(`
    for (let number = 0; number < 8000; number += 1) log.info('line ' + number + ' ' + 'x'.repeat(1000));
    process.stderr.write('logged');
    process.stdin.resume();`);
  await once(child.stderr, 'data');
  read();
  while (!said.text.includes('were dropped')) await once(child.stdout, 'data');
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
  const lines = said.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; lines?: number });
  const kept = lines.filter(({ msg }) => msg.startsWith('line '));
  const [report] = lines.filter(({ msg }) => msg.includes('were dropped'));
  expect(kept.map(({ msg }) => msg.split(' ')[1])).toEqual(kept.map((_line, number) => String(number)));
  expect(kept.length + (report?.lines ?? 0)).toBe(8000);
  expect(said.text.length).toBeLessThan(6_000_000);
});
