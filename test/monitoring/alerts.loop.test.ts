import { expect, test } from 'vitest';
import { prometheusProgram } from '../../scripts/cluster/prometheus.ts';
import { run } from '../../scripts/cluster/run.ts';
import { alerts, alertsFile, testFiles } from './alert-files.ts';

const promtool = async (...args: readonly string[]) => run(await prometheusProgram('promtool'), args);

test('promtool finds no fault in the rules', async () => {
  const output = await promtool('check', 'rules', '--lint=all', '--lint-fatal', alertsFile);
  expect(output).toContain(`SUCCESS: ${alerts.length} rules found`);
});

test.each(testFiles)('the alerts fire when they should, and only then: %s', async (file) => {
  expect(await promtool('test', 'rules', file)).toContain('SUCCESS');
});
