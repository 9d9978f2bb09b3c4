import { operatorName } from '../../src/api/group.ts';
import type { Query, Row } from './panel.ts';

const [range, job] = ['[$__rate_interval]', 'job=~"$job"'];
const leader = `leader_election_master_status{name="${operatorName}", ${job}}`;

const rate = (by: string, metric: string, matchers = job): string =>
  `sum by (${by}) (rate(${metric}{${matchers}}${range}))`;

const quantiles = (metric: string, matchers: string): readonly Query[] =>
  [0.5, 0.99].map((q) => ({
    expr: `histogram_quantile(${q}, ${rate('le', `${metric}_bucket`, matchers)})`,
    legend: `p${q * 100}`,
  }));

const ofLoop = `controller="sessionstore", ${job}`;
const ofQueue = `name="sessionstore", ${job}`;
const lines = { kind: 'lines', width: 8 } as const;

export const operator: Row = {
  title: 'Operator',
  panels: [
    {
      ...lines,
      title: 'Leader',
      description: '1 for the replica that works.',
      unit: 'none',
      queries: [{ expr: `max by (instance) (${leader})`, legend: '{{instance}}' }],
    },
    {
      ...lines,
      title: 'Reconciles',
      unit: 'ops',
      queries: [{ expr: rate('result', 'controller_runtime_reconcile_total', ofLoop), legend: '{{result}}' }],
    },
    {
      ...lines,
      title: 'Time of a reconcile',
      unit: 's',
      queries: quantiles('controller_runtime_reconcile_time_seconds', ofLoop),
    },
    {
      ...lines,
      title: 'Queue of the leader',
      unit: 'short',
      queries: [
        {
          expr: `max(workqueue_depth{${ofQueue}} and on (job, instance) ${leader} == 1)`,
          legend: 'waiting SessionStores',
        },
      ],
    },
    {
      ...lines,
      title: 'Time in the queue',
      unit: 's',
      queries: quantiles('workqueue_queue_duration_seconds', ofQueue),
    },
    {
      ...lines,
      title: 'Silence of watches',
      description: 'Time since the last event or bookmark; a bookmark arrives each minute.',
      unit: 's',
      queries: [{ expr: `max by (path) (sessionstore_watch_silence_seconds{${job}})`, legend: '{{path}}' }],
    },
    {
      ...lines,
      title: 'Requests to the API server',
      unit: 'ops',
      queries: [{ expr: rate('code', 'rest_client_requests_total'), legend: '{{code}}' }],
    },
    {
      ...lines,
      title: 'Response time of the API server',
      unit: 's',
      queries: quantiles('rest_client_request_duration_seconds', job),
    },
    {
      ...lines,
      title: 'Memory',
      unit: 'bytes',
      queries: [
        { expr: `process_resident_memory_bytes{${job}}`, legend: '{{instance}} resident' },
        { expr: `nodejs_heap_size_used_bytes{${job}}`, legend: '{{instance}} heap' },
      ],
    },
    {
      ...lines,
      title: 'CPU',
      unit: 'percentunit',
      queries: [{ expr: rate('instance', 'process_cpu_seconds_total'), legend: '{{instance}}' }],
    },
    {
      ...lines,
      title: 'Delay of the event loop',
      unit: 's',
      queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{${job}}`, legend: '{{instance}} p99' }],
    },
  ],
};
