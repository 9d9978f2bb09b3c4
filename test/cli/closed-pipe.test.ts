import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cleanupJob, pod, sessionStore } from '../builders.ts';
import { useFakeApiServer } from './fake-api-server.ts';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');
const { job } = cleanupJob('web-cleanup-1', undefined);
const ofJob = pod('web-cleanup-1-a');
const { uid, name } = job.metadata;
const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name, uid }];
const server = useFakeApiServer([
  [/\/sessionstores\/web$/, () => sessionStore()],
  [/\/jobs\?/, () => ({ metadata: {}, items: [job] })],
  [
    /\/pods\?/,
    () => ({ metadata: {}, items: [{ ...ofJob, metadata: { ...ofJob.metadata, ownerReferences } }] }),
  ],
  // A run that goes on.
  [/\/log/, (_url, response) => void response.write('{"msg":"one"}\n')],
]);

/** The exit code of the program, which begins once this output has no reader any more. */
async function exitCodeWithout(reader: 'stdout' | 'stderr', args: readonly string[]) {
  const program = spawn('sh', ['-c', 'read go; exec "$@"', 'sh', process.execPath, main, ...args]);
  program[reader === 'stdout' ? 'stderr' : 'stdout'].resume();
  program[reader].destroy();
  await once(program[reader], 'close');
  program.stdin.end('go\n');
  const [exitCode] = await once(program, 'close');
  return exitCode;
}

test('a log that goes on ends with its reader, and not with the exit code of a run that is well', async () => {
  const args = ['logs', 'web', '--follow', '--kubeconfig', server.kubeconfig];
  expect(await exitCodeWithout('stdout', args)).toBe(141);
});

test('a command without a reader of its messages has its own exit code', async () => {
  expect(await exitCodeWithout('stderr', ['status', '--kubeconfig', '/nowhere'])).toBe(64);
});
