import { type Panel, perStore, type Row, storeLegend } from './panel.ts';

const matchers = 'namespace=~"$namespace"';
const all = (metric: string): string => perStore(metric, matchers);
const counter = (metric: string, range: string): string => `increase(${metric}{${matchers}}[${range}])`;
/** How many there are, 0 included: `count` of nothing is nothing. */
const numberOf = (stores: string): string => `count(${stores}) or vector(0)`;

const figures: readonly Omit<Panel, 'kind' | 'unit' | 'width'>[] = [
  { title: 'SessionStores', queries: [{ expr: numberOf(all('sessionstore_ready')) }] },
  {
    title: 'Not Ready',
    queries: [{ expr: numberOf(`${all('sessionstore_ready')} == 0`) }],
    alarmAt: 1,
  },
  {
    title: 'Clean-up fails',
    description: 'SessionStores of which the last run failed.',
    queries: [{ expr: numberOf(`${all('sessionstore_cleanup_failures')} > 0`) }],
    warnAt: 1,
  },
  {
    title: 'Sessions',
    description: 'Sessions that the last runs left.',
    queries: [{ expr: `sum(${all('sessionstore_remaining')})` }],
  },
  {
    title: 'Deleted',
    description: 'Sessions that clean-up deleted in the time shown.',
    queries: [{ expr: `sum(${counter('sessionstore_sessions_deleted_total', '$__range')})` }],
  },
  {
    title: 'Stale sessions left',
    description: 'Stale sessions that the last runs did not delete.',
    queries: [{ expr: `sum(${all('sessionstore_last_run_overdue')})` }],
    warnAt: 1,
  },
];

const awaited = all('sessionstore_cleanup_awaited_since_timestamp_seconds');
const interval = all('sessionstore_cleanup_interval_seconds');

export const fleet: Row = {
  title: 'All SessionStores',
  panels: [
    ...figures.map((figure) => ({ kind: 'stat', unit: 'short', width: 4, ...figure }) as const),
    {
      title: 'Ready',
      kind: 'lines',
      unit: 'short',
      width: 8,
      queries: [
        { expr: `sum(${all('sessionstore_ready')})`, legend: 'Ready' },
        { expr: numberOf(`${all('sessionstore_ready')} == 0`), legend: 'not Ready' },
      ],
    },
    {
      title: 'Runs',
      kind: 'bars',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: `sum by (outcome) (${counter('sessionstore_cleanup_runs_total', '$__rate_interval')})`,
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Deleted sessions',
      kind: 'bars',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: `sum by (namespace) (${counter('sessionstore_sessions_deleted_total', '$__rate_interval')})`,
          legend: '{{namespace}}',
        },
      ],
    },
    {
      title: 'Not Ready, and why',
      kind: 'table',
      unit: 'none',
      width: 8,
      queries: [
        {
          expr: `max by (namespace, name, reason) (sessionstore_not_ready{${matchers}})`,
          legend: '{{namespace}} {{name}} {{reason}}',
        },
      ],
    },
    {
      title: 'Intervals since the last success',
      description:
        'The ten highest. Above 1 a run failed or did not check the whole store; the alert fires above 3.',
      kind: 'bargauge',
      unit: 'none',
      width: 8,
      queries: [{ expr: `topk(10, (time() - ${awaited}) / ${interval})`, legend: storeLegend }],
      warnAt: 1.5,
      alarmAt: 3,
    },
    {
      title: 'Layouts',
      description: 'Number of SessionStores by backend and layout.',
      kind: 'bargauge',
      unit: 'none',
      width: 8,
      queries: [
        {
          expr: `count by (backend, layout) (max by (namespace, name, backend, layout) (sessionstore_info{${matchers}}))`,
          legend: '{{backend}} {{layout}}',
        },
      ],
    },
  ],
};
