/** Before a file with tests on a control plane: builds Kubernetes where it is not. That is no part of the time that the file takes. */
import { kubernetesPrograms } from '../../scripts/cluster/kubernetes.ts';

await kubernetesPrograms();
