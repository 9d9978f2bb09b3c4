import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type HelmVersion, helmVersions } from '../../scripts/cluster/helm.ts';
import { kubectl } from '../../scripts/cluster/kubectl.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { parseFlags } from '../../src/operator/flags.ts';
import { cases } from './cases.ts';
import { type AnyObject, chart, helm, nameOf, objectsIn, rendered } from './chart.ts';
import { withoutHelms } from './without-helms.ts';

const crd = 'CustomResourceDefinition sessionstores.sessionstore.dev';

/** The parts of a value that another does not have, or undefined if they are equal. */
function changesOf(value: unknown, other: unknown): unknown {
  if (isDeepStrictEqual(value, other)) return undefined;
  if (Array.isArray(value) && Array.isArray(other) && value.length === other.length)
    return value.map((item, at) => changesOf(item, other[at])).filter((item) => item !== undefined);
  if (!isRecord(value) || !isRecord(other)) return value;
  const keys = [...new Set([...Object.keys(other), ...Object.keys(value)])];
  const entries = keys.map((key) => [key, key in value ? changesOf(value[key], other[key]) : null]);
  return Object.fromEntries(entries.filter(([, change]) => change !== undefined));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const deploymentIn = (objects: ReadonlyMap<string, AnyObject>) =>
  objects.get('Deployment session-store-system session-store-operator') as AnyObject & {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
  };

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly object[];
}

const refusal = async (version: HelmVersion, values: object): Promise<string> =>
  rendered(version, values).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

describe.each(helmVersions)('Helm %s', (version) => {
  test('finds no fault in the chart', async () => {
    expect(await helm(version, 'lint', '--strict', '--kube-version=1.36.0', chart)).toContain(
      '0 chart(s) failed',
    );
  });

  test('makes by default the objects of deploy/, one by one, except for the namespace', async () => {
    const kustomized = objectsIn(await kubectl('', 'kustomize', path.join(repository, 'deploy')));
    const expected = kustomized.filter(({ kind }) => kind !== 'Namespace');
    const objects = await rendered(version);
    expect([...objects.keys()].sort()).toEqual(expected.map(nameOf).sort());
    for (const object of expected) {
      const made = objects.get(nameOf(object)) as AnyObject;
      expect(withoutHelms(made)).toEqual(withoutHelms(object));
    }
  });

  test.each(Object.entries(cases))('makes what is expected of the values %s', async (name, values) => {
    const [objects, byDefault] = [await rendered(version, values), await rendered(version)];
    const gone = [...byDefault.keys()].filter((key) => !objects.has(key)).map((key) => `# without ${key}\n`);
    const texts = [...objects].flatMap(([key, object]) => {
      const changed = changesOf(object, byDefault.get(key));
      return changed === undefined ? [] : `# ${key}\n${stringify(changed)}`;
    });
    await expect(`${gone.join('')}${texts.join('---\n')}`).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  test('passes every flag as it is meant', async () => {
    const flags = {
      runnerImage: 'registry.example/runner:2',
      pythonRunnerImage: 'registry.example/python:2',
      runnerImagePullPolicy: 'Always',
      installationId: 'blue',
      watchNamespaces: ['shop', 'wiki'],
      allowPodAnnotations: ['example.com/*'],
      childLabels: { team: 'platform', 'example.com/cost': '12' },
      childAnnotations: { 'example.com/owner': 'a=b "c"' },
      concurrency: 8,
      healthPort: 9081,
      metricsPort: 9080,
      leaderElect: false,
      leaderElectionNamespace: 'leases',
      retryMin: 0.5 + 1,
      retryMax: 86_400,
      claimCheckInterval: 5,
      logLevel: 'debug',
    };
    const [container] = deploymentIn(await rendered(version, { flags })).spec.template.spec.containers;
    const { args = [], env = [], ports } = container ?? {};
    const expanded = args.map((text) =>
      text.replace(/\$\((\w+)\)/, (_all, name) => env.find((entry) => entry.name === name)?.value ?? ''),
    );
    expect(parseFlags(expanded.slice(1))).toEqual({
      'runner-image': flags.runnerImage,
      'python-runner-image': flags.pythonRunnerImage,
      'runner-image-pull-policy': 'Always',
      'installation-id': 'blue',
      'watch-namespace': flags.watchNamespaces,
      'allow-pod-annotations': flags.allowPodAnnotations,
      'child-label': ['example.com/cost=12', 'team=platform'],
      'child-annotation': ['example.com/owner=a=b "c"'],
      concurrency: 8,
      'health-port': 9081,
      'metrics-port': 9080,
      'leader-elect': false,
      'leader-election-namespace': 'leases',
      'retry-min': 1.5,
      'retry-max': 86_400,
      'claim-check-interval': 5,
      'log-level': 'debug',
    });
    expect(ports).toEqual([
      { name: 'metrics', containerPort: 9080 },
      { name: 'health', containerPort: 9081 },
    ]);
  });

  test('leaves out what is switched off', async () => {
    const nothing = {
      crds: { enabled: false },
      rbac: { create: false },
      serviceAccount: { create: false, name: 'existing' },
    };
    const objects = await rendered(version, nothing);
    expect([...objects.keys()]).toEqual(['Deployment session-store-system session-store-operator']);
    expect(deploymentIn(objects).spec.template.spec).toMatchObject({ serviceAccountName: 'existing' });
  });

  test('keeps the CustomResourceDefinition unless told otherwise', async () => {
    const annotations = async (values: object) =>
      (await rendered(version, values)).get(crd)?.metadata.annotations;
    expect(await annotations({})).toEqual({ 'helm.sh/resource-policy': 'keep' });
    expect(await annotations({ crds: { keep: false } })).toBeUndefined();
  });

  test('takes the alerts as they are in their file', async () => {
    const objects = await rendered(version, { prometheusRule: { enabled: true } });
    const rule = objects.get('PrometheusRule session-store-system session-store-operator');
    expect(stringify(rule)).toContain('SessionStore {{ $labels.namespace }}/{{ $labels.name }} is not Ready');
  });

  test.each([
    [{ replica: 2 }, /replica/],
    [{ flags: { logLevels: 'debug' } }, /logLevels/],
    [{ image: { name: 'x' } }, /name/],
    [{ networkPolicy: { jobs: { namespace: 'shop' } } }, /namespace/],
    [{ flags: { logLevel: 'loud' } }, /logLevel/],
    [{ image: { digest: 'sha256:1' } }, /digest/],
    [{ registry: 'registry.example/' }, /registry/],
    [{ flags: { watchNamespaces: ['shop'] } }, /flags\.installationId.*kubectl get namespace kube-system/],
    [{ replicas: 2, flags: { leaderElect: false } }, /every replica would work at the same time/],
  ])('refuses the values %j', async (values, message) => {
    expect(await refusal(version, values)).toMatch(message);
  });
});
