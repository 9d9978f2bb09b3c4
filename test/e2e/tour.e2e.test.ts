import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadImages } from '../../scripts/cluster/cluster.ts';
import { helmProgram } from '../../scripts/cluster/helm.ts';
import { loadIntoOwnCluster, ownCluster, removeOwnCluster } from '../../scripts/cluster/own-cluster.ts';
import { newOwnedDirectory } from '../../scripts/cluster/owned-directory.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import { rows } from '../../scripts/monitoring/dashboard.ts';
import { until } from '../api-client.ts';
import { atTerminal } from '../cli/pseudo-terminal.ts';
import { evaluate } from '../monitoring/evaluate.ts';
import { Prometheus } from '../monitoring/prometheus.ts';
import { sharedProgram } from '../servers/shared.ts';
import { connectPlatform, newNamespace, type Platform } from './platform.ts';
import { startPostgresPod } from './postgres-pod.ts';
import { sessionTables } from './session-tables.ts';
import { createVolume } from './volume.ts';

// The README's tour, on a cluster of its own: another installation would reconcile the same stores.
const directory = await newOwnedDirectory();
const inDirectory = (name: string): string => path.join(directory, name);
const sessions = 100_000;
const stale = sessions / 4;

let kubeconfig: string;
let platform: Platform;

beforeAll(async () => {
  const cluster = await ownCluster(inDirectory('cluster'), false);
  kubeconfig = cluster.kubeconfig;
  platform = await connectPlatform(kubeconfig, path.join(cluster.programs, 'kubectl'));
  const load = async (archives: readonly Parameters<typeof loadIntoOwnCluster>[1][]) => {
    for (const archive of archives) await loadIntoOwnCluster(cluster, archive);
  };
  const images = ['session-store-operator:dev', 'postgres-e2e:15'] as const;
  await loadImages({ kind: 'own', kubeconfig, load }, images);
});

afterAll(() => removeOwnCluster(inDirectory('cluster')));

test('chart, discover, apply, status, plan, clean, dashboard: from nothing to a clean database', async () => {
  const helm = async (...args: readonly string[]) =>
    run(await helmProgram('v4'), args, { env: { ...process.env, KUBECONFIG: kubeconfig } });
  await helm(
    'package',
    path.join(repository, 'deploy/chart'),
    '--version=0.0.1',
    `--destination=${directory}`,
  );
  const namespace = ['--namespace=session-store-system', '--create-namespace'];
  const chart = inDirectory('session-store-operator-0.0.1.tgz');
  await helm('install', 'session-store-operator', chart, ...namespace, '--wait', '--timeout=3m');

  await using prometheus = await Prometheus.start(new URL(`http://${await operatorAddress()}:8080`));

  const shop = await newNamespace(platform, 'shop');
  await createVolume(platform, shop, 'postgres', 70);
  const postgres = await startPostgresPod(platform, shop, 'postgres');
  await shop.secret('shop-db', await postgres.database('shop', 'pW-tour-5nR8wLx2'));
  await postgres.sql(`SET ROLE shop; ${sessionTables(sessions)}`, 'shop');

  const program = [process.execPath, await sharedProgram()];
  const reach = ['-n', shop.name, '--kubeconfig', kubeconfig];
  const sessionstore = (...args: readonly string[]) =>
    atTerminal(['env', 'NO_COLOR=1', ...program, ...args, ...reach]);

  const found = await sessionstore('discover', '--secret', 'shop-db', '--write', inDirectory('stores'));
  expect(found).toMatchObject({ exitCode: 0 });
  for (const library of ['django', 'laravel', 'connect-pg-simple'])
    expect(found.output).toMatch(new RegExp(`${library} +100,000 +25,000`));

  const file = (name: string): string => path.join(inDirectory('stores'), name);
  const plan = await sessionstore('plan', '-f', file('django-session.yaml'));
  expect(plan).toMatchObject({ exitCode: 0 });
  expect(plan.output).toMatch(/would adopt.*not stale +75,000.*for less than 30 days +25,000/s);

  const files = (await readdir(inDirectory('stores'))).map((name) => file(name));
  expect(files).toHaveLength(3);
  // Their hour must not come while the test counts what its own runs delete.
  for (const manifest of files) {
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace('cleanup:\n', 'cleanup:\n    schedule: 0 0 1 1 *\n'));
  }
  await platform.kubectl(['apply', '--server-side', '-f', inDirectory('stores')]);
  const names = files.map((manifest) => path.basename(manifest, '.yaml'));
  for (const name of names) await shop.becomes(name, 'Ready', 'True');

  const fleet = await sessionstore('status');
  expect(fleet).toMatchObject({ exitCode: 0 });
  for (const name of names) expect(fleet.output).toMatch(new RegExp(`^${name} +.*yes`, 'm'));

  // The manifests only count, until their reader has seen the figures.
  const counted = await sessionstore('clean', '--all');
  expect(counted.exitCode).toBe(0);
  expect(await left(postgres)).toEqual([sessions, sessions, sessions]);
  for (const manifest of files) {
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace('dryRun: true', 'dryRun: false'));
  }
  await platform.kubectl(['apply', '--server-side', '-f', inDirectory('stores')]);
  for (const name of names) await shop.becomes(name, 'Ready', 'True');
  const cleaned = await sessionstore('clean', '--all');
  expect(cleaned.exitCode).toBe(0);
  for (const name of names)
    expect(cleaned.output).toMatch(new RegExp(`${name}: deleted 25,000 sessions, 75,000 remain`));
  expect(await left(postgres)).toEqual([sessions - stale, sessions - stale, sessions - stale]);

  const figures = { SessionStores: 3, 'Not Ready': 0, Sessions: 3 * (sessions - stale) };
  for (const [title, figure] of Object.entries(figures))
    await until(`${figure} in the panel ${title}`, async () => (await panel(prometheus, title)) === figure);
});

async function operatorAddress(): Promise<string> {
  const pods = [
    'get',
    'pods',
    '--namespace=session-store-system',
    '--selector=app.kubernetes.io/name=session-store-operator',
  ];
  return platform.kubectl([...pods, '--output=jsonpath={.items[0].status.podIP}']);
}

/** The figure that a panel of the dashboard shows now. */
async function panel(prometheus: Prometheus, title: string): Promise<number | undefined> {
  const found = rows.flatMap(({ panels }) => panels).find((candidate) => candidate.title === title);
  if (!found) throw new Error(`Expected a panel with the title ${title} in the dashboard`);
  const now = Date.now() / 1000;
  const variables = { rateInterval: '10m', range: '10m' };
  const [series] = await evaluate(prometheus, found, variables, { start: now - 60, end: now, step: 1 });
  return series?.points.at(-1)?.[1];
}

const tables = ['django_session', 'sessions', 'session'];

async function left(postgres: { sql(text: string, database: string): Promise<readonly string[]> }) {
  const counts = tables.map((table) => `(SELECT count(*) FROM ${table})`).join(', ');
  const [row = ''] = await postgres.sql(`SELECT ${counts}`, 'shop');
  return row.split('|').map(Number);
}
