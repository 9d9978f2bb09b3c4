import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from './lock.ts';
import { cacheDirectory, inputHash } from './paths.ts';
import { run, step } from './run.ts';

const source = path.join(import.meta.dirname, 'prometheus-operator');
const types = 'github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1';
const kinds = ['servicemonitors', 'prometheusrules'];

/**
 * The paths of the Prometheus Operator's CustomResourceDefinitions of ServiceMonitor and PrometheusRule. They are in no
 * module of their own, so controller-gen makes them from the published types, as the Prometheus Operator itself does.
 */
export async function prometheusOperatorCrds(): Promise<readonly string[]> {
  const inputs = ['go.mod', 'go.sum', 'types.go'].map((name) => path.join(source, name));
  const directory = path.join(cacheDirectory, `prometheus-operator-${inputHash(inputs)}`);
  if (!existsSync(directory)) {
    await mkdir(cacheDirectory, { recursive: true });
    await step('Definitions of the Prometheus Operator from its types (once, a minute)', () =>
      withLock(`${directory}.lock`, async () => {
        if (existsSync(directory)) return;
        const partial = `${directory}.partial`;
        const args = ['tool', 'controller-gen', 'crd', `paths=${types}`, `output:crd:dir=${partial}`];
        await run('go', args, { cwd: source });
        await rename(partial, directory);
      }),
    );
  }
  return kinds.map((kind) => path.join(directory, `monitoring.coreos.com_${kind}.yaml`));
}
