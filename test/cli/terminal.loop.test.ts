import { execFile } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { failureResult } from '../builders.ts';
import { useLoop } from '../operator/loop.ts';
import { Namespace } from '../operator/namespace.ts';
import { sharedProgram } from '../servers/shared.ts';
import { atTerminal } from './pseudo-terminal.ts';

const loop = useLoop({ namespaces: ['shop'] });
const shop = new Namespace(loop, 'shop');
let main: string;

beforeAll(async () => {
  main = await sharedProgram();
  await shop.apply('web');
  const job = await shop.setupJob('web');
  const message =
    'the server refused the password of role shop: look into the Secret, and see that it is current';
  await shop.endPodOf(job.metadata.name, failureResult('AuthenticationFailed', message), 76);
  await shop.untilCondition('web', { type: 'Ready', reason: 'AuthenticationFailed' });
});

const program = (args: string): readonly string[] => [process.execPath, main, ...args.split(' ')];

const surroundings = (env: Readonly<Record<string, string>> = {}): readonly string[] =>
  Object.entries({
    PATH: process.env['PATH'],
    KUBECONFIG: loop.kubeconfig,
    TERM: 'xterm',
    LC_ALL: 'C.UTF-8',
    ...env,
  }).map(([name, value]) => `${name}=${value}`);

/** Runs the bundled program in a pseudo-terminal of that many columns. */
async function onTerminal(columns: number, args: string, env?: Readonly<Record<string, string>>) {
  const command = ['env', '-i', ...surroundings(env), ...program(args)];
  const { output, exitCode } = await atTerminal(command, { columns });
  return { code: exitCode, text: output.replaceAll('\r\n', '\n') };
}

const inPipe = (args: string): Promise<{ readonly code: number; readonly text: string }> =>
  new Promise((resolve) => {
    const child = execFile('env', ['-i', ...surroundings(), ...program(args)], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, text: stdout + stderr }),
    );
  });

const widest = (text: string): number =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );

const colour = '\u001b[31m';

test.for([80, 200])(
  'in %i columns, fleet, store and diagnosis fit the terminal, in colour',
  async (columns) => {
    const fleet = await onTerminal(columns, 'status -A');
    expect(fleet.code).toBe(1);
    expect(fleet.text).toContain(`${colour}AuthenticationFailed`);
    expect(fleet.text.includes('postgres: table public.session')).toBe(columns === 200);
    for (const args of ['status -A', 'status web -n shop', 'doctor web -n shop', '--help']) {
      const { text } = await onTerminal(columns, args);
      expect(widest(text)).toBeLessThanOrEqual(columns);
      expect(text).not.toBe('');
    }
  },
);

test('NO_COLOR turns colours off, and a pipe has neither colours nor a width', async () => {
  const plain = await onTerminal(80, 'doctor web -n shop', { NO_COLOR: '1' });
  expect(plain.text).toContain('✗ Ready');
  expect(plain.text).not.toContain('\u001b');
  const piped = await inPipe('doctor web -n shop');
  expect(piped.code).toBe(1);
  expect(piped.text).not.toContain('\u001b');
  expect(piped.text).toMatch(/the server refused the password of role shop: look into .* is current$/m);
});

test('a terminal without UTF-8 gets words for signs', async () => {
  const { text } = await onTerminal(80, 'doctor web -n shop', { LC_ALL: 'C' });
  expect(text).toMatch(/FAILED {2}Ready/);
  expect(text).not.toContain('✗');
});
