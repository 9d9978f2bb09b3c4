import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../../scripts/cluster/paths.ts';
import { rows } from '../../scripts/monitoring/dashboard.ts';
import { docsBase } from '../../src/api/docs-link.ts';
import { Metrics } from '../../src/operator/metrics.ts';
import { alerts, alertTests } from './alert-files.ts';

/** The names of metrics, with those of the parts of a histogram. */
function metricNames(): ReadonlySet<string> {
  const metrics = new Metrics(() => undefined);
  metrics.queueObserver();
  metrics.registerQueue({ longestRunMs: () => 0 }, 1);
  const names = metrics.registry.getMetricsAsArray().map(({ name }) => name);
  return new Set(names.flatMap((name) => [name, `${name}_bucket`]));
}

const ours =
  /\b(?:sessionstore|controller_runtime|leader_election|workqueue|rest_client|process|nodejs)_\w+/g;

/** Expressions without the values of matchers, and the templates of annotations, by alert or panel. */
const expressions: readonly (readonly [string, string])[] = [
  ...alerts.map(({ alert, expr, annotations }) => [alert, `${expr} ${annotations['description']}`] as const),
  ...rows.flatMap(({ panels }) =>
    panels.map(({ title, queries }) => [title, queries.map(({ expr }) => expr).join(' ')] as const),
  ),
];

test.each(expressions)('%s uses metrics that the operator has', (_name, text) => {
  const used = [...text.matchAll(ours)].map(([name]) => name);
  expect(used).not.toEqual([]);
  expect(used.filter((name) => !metricNames().has(name))).toEqual([]);
});

test('no alert of stores counts a store twice, when several replicas report it', () => {
  const ofStores = alerts.filter(({ expr }) => /sessionstore_(?!watch)/.test(expr));
  expect(ofStores.length).toBeGreaterThan(5);
  const once = /(max|min) by \(namespace, name\) \(sessionstore_\w+\)/g;
  expect(ofStores.filter(({ expr }) => expr.replaceAll(once, '').includes('sessionstore_'))).toEqual([]);
});

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('%s', (name, { labels, annotations }) => {
  test('has a severity, a summary and a description', () => {
    expect(labels['severity']).toMatch(/^(critical|warning|info)$/);
    expect(annotations['summary']).toMatch(/\.$/);
    expect(annotations['description']).toMatch(/\.$/);
  });

  test('links to its section of the runbook, which has its meaning and a mitigation', () => {
    expect(annotations['runbook_url']).toBe(`${docsBase}/runbook.md#${name.toLowerCase()}`);
    const [, section = ''] = runbook.split(`\n## ${name}\n`);
    const [text = ''] = section.split('\n## ');
    const parts = [...text.matchAll(/^\*\*(.+?)\*\*/gm)].map(([, part]) => part);
    expect(parts).toEqual(['Meaning.', 'Impact.', 'Diagnosis.', 'Mitigation.']);
  });

  test('is tested to fire, and not to fire', () => {
    const tests = alertTests.filter(({ alertname }) => alertname === name);
    expect(tests.some(({ exp_alerts: expected }) => expected.length > 0)).toBe(true);
    expect(tests.some(({ exp_alerts: expected }) => expected.length === 0)).toBe(true);
  });
});

const runbook = readFileSync(path.join(repository, 'docs/runbook.md'), 'utf8');

test('each section of the runbook is that of an alert', () => {
  const sections = [...runbook.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect(sections).toEqual(alerts.map(({ alert }) => alert));
});

test('docs/monitoring.md lists each alert with its severity', () => {
  const page = readFileSync(path.join(repository, 'docs/monitoring.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `(SessionStore\w+)` \| (\w+) \|/gm)].map(([, ...row]) => row);
  expect(listed).toEqual(alerts.map(({ alert, labels }) => [alert, labels['severity']]));
});
