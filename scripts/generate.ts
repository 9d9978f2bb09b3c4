/** Writes every file that is generated from another, or compares it with --check. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { sessionStoreCrd } from '../src/api/crd.ts';
import { group, plural } from '../src/api/group.ts';
import { apiReference } from './api-reference.ts';
import { chartTemplate } from './chart-template.ts';
import { commandReference } from './command-reference.ts';
import { layoutReference } from './layout-reference.ts';
import { metricReference } from './metric-reference.ts';
import { dashboard } from './monitoring/dashboard.ts';
import { chartAlerts, prometheusRule } from './monitoring/rule-files.ts';

const header = 'GENERATED from src/api by `make generate`: do not edit.';

const crd = stringify(sessionStoreCrd(), { lineWidth: 0, aliasDuplicateObjects: false });

const alertsPath = 'deploy/monitoring/alerts.yaml';
const alerts = await readFile(alertsPath, 'utf8');
const fromAlerts = header.replace('src/api', alertsPath);

const generated: Readonly<Record<string, string>> = {
  [`crds/${group}_${plural}.yaml`]: `# ${header}\n${crd}`,
  'deploy/chart/templates/crd.yaml': chartTemplate(header, crd),
  'deploy/monitoring/prometheus-rule.yaml': prometheusRule(fromAlerts, alerts),
  'deploy/chart/files/alerts.yaml': chartAlerts(fromAlerts, alerts),
  'deploy/monitoring/dashboard.json': `${JSON.stringify(dashboard(), undefined, 2)}\n`,
  'deploy/chart/files/dashboard.json': `${JSON.stringify(dashboard())}\n`,
  'docs/layouts.md': `<!-- ${header.replace('src/api', 'src/layouts')} -->\n${layoutReference()}`,
  'docs/command-line.md': `<!-- ${header.replace('src/api', 'src/cli')} -->\n${commandReference()}`,
  'docs/metrics.md': `<!-- ${header.replace('src/api', 'src/operator')} -->\n${metricReference()}`,
  'docs/api.md': `<!-- ${header} -->\n${apiReference(sessionStoreCrd())}`,
};

async function current(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const check = process.argv.includes('--check');
for (const [path, content] of Object.entries(generated)) {
  if ((await current(path)) === content) continue;
  if (check) {
    process.stderr.write(`${path} does not reflect its source. Run "make generate" and commit the result.\n`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    process.stdout.write(`wrote ${path}\n`);
  }
}
