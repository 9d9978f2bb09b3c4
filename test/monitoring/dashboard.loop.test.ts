import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../../scripts/cluster/paths.ts';
import { rows } from '../../scripts/monitoring/dashboard.ts';
import type { Panel } from '../../scripts/monitoring/panel.ts';
import { until } from '../api-client.ts';
import { useLoop } from '../operator/loop.ts';
import { Namespace } from '../operator/namespace.ts';
import { alerts } from './alert-files.ts';
import { evaluate, isOverTime, type PanelSeries } from './evaluate.ts';
import { Prometheus, type RuleState } from './prometheus.ts';
import { cleanUpStores, setUpStores } from './stores.ts';

const loop = useLoop({ namespaces: ['shop', 'wiki'] });
const [shop, wiki] = [new Namespace(loop, 'shop'), new Namespace(loop, 'wiki')];
/** Longer than the test takes, however slow the machine is. */
const variables = { rateInterval: '10m', range: '10m' };
const panels: readonly Panel[] = rows.flatMap((row) => row.panels);

let prometheus: Prometheus;
let began: number;

beforeAll(async () => {
  began = Date.now() / 1000;
  prometheus = await Prometheus.start(new URL(loop.operator.metrics));
  await setUpStores(shop, wiki);
  const counted = async (expr: string, stores: number) =>
    until(`${stores} stores with ${expr}`, async () => (await prometheus.query(expr)).length === stores);
  // The counts of a store begin at 0 before its first run.
  await counted('sessionstore_cleanup_runs_total{outcome="Failed"} == 0', 4);
  await cleanUpStores(shop, wiki);
  await counted('increase(sessionstore_cleanup_runs_total[10m]) > 0', 3);
});

afterAll(() => prometheus[Symbol.asyncDispose]());

/** The series of a panel, once there are some. */
const seriesOf = (panel: Panel): Promise<readonly PanelSeries[]> =>
  until(`data of ${panel.title}`, async () => {
    const times = { start: began, end: Date.now() / 1000, step: 1 };
    const series = await evaluate(prometheus, panel, variables, times);
    return series.length > 0 && series;
  });

describe.each(panels.map((panel) => [panel.title, panel] as const))('the panel “%s”', (_title, panel) => {
  test('has data of the form that it shows', async () => {
    const series = await seriesOf(panel);
    if (panel.kind === 'stat') expect(series).toHaveLength(1);
    for (const { points, labels } of series) {
      expect(points.some(([, value]) => Number.isFinite(value))).toBe(true);
      if (!isOverTime(panel)) expect(points).toHaveLength(1);
      const wanted = panel.queries.map(({ legend = '' }) =>
        [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
      );
      expect(wanted.some((names) => names.every((name) => labels[name]))).toBe(true);
    }
    // Two series with the same legend cannot be told apart.
    const legends = series.map(({ legend }) => legend);
    expect(legends).toEqual([...new Set(legends)]);
  });
});

const valuesOf = async (title: string): Promise<Readonly<Record<string, number>>> => {
  const panel = panels.find((candidate) => candidate.title === title);
  if (!panel) throw new Error(`Expected a panel with the title ${title}`);
  const series = await seriesOf(panel);
  return Object.fromEntries(series.map(({ legend, points }) => [legend, points.at(-1)?.[1] ?? Number.NaN]));
};

test.each([
  ['SessionStores', { '': 4 }],
  ['Not Ready', { '': 2 }],
  ['Clean-up fails', { '': 1 }],
  ['Stale sessions left', { '': 40 }],
  ['Not Ready, and why', { 'wiki forum AuthenticationFailed': 1, 'shop basket PermissionDenied': 1 }],
  [
    'Layouts',
    {
      'postgres connect-pg-simple': 1,
      'postgres django': 1,
      'directory session3': 1,
      'mysql laravel': 1,
    },
  ],
  ['Ready', { Ready: 2, 'not Ready': 2 }],
  ['Sessions after each run', { 'shop/web': 4650, 'wiki/pages': 800 }],
  ['Stale sessions that cannot be deleted', { 'shop/web': 0, 'wiki/pages': 12 }],
  ['Leader', { 'operator-0': 1 }],
])('“%s” shows the true values', async (title, expected) => {
  // Where a busy operator misses a scrape, which has a second, the series end, and counts are 0.
  await expect.poll(() => valuesOf(title), { timeout: 100_000, interval: 200 }).toEqual(expected);
});

test('“Deleted sessions” counts those of first runs', async () => {
  const { shop: ofShop = 0, wiki: ofWiki = 0 } = await valuesOf('Deleted sessions');
  // Prometheus extrapolates to the whole range.
  expect(ofShop).toBeGreaterThan(600);
  expect(ofWiki).toBeGreaterThan(85);
});

test('the delay of the oldest stale session is two days less its age', async () => {
  const delays = await valuesOf('Delay of the oldest stale session');
  expect(Object.keys(delays)).toEqual(['wiki/pages']);
  expect(delays['wiki/pages']).toBeGreaterThan(2 * 86_400 - 1800);
  expect(delays['wiki/pages']).toBeLessThan(2 * 86_400);
});

interface Variable {
  readonly name: string;
  readonly query: string | { readonly query: string };
}

test('each variable of the dashboard has values', async () => {
  const file = path.join(repository, 'deploy/monitoring/dashboard.json');
  const { templating } = JSON.parse(readFileSync(file, 'utf8'));
  const found = await Promise.all(
    (templating.list as readonly Variable[])
      .filter(({ name }) => name !== 'datasource')
      .map(async ({ name, query }) => {
        const text = typeof query === 'string' ? query : query.query;
        const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(text) ?? [];
        const values = await prometheus.labelValues(label, selector.replaceAll('$namespace', '.*'));
        return [name, values];
      }),
  );
  expect(Object.fromEntries(found)).toEqual({
    namespace: ['shop', 'wiki'],
    store: ['basket', 'forum', 'pages', 'web'],
    job: ['session-store-operator'],
  });
});

test('Prometheus evaluates each alert, and those of the stores with trouble are pending', async () => {
  const expected = [
    'SessionStoreNotReady shop/basket pending',
    'SessionStoreNotReady wiki/forum pending',
    'SessionStoreSessionsUndeletable wiki/pages pending',
  ];
  const activeIn = (rules: readonly RuleState[]) =>
    rules.flatMap(({ name, alerts: raised }) =>
      raised.map(({ state, labels }) => `${name} ${labels['namespace']}/${labels['name']} ${state}`),
    );
  // The last runs may be a second younger than the last evaluation; and a busy operator misses a scrape, which has a second.
  const rules = await until(`the alerts ${expected} alone`, async () => {
    const current = await prometheus.rules();
    return isDeepStrictEqual(activeIn(current).sort(), expected) && current;
  });
  expect(activeIn(rules).sort()).toEqual(expected);
  expect(rules.map(({ name }) => name)).toEqual(alerts.map(({ alert }) => alert));
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
});
