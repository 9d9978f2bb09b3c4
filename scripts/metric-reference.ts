import { runOutcomes } from '../src/api/status.ts';
import { Metrics } from '../src/operator/metrics.ts';

/** The metrics of the operator's process, as prom-client has them. */
const ofProcess = /^(nodejs|process)_/;

/** docs/metrics.md, from the registry that the operator serves. */
export function metricReference(): string {
  const metrics = new Metrics(() => undefined);
  metrics.queueObserver();
  metrics.registerQueue({ longestRunMs: () => 0 }, 1);
  const all = metrics.registry.getMetricsAsArray() as unknown as readonly MetricOf[];
  const ofStores = all.filter(({ labelNames }) => labelNames.includes('namespace'));
  const ofLoop = all.filter((metric) => !ofStores.includes(metric) && !ofProcess.test(metric.name));
  return `# Metrics

Every metric at \`/metrics\` of the operator, port 8080. [Monitoring](monitoring.md) has the alerts and the dashboard that read them.

## Of each SessionStore

Gauges come from the SessionStore's status, and every replica of the operator reports them: \`max by (namespace, name)\` reads
each once. Counters are those of the replica that works: \`sum by (namespace, name) (increase(…))\`. A SessionStore has at most ${seriesOf(ofStores)} series, and none after it is deleted.

${table(ofStores)}

## Of the operator

Those of the loop have the names that operators of controller-runtime use, so that existing dashboards fit.

${table(ofLoop)}

The process also has the metrics \`process_*\` and \`nodejs_*\` of prom-client: CPU, memory, garbage collection, the event loop's delay.
`;
}

interface MetricOf {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** One for each metric, and one for each outcome of a run. */
const seriesOf = (metrics: readonly MetricOf[]): number => metrics.length - 1 + runOutcomes.length;

const code = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(', ');

const table = (metrics: readonly MetricOf[]): string =>
  [
    '| Metric | Type | Labels | Meaning |',
    '| --- | --- | --- | --- |',
    ...metrics.map(
      ({ name, type, labelNames, help }) => `| \`${name}\` | ${type} | ${code(labelNames)} | ${help} |`,
    ),
  ].join('\n');
