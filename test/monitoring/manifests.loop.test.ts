import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { applyObjects, kubectl } from '../../scripts/cluster/kubectl.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { prometheusOperatorCrds } from '../../scripts/cluster/prometheus-operator.ts';
import { dashboard } from '../../scripts/monitoring/dashboard.ts';
import { type AnyObject, nameOf, namespace, objectsIn, rendered } from '../chart/chart.ts';
import { withoutHelms } from '../chart/without-helms.ts';
import { alerts } from './alert-files.ts';

const enabled = {
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  dashboard: { enabled: true },
};
const names = [
  `Service ${namespace} session-store-operator-metrics`,
  `ServiceMonitor ${namespace} session-store-operator`,
  `PrometheusRule ${namespace} session-store-operator`,
  `ConfigMap ${namespace} session-store-operator-dashboard`,
];
const rule = names[2] as string;

let plane: ControlPlane;
let directory: string;
let ofChart: ReadonlyMap<string, AnyObject>;
let kustomized: readonly AnyObject[];

beforeAll(async () => {
  plane = await startControlPlane();
  directory = await mkdtemp(path.join(os.tmpdir(), 'session-store-monitoring-'));
  ofChart = await rendered('v4', enabled);
  kustomized = objectsIn(await kubectl('', 'kustomize', path.join(repository, 'deploy/monitoring')));
  const crds = (await prometheusOperatorCrds()).flatMap((file) => objectsIn(readFileSync(file, 'utf8')));
  await applyObjects(plane.kubeconfig, ...crds, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const established = ['wait', 'crd', '--all', '--for=condition=Established', '--timeout=3m'];
  await kubectl(plane.kubeconfig, ...established);
});

afterAll(async () => {
  await plane.stop();
  await rm(directory, { recursive: true });
});

test('the chart makes the objects of deploy/monitoring, one by one', () => {
  expect(kustomized.map(nameOf).sort()).toEqual([...names].sort());
  for (const object of kustomized) {
    const made = withoutHelms(ofChart.get(nameOf(object)) as AnyObject) as AnyObject & { spec?: object };
    const expected = withoutHelms(object) as AnyObject & { data?: Record<string, string> };
    if (object.kind === 'ServiceMonitor') {
      // A release selects its own Service, and no other installation's.
      const matchLabels = { 'app.kubernetes.io/instance': 'session-store-operator' };
      expect(made).toMatchObject({ spec: { selector: { matchLabels } } });
      expect({ ...made.spec, selector: {} }).toEqual({ ...(expected as typeof made).spec, selector: {} });
    } else if (expected.data) {
      const [text = ''] = Object.values(expected.data);
      const [ours = ''] = Object.values((made as typeof expected).data ?? {});
      expect(JSON.parse(ours)).toEqual(JSON.parse(text));
      expect(JSON.parse(ours)).toEqual(JSON.parse(JSON.stringify(dashboard())));
      expect(made.metadata).toEqual(expected.metadata);
    } else expect(made).toEqual(expected);
  }
});

/** Has the API server check objects as strictly as it can, by the Prometheus Operator's definitions. */
async function checked(objects: readonly object[]): Promise<string> {
  const file = path.join(directory, 'objects.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const strict = ['--server-side', '--dry-run=server', '--validate=strict', '--force-conflicts'];
  return kubectl(plane.kubeconfig, 'apply', ...strict, '--filename', file);
}

describe('the API server, with the definitions of the Prometheus Operator,', () => {
  test('takes the objects of the chart and of deploy/monitoring', async () => {
    for (const objects of [names.map((name) => ofChart.get(name) as AnyObject), kustomized])
      expect((await checked(objects)).trim().split('\n')).toHaveLength(names.length);
  });

  test('refuses a field that is unknown, and an invalid duration', async () => {
    const monitor = ofChart.get(names[1] as string) as AnyObject;
    const spec = (endpoint: object) => ({ ...monitor, spec: { selector: {}, endpoints: [endpoint] } });
    await expect(checked([spec({ port: 'metrics', honourLabels: true })])).rejects.toThrow('honourLabels');
    await expect(checked([spec({ port: 'metrics', interval: '30 s' })])).rejects.toThrow('interval');
  });
});

test('the chart’s rules are those of deploy/monitoring/alerts.yaml, with links to a runbook of one’s own', async () => {
  const runbookUrl = 'https://wiki.example.com/runbook';
  const objects = await rendered('v4', { prometheusRule: { enabled: true, runbookUrl } });
  const { spec } = objects.get(rule) as unknown as {
    spec: { groups: readonly { rules: readonly (typeof alerts)[number][] }[] };
  };
  const rules = spec.groups.flatMap((group) => group.rules);
  expect(rules.map(({ alert, expr }) => [alert, expr])).toEqual(
    alerts.map(({ alert, expr }) => [alert, expr]),
  );
  expect(rules.map(({ annotations }) => annotations['runbook_url'])).toEqual(
    alerts.map(({ alert }) => `${runbookUrl}#${alert.toLowerCase()}`),
  );
});
