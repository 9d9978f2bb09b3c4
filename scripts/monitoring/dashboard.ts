import { operatorName } from '../../src/api/group.ts';
import { fleet } from './fleet.ts';
import { oneStore } from './one-store.ts';
import { operator } from './operator.ts';
import type { Panel, Row } from './panel.ts';

export const rows: readonly Row[] = [fleet, oneStore, operator];

const datasource = { type: 'prometheus', uid: '$datasource' };
const columns = 24;
const heightOf = ({ kind }: Panel): number => (kind === 'stat' ? 4 : 8);

const types: Readonly<Record<Panel['kind'], string>> = {
  stat: 'stat',
  table: 'table',
  bargauge: 'bargauge',
  lines: 'timeseries',
  bars: 'timeseries',
};

/** Settings of a kind of panel. */
const options: Readonly<Record<Panel['kind'], object>> = {
  stat: { graphMode: 'none', reduceOptions: { calcs: ['lastNotNull'] } },
  table: { showHeader: true },
  bargauge: { orientation: 'horizontal', displayMode: 'basic', reduceOptions: { calcs: ['lastNotNull'] } },
  lines: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
  bars: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
};

const custom: Partial<Record<Panel['kind'], object>> = {
  lines: { drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never' },
  bars: { drawStyle: 'bars', fillOpacity: 80, stacking: { mode: 'normal' } },
};

function thresholdsOf({ warnAt, alarmAt }: Panel): object {
  const steps = [
    { color: 'green', value: null },
    ...(warnAt === undefined ? [] : [{ color: 'orange', value: warnAt }]),
    ...(alarmAt === undefined ? [] : [{ color: 'red', value: alarmAt }]),
  ];
  return { mode: 'absolute', steps };
}

/** A table shows the labels of each series, and not its value, which is 1. */
const labelsOnly = [
  {
    id: 'organize',
    options: { excludeByName: { Time: true, Value: true }, renameByName: { name: 'store' } },
  },
];

const targetsOf = ({ kind, queries }: Panel): readonly object[] =>
  queries.map(({ expr, legend = '' }, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource,
    expr,
    legendFormat: legend,
    ...(kind === 'lines' || kind === 'bars' ? { range: true } : { instant: true, range: false }),
    ...(kind === 'table' && { format: 'table' }),
  }));

const panelOf = (panel: Panel) => ({
  type: types[panel.kind],
  title: panel.title,
  ...(panel.description && { description: panel.description }),
  datasource,
  targets: targetsOf(panel),
  fieldConfig: {
    defaults: {
      unit: panel.unit,
      color: { mode: panel.kind === 'stat' || panel.kind === 'bargauge' ? 'thresholds' : 'palette-classic' },
      thresholds: thresholdsOf(panel),
      ...(custom[panel.kind] && { custom: custom[panel.kind] }),
    },
    overrides: [],
  },
  options: options[panel.kind],
  ...(panel.kind === 'table' && { transformations: labelsOnly }),
});

/** The panels in lines of 24 columns, below the titles of their rows. */
function placed(): readonly object[] {
  let [x, y, height] = [0, 0, 0];
  const nextLine = () => {
    [x, y, height] = [0, y + height, 0];
  };
  const place = (width: number, itsHeight: number) => {
    if (x + width > columns) nextLine();
    const gridPos = { x, y, w: width, h: itsHeight };
    [x, height] = [x + width, Math.max(height, itsHeight)];
    return gridPos;
  };
  const all = rows.flatMap(({ title, panels }) => {
    nextLine();
    const row = { type: 'row', title, collapsed: false, panels: [], gridPos: place(columns, 1) };
    nextLine();
    return [
      row,
      ...panels.map((panel) => ({ ...panelOf(panel), gridPos: place(panel.width, heightOf(panel)) })),
    ];
  });
  return all.map((panel, index) => ({ id: index + 1, ...panel }));
}

/** A variable with the values of a label, all of them by default. */
const variable = (name: string, label: string, query: string) => ({
  type: 'query',
  name,
  label,
  datasource,
  query: { query, refId: name },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
});

export const dashboard = () => ({
  uid: operatorName,
  title: 'SessionStores',
  tags: [operatorName],
  schemaVersion: 39,
  editable: true,
  graphTooltip: 1,
  refresh: '1m',
  timezone: 'browser',
  time: { from: 'now-24h', to: 'now' },
  templating: {
    list: [
      { type: 'datasource', name: 'datasource', label: 'Data source', query: 'prometheus', current: {} },
      variable('namespace', 'Namespace', 'label_values(sessionstore_ready, namespace)'),
      variable('store', 'SessionStore', 'label_values(sessionstore_ready{namespace=~"$namespace"}, name)'),
      variable(
        'job',
        'Job of the operator',
        `label_values(leader_election_master_status{name="${operatorName}"}, job)`,
      ),
    ],
  },
  panels: placed(),
});
