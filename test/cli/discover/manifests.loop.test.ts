import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../../scripts/cluster/control-plane.ts';
import { discoverJob } from '../../../src/cli/discover/job.ts';
import { manifestsIn, writtenOf } from '../../../src/cli/discover/manifests.ts';
import { lacksTtl } from '../../../src/layouts/file-form.ts';
import { shapes } from '../../../src/layouts/index.ts';
import { managedByLabel, manager } from '../../../src/state/labels.ts';
import type { Assumed, Finding } from '../../../src/stores/discover/finding.ts';
import { ApiClient, createNamespace, installCrd } from '../../api-client.ts';
import { cliOutcome } from '../fake-terminal.ts';
import { limitedUser } from '../limited-user.ts';

let controlPlane: ControlPlane;
let api: ApiClient;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await installCrd(api);
  await createNamespace(api, 'shop');
});
afterAll(async () => {
  await api.close();
  await controlPlane.stop();
});

const image = { image: 'runner:1', imagePullPolicy: 'IfNotPresent' } as const;
const search = { unmodifiedFor: '14d', ttl: '14d' };

type Layout = (typeof shapes)[number];

/** The settings that a search assumes for the layout. */
function assumedFor({ age, mysql, directory }: Layout, backend: Finding['backend']): Assumed {
  const isZoned = mysql?.rules.some(({ at }) => at.throughSession || at.zone === 'application') ?? false;
  return {
    ...(age === 'modified' && { unmodifiedFor: '14d' }),
    ...(backend === 'mysql' && isZoned && { timeZone: 'UTC' }),
    ...(backend === 'directory' && directory && lacksTtl(directory) && { ttl: '14d' }),
  };
}

const findings: readonly Finding[] = shapes.flatMap((layout) =>
  (['postgres', 'mysql', 'directory'] as const).flatMap((backend) => {
    const form = layout[backend];
    if (!form) return [];
    const place =
      'table' in form ? { table: form.table } : { path: `${layout.name.replace('/', '-')}/sessions` };
    const schema = backend === 'postgres' && 'table' in form ? { schema: form.schema ?? 'public' } : {};
    const candidates = [{ layout: layout.name, reasons: [] }];
    return [{ backend, ...schema, ...place, candidates, assumed: assumedFor(layout, backend), notes: [] }];
  }),
);

test('the API server accepts the manifest of every layout on every backend', async () => {
  const manifests = manifestsIn(writtenOf(findings, { referTo: 'shop', namespace: 'shop' }));
  expect(manifests).toHaveLength(findings.length);
  const refused: string[] = [];
  for (const { store } of manifests) {
    const path =
      '/apis/sessionstore.dev/v1alpha1/namespaces/shop/sessionstores?dryRun=All&fieldValidation=Strict';
    const { status, body } = await api.request('POST', path, store);
    if (status !== 201) refused.push(`${store.metadata.name}: ${body.message}`);
  }
  expect(refused).toEqual([]);
});

test('the API server accepts the Job of each place, which is not the operator’s', async () => {
  for (const place of [{ secretName: 'shop-db' }, { claimName: 'data' }]) {
    const options = { node: 'node-1', reader: { runAsUser: 33, supplementalGroups: [33] } };
    const job = discoverJob('shop', place, search, image, options);
    const path = '/apis/batch/v1/namespaces/shop/jobs?dryRun=All&fieldValidation=Strict';
    const { status, body } = await api.request('POST', path, job);
    expect(status, body.message).toBe(201);
    expect(body.metadata.labels[managedByLabel]).not.toBe(manager);
    expect(body.spec.template.metadata.labels[managedByLabel]).not.toBe(manager);
  }
});

test('a person who may not make Jobs, or read logs, is told which rule permits it, and no Job is made', async () => {
  const rules = [
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'list', 'watch', 'delete'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  ];
  const kubeconfig = await limitedUser(api, controlPlane.kubeconfig, 'shop', { name: 'person', rules });
  const { exitCode, stderr } = await cliOutcome([
    'discover',
    '--secret',
    'shop-db',
    '-n',
    'shop',
    '--runner-image',
    'runner:1',
    '--kubeconfig',
    kubeconfig,
  ]);
  expect(exitCode).toBe(77);
  expect(stderr).toContain(
    'A Role with this rule permits it: {apiGroups: [""], resources: [pods/log], verbs: [get]}',
  );
  const { items } = await api.must('GET', '/apis/batch/v1/namespaces/shop/jobs');
  expect(items).toEqual([]);
});
