/**
 * Before a file with tests on a control plane: builds Kubernetes where it is not, and Helm for the tests of the chart.
 * That is no part of the time that the file takes.
 */
import { basename, dirname } from 'node:path';
import { expect } from 'vitest';
import { helmProgram, helmVersions } from '../../scripts/cluster/helm.ts';
import { kubernetesPrograms } from '../../scripts/cluster/kubernetes.ts';

await kubernetesPrograms();
const { testPath = '' } = expect.getState();
if (basename(dirname(testPath)) === 'chart') for (const version of helmVersions) await helmProgram(version);
