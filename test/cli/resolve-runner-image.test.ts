import { expect, test } from 'vitest';
import type { CronJob } from '../../src/api/kubernetes.ts';
import type { Access } from '../../src/cli/access.ts';
import type { Deployment } from '../../src/cli/operator-deployments.ts';
import { resolveRunnerImage } from '../../src/cli/resolve-runner-image.ts';
import { cleanupCronJob } from '../../src/desired/cleanup-cron-job.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import { scheduleOf } from '../../src/state/schedule.ts';
import { readManifests } from '../api-client.ts';
import { options, postgresSpec, sessionStore, shelveSpec } from '../builders.ts';

const schedule = scheduleOf('17 * * * *', 'shop', 'web');
if (!schedule.ok) throw new Error(schedule.message);
const cronJobOf = (spec = postgresSpec, namespace = 'shop') =>
  cleanupCronJob(sessionStore(spec, { namespace }), options, schedule) as unknown as CronJob;

/** A cluster with these CronJobs, which forbids everything outside of the namespace if it is told to. */
function access(
  cronJobs: readonly CronJob[],
  isLimited = false,
  deployments: readonly Deployment[] = [],
): Access {
  const request = async ({ path }: { readonly path: string }) => {
    const namespace = /namespaces\/([^/]+)/.exec(path)?.[1];
    if (namespace === undefined && isLimited) throw new ApiError(403, 'Forbidden', 'forbidden');
    const all: readonly (CronJob | Deployment)[] = path.includes('/deployments') ? deployments : cronJobs;
    const items = all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
    return { metadata: {}, items };
  };
  return { server: { request }, namespace: 'shop' } as unknown as Access;
}

test('the image is that of the option, of the environment, of a CronJob of the namespace, or of any other', async () => {
  const here = access([cronJobOf(postgresSpec, 'wiki'), cronJobOf()]);
  const env = { SESSIONSTORE_RUNNER_IMAGE: 'named:2' };
  expect(await resolveRunnerImage(here, { runnerImage: 'named:1' }, env)).toMatchObject({
    image: 'named:1',
    from: '--runner-image',
    installation: 'test-installation',
  });
  expect(await resolveRunnerImage(here, {}, env)).toMatchObject({
    image: 'named:2',
    from: '$SESSIONSTORE_RUNNER_IMAGE',
  });
  expect(await resolveRunnerImage(here, {}, {})).toEqual({
    image: 'session-store-operator:test',
    imagePullPolicy: 'IfNotPresent',
    from: 'CronJob shop/web-cleanup',
    installation: 'test-installation',
  });
  expect(await resolveRunnerImage(access([cronJobOf(postgresSpec, 'wiki')]), {}, {})).toMatchObject({
    from: 'CronJob wiki/web-cleanup',
  });
});

test('the settings of a CronJob’s pods come with its image, and stay beside an image that is named', async () => {
  const pod = { imagePullSecrets: [{ name: 'registry' }], nodeSelector: { pool: 'jobs' } };
  const placed = access([cronJobOf({ ...postgresSpec, pod })]);
  expect(await resolveRunnerImage(placed, {}, {})).toMatchObject({ pod });
  expect(await resolveRunnerImage(placed, { runnerImage: 'named:1' }, {})).toMatchObject({
    image: 'named:1',
    pod,
  });
});

test('a store that needs Python takes the image of one that needs it, too', async () => {
  const both = access([cronJobOf(), cronJobOf(shelveSpec, 'wiki')]);
  expect(await resolveRunnerImage(both, {}, {}, 'python')).toMatchObject({
    image: 'session-store-operator-python:test',
    from: 'CronJob wiki/web-cleanup',
  });
});

/** The operator as the manifests install it, with more flags; its namespace is the one of the manifests. */
const deployment = (...flags: readonly string[]): Deployment => ({
  metadata: {
    ...sessionStore(postgresSpec).metadata,
    name: 'operator',
    namespace: 'session-store-system',
  },
  spec: {
    selector: {},
    template: {
      spec: {
        containers: [
          {
            name: 'operator',
            image: 'operator:1',
            args: ['operator', '--runner-image=$(RUNNER_IMAGE)', ...flags],
            env: [
              { name: 'RUNNER_IMAGE', value: 'runner:1' },
              { name: 'PYTHON_IMAGE', value: 'python:1' },
              { name: 'FROM_A_CONFIG_MAP' },
            ],
          },
        ],
      },
    },
  },
});

test.each([
  ['all namespaces', false],
  ['the usual namespace', true],
])('on a fresh install, the operator’s Deployment names the image: %s', async (_where, isLimited) => {
  const flags = ['--python-runner-image', '$(PYTHON_IMAGE)', '--runner-image-pull-policy=Never'];
  const here = access([], isLimited, [deployment(...flags, '--installation-id=blue')]);
  expect(await resolveRunnerImage(here, {}, {})).toEqual({
    image: 'runner:1',
    imagePullPolicy: 'Never',
    from: 'Deployment session-store-system/operator',
    installation: 'blue',
  });
  expect(await resolveRunnerImage(here, {}, {}, 'python')).toMatchObject({ image: 'python:1' });
});

test('the flags of the manifests’ own Deployment are read', async () => {
  const [manifest] = await readManifests('deploy/deployment.yaml');
  const here = access([], false, [manifest as unknown as Deployment]);
  expect(await resolveRunnerImage(here, {}, {})).toMatchObject({ image: 'session-store-operator:dev' });
  expect(await resolveRunnerImage(here, {}, {}, 'python')).toMatchObject({
    image: 'session-store-operator-python:dev',
  });
});

test('a CronJob comes before the operator; a value that the Deployment does not show is not taken', async () => {
  const both = access([cronJobOf()], false, [deployment()]);
  expect(await resolveRunnerImage(both, {}, {})).toMatchObject({ from: 'CronJob shop/web-cleanup' });
  const hidden = access([], false, [deployment('--python-runner-image=$(FROM_A_CONFIG_MAP)')]);
  await expect(resolveRunnerImage(hidden, {}, {}, 'python')).rejects.toThrow(
    /no CronJob of a SessionStore and no Deployment of the operator.*--python-runner-image/,
  );
});

test('without any of them, the error says what to give', async () => {
  const limited = access([cronJobOf(postgresSpec, 'wiki')], true);
  await expect(resolveRunnerImage(limited, {}, {})).rejects.toThrow(
    'give --runner-image or set SESSIONSTORE_RUNNER_IMAGE to the image that the operator’s flag --runner-image names',
  );
  await expect(resolveRunnerImage(limited, {}, {}, 'python')).rejects.toThrow('--python-runner-image');
});
