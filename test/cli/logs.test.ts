import { expect, test } from 'vitest';
import { activeSetup, cleanupJob, pod, sessionStore } from '../builders.ts';
import { useFakeApiServer } from './fake-api-server.ts';
import { cliOutcome } from './fake-terminal.ts';

const store = sessionStore();
const { job: setup } = activeSetup(store);
const { job: cleanup } = cleanupJob('web-cleanup-1', undefined);
const podOf = (name: string, { uid }: { readonly uid: string }) => ({
  ...pod(name),
  metadata: { ...pod(name).metadata, ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid }] },
});

const pods = [podOf('of-setup', setup.metadata), podOf('of-cleanup', cleanup.metadata)];
const server = useFakeApiServer([
  [/\/sessionstores\/web$/, () => store],
  [/\/jobs\?.*task%3Dsetup/, () => ({ metadata: {}, items: [setup] })],
  [/\/jobs\?/, () => ({ metadata: {}, items: [cleanup, setup] })],
  [/\/pods\?/, () => ({ metadata: {}, items: pods })],
  [
    /\/pods\/of-\w+\/log/,
    (url) => `{"time":"2026-11-20T11:17:00.5Z","level":"info","msg":"${url.split('/')[6]}"}\n`,
  ],
]);

const logs = (args: readonly string[], columns?: number) =>
  cliOutcome(
    ['logs', 'web', '--kubeconfig', server.kubeconfig, ...args],
    columns === undefined ? {} : { columns },
  );

test('the log of the newest run is printed as it is, and that of set-up where it is asked for', async () => {
  expect(await logs([])).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: '{"time":"2026-11-20T11:17:00.5Z","level":"info","msg":"of-cleanup"}\n',
  });
  expect((await logs(['--setup'])).stdout).toContain('"msg":"of-setup"');
});

test('on a terminal, a line reads as time and message; a run is followed to its end', async () => {
  expect((await logs(['--follow'], 80)).stdout).toBe('11:17:00 of-cleanup\n');
  expect(server.asked.at(-1)).toBe(
    '/api/v1/namespaces/shop/pods/of-cleanup/log?container=runner&follow=true',
  );
});
