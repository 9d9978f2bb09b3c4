import type { Panel, Query } from '../../scripts/monitoring/panel.ts';
import type { Prometheus, Series, TimeRange } from './prometheus.ts';

/** The value of each variable of the dashboard: all, and the time ranges. */
export interface Variables {
  readonly rateInterval: string;
  readonly range: string;
}

/** An expression as Grafana sends it. */
const interpolated = (expr: string, { rateInterval, range }: Variables): string =>
  expr
    .replaceAll('$__rate_interval', rateInterval)
    .replaceAll('$__range', range)
    .replaceAll(/\$(namespace|store|job)\b/g, '.*');

/** The text of a legend for one series. */
const legendOf = ({ legend = '' }: Query, { labels }: Series): string =>
  legend.replaceAll(/\{\{(\w+)\}\}/g, (_all, label) => labels[label] ?? '');

export interface PanelSeries extends Series {
  readonly legend: string;
}

export const isOverTime = ({ kind }: Panel): boolean => kind === 'lines' || kind === 'bars';

/** The series of a panel: over time, or their last values. */
export async function evaluate(
  prometheus: Prometheus,
  panel: Panel,
  variables: Variables,
  times: TimeRange,
): Promise<readonly PanelSeries[]> {
  const ofQueries = await Promise.all(
    panel.queries.map(async (query) => {
      const expr = interpolated(query.expr, variables);
      const found = await (isOverTime(panel) ? prometheus.range(expr, times) : prometheus.query(expr));
      return found.map((series) => ({ ...series, legend: legendOf(query, series) }));
    }),
  );
  return ofQueries.flat();
}
