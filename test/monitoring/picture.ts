/**
 * `make dashboard-picture`: starts a control plane with the operator and a Prometheus, lets clean-ups end with invented
 * figures for a minute and a half, and draws docs/monitoring.svg from the answers to the dashboard's own queries.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { step } from '../../scripts/cluster/run.ts';
import { rows } from '../../scripts/monitoring/dashboard.ts';
import { ApiClient, createNamespace, installCrd } from '../api-client.ts';
import { Namespace } from '../operator/namespace.ts';
import { startOperator } from '../operator/run-operator.ts';
import { drawing } from './drawing.ts';
import { evaluate, type PanelSeries } from './evaluate.ts';
import { Prometheus } from './prometheus.ts';
import { cleanUpStores, setUpStores } from './stores.ts';

const seconds = 90;
const points = 45;

async function drawnOf(prometheus: Prometheus, start: number): Promise<string> {
  const end = Date.now() / 1000;
  const range = Math.round(end - start);
  const times = { start, end, step: Math.max(Math.round(range / points), 1) };
  const variables = { rateInterval: '10s', range: `${range}s` };
  const series = new Map<string, readonly PanelSeries[]>();
  for (const panel of rows.flatMap((row) => row.panels))
    series.set(panel.title, await evaluate(prometheus, panel, variables, times));
  return drawing(
    series,
    `Drawn by make dashboard-picture, not by Grafana: answers of a Prometheus to the dashboard's own queries, over ${range} s of invented runs.`,
  );
}

const plane = await step('a control plane', () => startControlPlane());
const api = new ApiClient(plane);
try {
  await installCrd(api);
  for (const name of ['shop', 'wiki']) await createNamespace(api, name);
  const operator = await startOperator(plane.kubeconfig);
  await using prometheus = await Prometheus.start(new URL(operator.metrics));
  const start = Date.now() / 1000;
  const [shop, wiki] = ['shop', 'wiki'].map((name) => new Namespace({ api }, name)) as [Namespace, Namespace];
  await step('four SessionStores', () => setUpStores(shop, wiki));
  await step(`runs for ${seconds} s`, async () => {
    for (let round = 1; Date.now() / 1000 < start + seconds; round += 1) {
      await cleanUpStores(shop, wiki, round);
      await setTimeout(2000);
    }
  });
  const file = path.join(repository, 'docs/monitoring.svg');
  await writeFile(file, await drawnOf(prometheus, start));
  process.stdout.write(`wrote ${file}\n`);
  await operator.stop();
} finally {
  await api.close();
  await plane.stop();
}
