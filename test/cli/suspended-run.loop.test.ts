import { expect, test } from 'vitest';
import { cronJobPath, jobPath, until } from '../api-client.ts';
import { useLoop } from '../operator/loop.ts';
import { Namespace } from '../operator/namespace.ts';
import { cliOutcome } from './fake-terminal.ts';

const namespace = 'suspended';
const loop = useLoop({ namespaces: [namespace] });
const stores = new Namespace(loop, namespace);
const run = (...args: readonly string[]) =>
  cliOutcome([...args, '-n', namespace, '--kubeconfig', loop.kubeconfig]);

test('a store is suspended once its run has stopped; without the operator, the run is named', async () => {
  await stores.apply('web');
  await stores.provision('web');
  await until('its CronJob', async () => {
    const { status } = await loop.api.request('GET', cronJobPath(namespace, 'web-cleanup'));
    return status === 200;
  });
  const started = await run('clean', 'web', '--no-wait');
  const job = /job\.batch\/(\S+)/.exec(started.stdout)?.[1] ?? 'no Job';
  expect(await run('suspend', 'web')).toMatchObject({
    exitCode: 0,
    stdout: 'sessionstore.sessionstore.dev/web suspended\n',
  });
  expect((await loop.api.must('GET', jobPath(namespace, job))).spec.suspend).toBe(true);
  expect((await stores.cronJob('web')).spec.suspend).toBe(true);
  expect(await run('resume', 'web')).toMatchObject({ exitCode: 0 });
  expect((await stores.cronJob('web')).spec.suspend).toBe(false);
  await loop.operator.stop();
  const { exitCode, stderr } = await run('suspend', 'web', '--timeout', '0.1');
  expect(exitCode).toBe(69);
  expect(stderr).toContain('CronJob web-cleanup is not suspended');
  expect(stderr).toContain(`kubectl delete job ${job} -n ${namespace}`);
});
