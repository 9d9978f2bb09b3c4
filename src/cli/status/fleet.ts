import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { defaultLayout } from '../../layouts/index.ts';
import { type Column, columnsThatFit, tableOf } from '../columns.ts';
import { linesOfTable } from '../table.ts';
import type { Tone } from '../terminal.ts';
import { figuresOf } from './figures.ts';
import { readinessOf } from './readiness.ts';

type Row = Readonly<
  Record<'namespace' | 'name' | 'ready' | 'layout' | 'store' | 'schedule' | 'message', string>
> &
  ReturnType<typeof figuresOf> & { readonly tone: Tone };

function rowOf(store: SessionStoreResource, now: Date): Row {
  const { metadata, spec, status } = store;
  const { isReady, reason, message, tone } = readinessOf(store);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    tone,
    ready: isReady ? 'yes' : reason,
    layout: spec.layout ?? defaultLayout,
    store: status?.store ?? '-',
    schedule: status?.cleanup?.schedule ?? '-',
    message: isReady ? '' : message,
    ...figuresOf(store, now),
  };
}

const column = (heading: string, rank: number, key: keyof Row, least?: number): Column<Row> => ({
  heading,
  rank,
  cell: (row) => row[key],
  ...(least !== undefined && { least }),
});

/** The columns, in the order of their places. The rank says which ones a narrow terminal leaves out first. */
const columns: readonly Column<Row>[] = [
  column('NAMESPACE', 0, 'namespace'),
  column('NAME', 0, 'name'),
  column('READY', 0, 'ready'),
  column('LAST RUN', 1, 'lastRun'),
  column('DELETED', 4, 'deleted'),
  column('OVERDUE', 2, 'overdue'),
  column('OLDEST STALE', 5, 'oldestStale'),
  column('NEXT RUN', 3, 'nextRun'),
  column('LAYOUT', 6, 'layout'),
  column('SCHEDULE', 8, 'schedule'),
  column('STORE', 7, 'store'),
  column('MESSAGE', 9, 'message', 24),
];

/** The last rank that a script gets, of which no terminal says how wide a line may be. */
const lastOfPipe = 6;

export interface FleetView {
  readonly now: Date;
  readonly withNamespaces: boolean;
  /** Shows every column, however wide a line becomes. */
  readonly wide: boolean;
  /** Columns of the terminal; undefined in a pipe. */
  readonly width: number | undefined;
  readonly paint: (tone: Tone, text: string) => string;
}

/** The lines of a table of stores, one line for each. */
export function fleetLines(stores: readonly SessionStoreResource[], view: FleetView): readonly string[] {
  const { now, withNamespaces, wide, width, paint } = view;
  const rows = stores.map((store) => rowOf(store, now));
  const offered = columns.filter(
    ({ heading, rank }) =>
      (withNamespaces || heading !== 'NAMESPACE') && (wide || width !== undefined || rank <= lastOfPipe),
  );
  const lineWidth = wide ? Number.POSITIVE_INFINITY : (width ?? Number.POSITIVE_INFINITY);
  const shown = columnsThatFit(offered, rows, lineWidth);
  const ready = shown.findIndex(({ heading }) => heading === 'READY');
  return linesOfTable(tableOf(shown, rows), lineWidth, (text, place) => {
    const row = rows[place.row];
    return row && place.column === ready ? paint(row.tone, text) : text;
  });
}
