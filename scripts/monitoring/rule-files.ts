import { operatorName } from '../../src/api/group.ts';

/** The files that are made from deploy/monitoring/alerts.yaml: the same rules for the Prometheus Operator, and for the chart. */

const withoutComments = (text: string): string => text.replace(/^#.*\n/gm, '');

/** A PrometheusRule with these groups of rules. */
export const prometheusRule = (header: string, alerts: string): string => `# ${header}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ${operatorName}
  labels:
    app.kubernetes.io/name: ${operatorName}
spec:
${withoutComments(alerts).replace(/^(?=.)/gm, '  ')}`;

/** The file that the chart reads: templates cannot read files outside of it. */
export const chartAlerts = (header: string, alerts: string): string =>
  `# ${header}\n${withoutComments(alerts)}`;
