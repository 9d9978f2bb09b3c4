import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { repository } from '../../scripts/cluster/paths.ts';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One expectation of promtool's unit tests. */
export interface AlertTest {
  readonly alertname: string;
  readonly exp_alerts: readonly object[];
}

export const alertsFile = path.join(repository, 'deploy/monitoring/alerts.yaml');
export const testFiles = ['operator.yaml', 'stores.yaml'].map((name) =>
  path.join(import.meta.dirname, 'alerts', name),
);

const parsed = (file: string) => parse(readFileSync(file, 'utf8'));

export const alerts: readonly Alert[] = parsed(alertsFile).groups.flatMap(
  ({ rules }: { readonly rules: readonly Alert[] }) => rules,
);

export const alertTests: readonly AlertTest[] = testFiles.flatMap((file) =>
  parsed(file).tests.flatMap(
    ({ alert_rule_test: ofOne }: { readonly alert_rule_test: readonly AlertTest[] }) => ofOne,
  ),
);
