import { type Panel, perStore, type Row, storeLegend } from './panel.ts';

const of = (metric: string, aggregation?: string): string =>
  perStore(metric, 'namespace=~"$namespace", name=~"$store"', aggregation);

type Figure = Pick<Panel, 'title' | 'unit'> & Partial<Panel> & { readonly expr: string };

const figures: readonly Figure[] = [
  { title: 'Sessions after each run', unit: 'short', expr: of('sessionstore_remaining') },
  { title: 'Deleted by the last run', unit: 'short', expr: of('sessionstore_last_run_deleted') },
  {
    title: 'Stale sessions that the last run left',
    description: 'Locked, undeletable, or not reached in time.',
    unit: 'short',
    expr: of('sessionstore_last_run_overdue'),
  },
  {
    title: 'Stale sessions that cannot be deleted',
    unit: 'short',
    expr: of('sessionstore_last_run_undeletable'),
  },
  { title: 'Duration of the last run', unit: 's', expr: of('sessionstore_last_run_duration_seconds') },
  {
    title: 'Time since the last success',
    unit: 's',
    expr: `time() - ${of('sessionstore_last_success_timestamp_seconds')}`,
  },
  {
    title: 'Delay of the oldest stale session',
    description: 'How long ago the oldest session that the last run left should have been deleted.',
    unit: 's',
    expr: `time() - ${of('sessionstore_oldest_stale_due_timestamp_seconds')}`,
  },
  {
    title: 'Certificate expires in',
    kind: 'bargauge',
    unit: 's',
    expr: `${of('sessionstore_certificate_expires_timestamp_seconds', 'min')} - time()`,
  },
  { title: 'Failed runs in a row', unit: 'short', expr: of('sessionstore_cleanup_failures') },
];

export const oneStore: Row = {
  title: 'SessionStore $store',
  panels: figures.map(({ expr, ...panel }) => ({
    kind: 'lines',
    width: 8,
    queries: [{ expr, legend: storeLegend }],
    ...panel,
  })),
};
