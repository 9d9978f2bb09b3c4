import { group, operatorName, plural } from '../../api/group.ts';
import type { KubeEvent, KubeObject, Pod } from '../../api/kubernetes.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import type { Access } from '../access.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { NamespaceReader } from '../namespace-reader.ts';
import { type Deployment, flagOf, operatorDeployments } from '../operator-deployments.ts';
import { type ReadResult, tryRead } from '../read-result.ts';
import { sessionStores } from '../session-stores.ts';
import { type Checked, checkedRights } from './rights.ts';

export interface Crd extends KubeObject {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema?: { readonly openAPIV3Schema?: unknown };
    }[];
  };
}

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly renewTime?: string;
    readonly leaseDurationSeconds?: number;
  };
}

/** A Deployment of the operator, with what belongs to it. */
export interface Installation {
  readonly deployment: Deployment;
  readonly pods: ReadResult<readonly Pod[]>;
  readonly lease: ReadResult<Lease>;
  readonly events: ReadResult<readonly KubeEvent[]>;
}

export interface OperatorFacts {
  readonly now: Date;
  readonly kubernetes: ReadResult<string>;
  readonly crd: ReadResult<Crd>;
  readonly installations: ReadResult<readonly Installation[]>;
  readonly stores: ReadResult<readonly SessionStoreResource[]>;
  /** The namespace whose stores and rights were looked at. */
  readonly namespace: string;
  readonly rights: readonly Checked[];
}

async function installation(server: ApiServer, deployment: Deployment): Promise<Installation> {
  const reader = new NamespaceReader(server, deployment.metadata.namespace);
  const labels = Object.entries(deployment.spec.selector.matchLabels ?? {});
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  const leases = new NamespaceReader(
    server,
    flagOf(deployment, 'leader-election-namespace') ?? deployment.metadata.namespace,
  );
  const [pods, lease, events] = await Promise.all([
    reader.list<Pod>('list pods', '', 'pods', { labelSelector }),
    leases.get('get Leases', 'coordination.k8s.io', 'leases', operatorName, (object) => object as Lease),
    reader.list<KubeEvent>('list events', '', 'events', { fieldSelector: 'type=Warning' }),
  ]);
  return { deployment, pods, lease, events };
}

async function installations(server: ApiServer): Promise<ReadResult<readonly Installation[]>> {
  const found = await operatorDeployments(server);
  if (found.state !== 'found') return found;
  const value = await Promise.all(found.value.map((deployment) => installation(server, deployment)));
  return { state: 'found', value };
}

const listed = async (stores: Promise<readonly SessionStoreResource[]>): Promise<OperatorFacts['stores']> => {
  try {
    return { state: 'found', value: await stores };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return error.exitCode === exitCodes.forbidden
      ? { state: 'refused', why: error.message }
      : { state: 'absent' };
  }
};

/** The stores of all namespaces, or of the person's namespace if only that is permitted. */
async function visibleStores(access: Access): Promise<OperatorFacts['stores']> {
  const every = await listed(sessionStores(access));
  return every.state === 'refused' ? listed(sessionStores(access, access.namespace)) : every;
}

export async function operatorFacts(access: Access, now: Date): Promise<OperatorFacts> {
  const { server, namespace } = access;
  const rule = {
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    verbs: ['get'],
  };
  const name = `${plural}.${group}`;
  const crd = server.request<Crd>({
    method: 'GET',
    path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`,
  });
  const version = server.request<{ readonly gitVersion: string }>({ method: 'GET', path: '/version' });
  const whole = { namespace: undefined, rule: { ...rule, resourceNames: [name] } };
  const [kubernetes, definition, found, stores, rights] = await Promise.all([
    tryRead(
      version.then(({ gitVersion }) => gitVersion),
      { ...whole, what: 'get the version' },
    ),
    tryRead(crd, { ...whole, what: 'get CustomResourceDefinitions' }),
    installations(server),
    visibleStores(access),
    checkedRights(server, namespace),
  ]);
  return { now, kubernetes, crd: definition, installations: found, stores, namespace, rights };
}
