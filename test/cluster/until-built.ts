/**
 * Before a file with tests on a control plane: builds Kubernetes where it is not, Helm for the tests of chart and pages, the
 * health checks of GitOps tools for theirs, Krew, and Prometheus for those of monitoring. That is no part of the time that the
 * file takes.
 */
import { basename, dirname } from 'node:path';
import { expect } from 'vitest';
import { helmProgram, helmVersions } from '../../scripts/cluster/helm.ts';
import { kubernetesPrograms } from '../../scripts/cluster/kubernetes.ts';
import { prometheusProgram } from '../../scripts/cluster/prometheus.ts';
import { prometheusOperatorCrds } from '../../scripts/cluster/prometheus-operator.ts';
import { healthProgram } from '../gitops/health-program.ts';
import { krewProgram } from '../krew/krew-program.ts';

await kubernetesPrograms();
const { testPath = '' } = expect.getState();
const folder = basename(dirname(testPath));
if (folder === 'chart' || folder === 'docs') for (const version of helmVersions) await helmProgram(version);
if (folder === 'gitops') await healthProgram();
if (folder === 'krew') await krewProgram();
if (folder === 'monitoring') {
  await prometheusProgram('prometheus');
  await prometheusOperatorCrds();
  await helmProgram('v4');
}
