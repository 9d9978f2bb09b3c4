/** A query of a panel. The legend contains labels as Grafana writes them: `{{name}}`. */
export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

/** A panel of the dashboard, as far as panels differ. */
export interface Panel {
  readonly title: string;
  readonly description?: string;
  /** `bars`: a time series of counts. */
  readonly kind: 'stat' | 'lines' | 'bars' | 'table' | 'bargauge';
  /** Unit as Grafana names it. */
  readonly unit: 'short' | 's' | 'bytes' | 'ops' | 'percentunit' | 'none';
  /** Columns of 24. */
  readonly width: number;
  readonly queries: readonly Query[];
  /** Values from which on the panel is orange, and red. */
  readonly warnAt?: number;
  readonly alarmAt?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Each store once, whichever replicas report it. */
export const perStore = (metric: string, matchers: string, aggregation = 'max'): string =>
  `${aggregation} by (namespace, name) (${metric}{${matchers}})`;

export const storeLegend = '{{namespace}}/{{name}}';
